"""`hpobench verify`: execute a sample of stored runs again and compare to the bit."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from hpobench.cli.results.options import SelectionOptions, with_selection
from hpobench.cli.shared.options import as_json, open_catalogue, receives, with_catalogue
from hpobench.cli.shared.streams import redraw_if_watched
from hpobench.dispatch.local import run_locally
from hpobench.dispatch.progress import Progress
from hpobench.dispatch.replay import Finding, ReplayVerdict, replay, sampled_rows
from hpobench.dispatch.slot import Slot
from hpobench.errors import UserError
from hpobench.store import Store
from hpobench.store.selection import COLUMNS, RunSelection
from hpobench.system.kernel import cores

SHOWN = 20
"""So many runs with a finding are listed; `--json` has all."""
LENGTH = 600
"""A finding is cut to so many characters."""

_EXAMPLES = """
\b
Examples:
  hpobench verify results
  hpobench verify results --all --optimizer 'optuna/*' --task 'bbob/*'
  hpobench verify results --sample 50 --sample-seed 1 --jobs 4 --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions(SelectionOptions):
    """What `hpobench verify` is told; the help of each option says what it means."""

    results: Path
    sample: int
    sample_seed: int
    every: bool
    jobs: int | None
    as_json: bool
    catalogues: tuple[Path, ...]


@click.command("verify", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--sample", type=click.IntRange(min=1), default=10, help="So many runs, at random.")
@click.option("--sample-seed", type=click.IntRange(min=0), default=0, help="Another sample.")
@click.option("--all", "every", is_flag=True, help="All completed runs.")
@with_selection
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Runs at a time.  [default: cores]")
@as_json
@with_catalogue
@receives(VerifyOptions)
def command(options: VerifyOptions) -> int:
    """Execute a sample of completed runs again and compare them bit by bit.

    All is compared but real clocks: seconds to ask and tell, when a run ended, and costs where
    a task measures them. Ends with 0 if all that could be executed are equal, 1 if one differs
    or the folder is damaged, 2 if none could be executed.
    """
    catalogue = open_catalogue(options.catalogues)
    store = Store(options.results)
    rows = sample(store, options.selection(), options)
    slots = options.jobs or cores()
    execute = partial(run_locally, first=Slot(), slots=slots)
    versions = {manifest["id"]: manifest.get("versions", {}) for manifest in store.experiments()}
    progress = Progress(len(rows), float(len(rows)), redraw_if_watched())
    findings = []
    for finding in replay(rows, catalogue, execute, versions):
        progress.advance(failed=finding.verdict is ReplayVerdict.DIFFERENT, work=1.0)
        findings.append(finding)
    progress.close()
    findings.sort(key=lambda finding: (str(finding.verdict), finding.name))
    click.echo(
        findings_as_data(findings, store) if options.as_json else findings_as_text(findings, store)
    )
    return code(findings, damaged=bool(store.damage))


def sample(store: Store, chosen: RunSelection, options: VerifyOptions) -> list[dict[str, Any]]:
    """The completed runs to look at, the same for the same seed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    runs = store.runs(COLUMNS)
    mask = pa.array(chosen.mask(runs), pa.bool_())
    runs = runs.filter(pc.and_(mask, pc.equal(runs.column("status"), "completed")))
    ids = runs.column("run").to_pylist()
    if not ids:
        raise UserError(f"{store.path}: there is no such completed run")
    size = len(ids) if options.every else options.sample
    return sampled_rows(store, ids, size=size, seed=options.sample_seed)


def code(findings: list[Finding], *, damaged: bool) -> int:
    """The exit code that the findings deserve."""
    verdicts = Counter(finding.verdict for finding in findings)
    if verdicts[ReplayVerdict.DIFFERENT] or damaged:
        return 1
    return 0 if verdicts[ReplayVerdict.EQUAL] else 2


def findings_as_text(findings: list[Finding], store: Store) -> str:
    """Counts, and each run that is not equal."""
    verdicts = Counter(finding.verdict for finding in findings)
    lines = [f"! {text}" for text in store.damage]
    lines.append(
        f"{verdicts[ReplayVerdict.EQUAL]:,} equal, "
        f"{verdicts[ReplayVerdict.DIFFERENT]:,} different, "
        f"{verdicts[ReplayVerdict.IMPOSSIBLE]:,} cannot be executed as they were."
    )
    others = [finding for finding in findings if finding.verdict is not ReplayVerdict.EQUAL]
    lines += [f"  {each.verdict}: {each.name}: {each.words[:LENGTH]}" for each in others[:SHOWN]]
    lines += [f"  ... and {len(others) - SHOWN} more; --json has all"] if others[SHOWN:] else []
    return "\n".join(lines)


def findings_as_data(findings: list[Finding], store: Store) -> str:
    """The same for a machine; values are texts, since JSON has no NaN."""
    return json.dumps(
        {"damage": store.damage, "runs": [_record(finding) for finding in findings]}, indent=1
    )


def _record(finding: Finding) -> dict[str, Any]:
    """One finding as JSON-ready data."""
    record = {name: finding.row[name] for name in ("run", "optimizer", "task", "seed")}
    record |= {"verdict": finding.verdict, "reason": finding.reason}
    if part := finding.difference:
        record |= {"trial": part.trial, "field": part.field}
        record |= {"stored": repr(part.stored), "found": repr(part.found)}
    return record
