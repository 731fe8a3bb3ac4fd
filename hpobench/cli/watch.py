"""`hpobench watch`: the report of a results folder while runs go on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpobench.cli.shared.options import open_catalogue, receives, with_catalogue
from hpobench.store import Store

if TYPE_CHECKING:
    from hpobench.analysis import Analysis
    from hpobench.report.live import PageBeside

_EXAMPLES = """
\b
Examples:
  hpobench watch results
  hpobench watch results --port 8000 --task 'bbob/*'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What `hpobench watch` is told; the help of each option says what it means."""

    results: Path
    port: int
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    catalogues: tuple[Path, ...]

    def analyser(self) -> "Callable[[], Analysis]":
        """What analyses all that is stored at the moment it is called."""
        from hpobench.analysis import analyze

        catalogue = open_catalogue(self.catalogues)
        return lambda: analyze(
            self.results, optimizers=self.optimizers, tasks=self.tasks, catalogue=catalogue
        )

    def pages_beside(self) -> "Mapping[str, Callable[[Analysis], PageBeside]]":
        """By file name what makes the pages that `analyze` writes beside the report."""
        from hpobench.report.writing import INSIDE, TRAININGS

        return {INSIDE: self._inside, TRAININGS: self._trainings}

    def _inside(self, analysis: "Analysis") -> "PageBeside":
        from hpobench.analysis.inside import look_inside
        from hpobench.report.inside import render_inside
        from hpobench.report.live import PageBeside

        found = look_inside(analysis, Store(self.results), open_catalogue(self.catalogues))
        return PageBeside(text=render_inside(analysis, found), frames=found.frames())

    def _trainings(self, _: "Analysis") -> "PageBeside":
        from hpobench.report.live import PageBeside
        from hpobench.report.training_page import look_at_trainings, render_training

        found = look_at_trainings(
            self.results,
            optimizers=self.optimizers,
            tasks=self.tasks,
            catalogue=open_catalogue(self.catalogues),
        )
        return PageBeside(text=render_training(found), frames=found.frames())


@click.command("watch", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to listen, on this machine alone; 0: any that is free.",
)
@click.option(
    "--optimizer", "-o", "optimizers", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@click.option(
    "--task", "-t", "tasks", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@with_catalogue
@receives(WatchOptions)
def command(options: WatchOptions) -> int:
    """Show the report of a results folder in a browser while runs go on.

    The page is served to this machine alone (127.0.0.1), and follows the runs that are
    stored; so are those that look inside runs and at trainings, which are made when they are
    opened. Nothing is written, and nothing can be changed by it. Ctrl-C ends it.
    """
    from hpobench.report.live import LOOPBACK, LiveReport, live_server

    Store(options.results)  # what is no results folder is refused before anything is served
    live = LiveReport(
        analyse=options.analyser(), path=options.results, beside=options.pages_beside()
    )
    server = live_server(live, options.port)
    click.echo(f"Watching {options.results}: http://{LOOPBACK}:{server.server_port}/")
    click.echo("Ctrl-C ends it.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("Ended; the results are as they were.")
    finally:
        server.server_close()
    return 0
