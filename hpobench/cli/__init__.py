"""The command line: one module a subcommand, imported when it is used.

A command reads options and writes to the terminal; it computes nothing that a library could not.
"""

import os
import sys
from importlib import import_module
from typing import Any

import click

from hpobench import __version__
from hpobench.cli.shared.streams import make_legible
from hpobench.errors import AbsentError, UserError, nearest
from hpobench.system.garbage import search_nothing_at_exit

COMMANDS = {
    "run": "Run optimizers on tasks; only what is missing is run.",
    "record": "Train once, and have a recorded table as a benchmark for ever.",
    "analyze": "Turn results into tables, plots and a report.",
    "watch": "Show the report in a browser while runs go on.",
    "results": "List, merge, prune, export and import results.",
    "transfer": "Tune here, evaluate there: what settings are worth on other tasks.",
    "subset": "Choose few tasks that stand for many.",
    "verify": "Execute a sample of stored runs again and compare to the bit.",
    "submit": "Check results for the leaderboard, and write what a pull request holds.",
    "compare": "Say whether a change made an optimizer worse: a gate for CI.",
    "evaluate": "Evaluate one configuration of a task by hand.",
    "list": "List tasks, optimizers or task sets.",
    "show": "Show all about a task, an optimizer or a task set.",
    "doctor": "Say what is installed and ready, and how to ready the rest.",
    "data": "Fetch data sets from their publishers, and look after them.",
    "surrogate": "Fit models to recorded tables, and say how good they are.",
    "new": "Write the files that a task or an optimizer of your own begins with.",
    "environments": "List, make or remove what some optimizers run in by themselves.",
    "constants": "Compute the constants that scores are normalised by.",
    "priors": "Work out good, medium and bad priors of tasks.",
}


class Commands(click.Group):
    """Subcommands by the name of their module, so that `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand's module and return its command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"hpobench.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest name for an unknown one."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in `--help`."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: hpobench run --optimizer dehb --task-set core && hpobench analyze results",
)
@click.version_option(__version__, prog_name="hpobench")
def group() -> None:
    """Compare hyperparameter optimizers on benchmark tasks, reproducibly."""


def main() -> None:
    """Run the command line; ends with 0 done, 1 something failed, 2 the user can mend it."""
    make_legible()
    search_nothing_at_exit()
    try:
        code = _called()
    except UserError as error:
        fail(str(error), 2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        fail("interrupted", 130)
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        fail(f"{error.filename or 'input/output'}: {error.strerror or error}", 2)
    sys.exit(code if isinstance(code, int) else 0)


def _called() -> Any:
    """What the subcommand returns that the arguments name.

    Raises:
        AbsentError: A package that it needs was taken out of the installation.
    """
    try:
        return group(standalone_mode=False)
    except ModuleNotFoundError as error:
        package = (error.name or __package__).partition(".")[0]
        if package == __package__.partition(".")[0]:
            raise
        raise AbsentError(
            f"this needs the package {package!r}, which is not installed; to install hpobench "
            "again brings it"
        ) from error


def fail(message: str, code: int) -> None:
    """Say what is wrong in one line, and end."""
    click.echo(f"hpobench: {message}", err=True)
    sys.exit(code)
