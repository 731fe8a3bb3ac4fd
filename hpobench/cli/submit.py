"""`hpobench submit`: check results for the leaderboard, and write what a pull request holds."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpobench.catalogue import Experiment
from hpobench.catalogue.sets import parse_seeds
from hpobench.cli.shared.options import open_catalogue, receives, with_catalogue
from hpobench.cli.shared.streams import redraw_if_watched
from hpobench.errors import UserError
from hpobench.system.kernel import cores
from hpobench.system.text import count

if TYPE_CHECKING:
    from hpobench.submission import Submission

SEEDS = "0:10"
TASK_SET = "core"

_EXAMPLES = """
\b
Examples:
  hpobench submit results --optimizer mine --catalogue mine
  hpobench submit results --optimizer 'mine/*' --seeds 0:5 --sample 20 --catalogue mine
  hpobench submit results -f mine.yaml --output /tmp/submission --catalogue mine
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """What `hpobench submit` is told; the help of each option says what it means."""

    results: Path
    output: Path
    optimizers: tuple[str, ...]
    task_sets: tuple[str, ...]
    file: str | None
    seeds: str | None
    sample: int
    sample_seed: int
    jobs: int | None
    catalogues: tuple[Path, ...]

    def experiment(self) -> Experiment:
        """What is declared to be in the results.

        Raises:
            UserError: No optimizer is named, or a name does not exist.
        """
        base = Experiment(task_sets=(TASK_SET,), seeds=parse_seeds(SEEDS))
        if self.file:
            base = open_catalogue(self.catalogues).experiment(self.file)
        if self.task_sets:
            base = replace(base, tasks=(), task_sets=self.task_sets)
        if self.optimizers:
            base = replace(base, optimizers=self.optimizers)
        if self.seeds or not base.seeds:
            base = replace(base, seeds=parse_seeds(self.seeds or SEEDS))
        if not base.optimizers:
            raise UserError(
                "which optimizers? name some with --optimizer, or an experiment with -f"
            )
        return base


@click.command("submit", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("submission"),
    metavar="DIR",
    help="Where to write; there must be nothing of that name yet.",
)
@click.option(
    "--optimizer",
    "-o",
    "optimizers",
    multiple=True,
    metavar="NAME",
    help="Optimizer that is submitted, or glob; repeatable.",
)
@click.option(
    "--task-set",
    "task_sets",
    multiple=True,
    metavar="NAME",
    help="The tasks it is submitted on, repeatable.  [default: core]",
)
@click.option(
    "-f",
    "--file",
    "file",
    metavar="EXPERIMENT",
    help="Experiment that the results are of: a YAML file, or a name. The other options replace "
    "what it says.",
)
@click.option("--seeds", metavar="SPEC", help="The seeds that there are.  [default: 0:10]")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=10,
    metavar="N",
    help="So many runs of each optimizer, at random, are executed again.",
)
@click.option("--sample-seed", type=click.IntRange(min=0), default=0, help="Another sample.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Runs at a time.  [default: cores]")
@with_catalogue
@receives(SubmitOptions)
def command(options: SubmitOptions) -> int:
    """Check results for the leaderboard, and write the folder that a pull request adds.

    The declared runs must all be there, a sample of them is executed again and compared to the
    bit, versions must be known, and nothing may tell whose machine it was. The folder holds the
    runs without what no analysis needs, the optimizers' YAML and modules, and a page that says
    what was checked and where they stand. docs/submitting.md says how it is judged.

    Ends with 2, and writes nothing, where a check fails.
    """
    from hpobench.dispatch.local import run_locally
    from hpobench.dispatch.replay import Finding
    from hpobench.dispatch.slot import Slot
    from hpobench.submission import SubmissionRequest, write_submission

    redraw = redraw_if_watched()
    done: list[Finding] = []

    def tell(finding: Finding) -> None:
        done.append(finding)
        if redraw:
            redraw(f"{count(len(done), 'run')} executed again")

    submission = write_submission(
        SubmissionRequest(
            results=options.results,
            experiment=options.experiment(),
            catalogues=tuple(path.resolve() for path in options.catalogues),
            sample=options.sample,
            sample_seed=options.sample_seed,
        ),
        options.output,
        partial(run_locally, first=Slot(), slots=options.jobs or cores()),
        tell,
    )
    click.echo(submission_as_text(submission, options.output))
    return 0


def submission_as_text(submission: "Submission", output: Path) -> str:
    """What was checked, what it says, and what to do with it."""
    from hpobench.submission.page import submitted_standings

    again = len(submission.findings)
    checked = (
        f"{count(submission.runs, 'run')}: complete, {again:,} executed again and equal, "
        "nothing private."
    )
    written = (
        f"Wrote {output}: add it to a pull request as results/submissions/NAME; "
        "docs/submitting.md says how it is judged."
    )
    return "\n".join(
        [checked, *submission.analysis.verdicts, *submitted_standings(submission), written]
    )
