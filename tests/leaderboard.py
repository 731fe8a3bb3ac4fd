"""Renew docs/leaderboard.md and its page from the shipped baselines.

As a program: `python tests/leaderboard.py`, or `make leaderboard`. The tables stand between two
marks; what is said of them around is written by people, who read it again when tables change.
"""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from hpobench.analysis import Analysis, analyze
from hpobench.report import write_report
from hpobench.scoring.policy import Incomplete, Policy
from hpobench.stats.pairs import against
from hpobench.stats.significance import LEVEL
from hpobench.task import Kind
from tests.optimizers_page import line, renewed

CHECKOUT = Path(__file__).parents[1]
BASELINES = CHECKOUT / "results" / "baselines" / "core"
PAGE = CHECKOUT / "docs" / "leaderboard.md"
BEGIN = "<!-- made by make leaderboard: begin -->\n"
END = "<!-- made by make leaderboard: end -->\n"

HEAD = ("", "optimizer", "mean rank", "regret", "wins", "seeds", "ms per trial")


def page(analysis: Analysis) -> str:
    """The page, with its tables as the baselines are now."""
    return renewed(PAGE, BEGIN, END, tables(analysis))


def tables(analysis: Analysis) -> Iterator[str]:
    """A section for each kind of task."""
    for comparison in analysis.comparisons:
        final = analysis.final[analysis.final["kind"] == comparison.kind]
        yield f"## {Kind(comparison.kind)}\n"
        aside = f"; set aside: {', '.join(comparison.aside)}" if comparison.aside else ""
        yield f"{len(comparison.tasks)} tasks, {len(final)} optimizers{aside}.\n"
        yield line(HEAD)
        yield line(["---:", "---", *["---:"] * (len(HEAD) - 2)])
        best = together(analysis, comparison.kind)
        ranked = final.sort_values("rank").to_dict("records")
        for place, found in enumerate(ranked, 1):
            name = f"**{found['optimizer']}**" if found["optimizer"] in best else found["optimizer"]
            yield line(
                [
                    str(place),
                    name,
                    f"{found['rank']:.1f} ({found['rank_low']:.1f} to {found['rank_high']:.1f})",
                    f"{found['regret']:.3f} ({found['low']:.3f} to {found['high']:.3f})",
                    str(found["wins"]),
                    f"{found['runs'] / len(comparison.tasks):.0f}",
                    f"{found['overhead']:.3g}",
                ]
            )
        yield ""


def together(analysis: Analysis, kind: Kind) -> set[str]:
    """The first by mean rank on all tasks, and who its tests with the others do not set apart."""
    ordered = analysis.critical[analysis.critical["kind"] == kind].sort_values("rank")
    if not len(ordered):
        return set()
    first = str(ordered["optimizer"].iloc[0])
    tests = against(analysis.pairs[analysis.pairs["kind"] == kind], first)
    return {first} | {name for name, p in tests.items() if p >= LEVEL}


def main() -> None:
    """Write both."""
    # Who cannot handle some tasks is set aside: else all would be compared on the others only.
    analysis = analyze(BASELINES, policy=Policy(incomplete=Incomplete.OPTIMIZERS))
    PAGE.write_text(page(analysis), encoding="utf-8")
    with TemporaryDirectory() as folder:
        copyfile(write_report(analysis, Path(folder), figures=False), PAGE.with_suffix(".html"))


if __name__ == "__main__":
    main()
