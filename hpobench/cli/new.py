"""`hpobench new`: write the files that something of one's own begins with."""

import click

from hpobench.cli.new_optimizer import optimizer


@click.group("new")
def command() -> None:
    """Write the files that an optimizer of your own begins with."""


command.add_command(optimizer)
