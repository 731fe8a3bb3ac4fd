"""`hpobench new`: write the files that something of one's own begins with.

It never overwrites a file, and never executes what it has written.
"""

import click

from hpobench.cli.new.optimizer import optimizer
from hpobench.cli.new.task import task


@click.group("new")
def command() -> None:
    """Write the files that a task or an optimizer of your own begins with."""


command.add_command(optimizer)
command.add_command(task)
