"""`hpobench results`: what can be done with a results folder besides analysing it.

No command here executes a run or changes what one has found.
"""

import click

from hpobench.cli.results.changes import merge_command, prune_command
from hpobench.cli.results.listing import list_command
from hpobench.cli.results.transfer import export_command, import_command

_EXAMPLES = """
\b
Examples:
  hpobench results list results
  hpobench results merge /mnt/node1/results /mnt/node2/results results
  hpobench results prune results --failed
  hpobench results export results --format csv --output results.csv
  hpobench results import carps-runs --format carps --results past
"""


@click.group("results", epilog=_EXAMPLES)
def command() -> None:
    """List, merge, prune, export and import results."""


for subcommand in (list_command, merge_command, prune_command, export_command, import_command):
    command.add_command(subcommand)
