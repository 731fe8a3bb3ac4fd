"""Check what is declared, and write what a pull request holds: whole, or not at all."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hpobench.analysis import Analysis, analyze
from hpobench.catalogue import Catalogue
from hpobench.dispatch.plan import Plan
from hpobench.dispatch.replay import Finding, ReplayVerdict, replay, sampled_rows
from hpobench.errors import UserError
from hpobench.exchange.output import created
from hpobench.store import Store
from hpobench.store.conflicts import irreproducible
from hpobench.store.shards import write_shard
from hpobench.store.thin import thinned
from hpobench.submission.declared import DeclaredRuns, declared_runs
from hpobench.submission.page import Submission, submission_page
from hpobench.submission.privacy import private_texts, public_manifest, refuse_private
from hpobench.submission.request import Execute, SubmissionRequest
from hpobench.submission.sources import copy_definitions, defined_in

RESULTS = "results"
"""The folder of the runs in a submission."""

CATALOGUE = "catalogue"
"""The folder of the optimizers' definitions in it."""

PAGE = "README.md"


def write_submission(
    request: SubmissionRequest,
    folder: Path,
    execute: Execute,
    tell: Callable[[Finding], None] = lambda _: None,
) -> Submission:
    """Check the declared runs, and write them with all that a reviewer needs.

    What is executed again is what is written: the copied definitions, and the thinned runs.

    Args:
        request: What is submitted.
        folder: Made here; there must be nothing of that name yet.
        execute: Turns jobs into results, for the sample.
        tell: Is told of each run that was executed again.

    Raises:
        UserError: A check fails, and why; nothing is written then.
    """
    plan = request.plan()
    declared = declared_runs(Store(request.results), plan)
    own = defined_in(plan.variants, request.catalogues)
    with created(folder) as temporary:
        temporary.mkdir()
        files = copy_definitions(own, temporary / CATALOGUE)
        store = _write_store(declared, temporary / RESULTS)
        private = private_texts(declared.manifests, [request.results, *request.catalogues])
        refuse_private(temporary, store.path, private)
        catalogue = Catalogue([(temporary / CATALOGUE).absolute()] if own else [])
        findings = _execute_again(request, store, catalogue, execute, tell)
        analysis, beside = _analysed(store.path, catalogue)
        submission = Submission(
            plan=plan,
            runs=len(declared.rows),
            manifests=store.experiments(),
            files=files,
            findings=findings,
            sample_seed=request.sample_seed,
            analysis=analysis,
            beside_baselines=beside,
            failures=declared.failures(),
        )
        (temporary / PAGE).write_text(submission_page(submission), encoding="utf-8")
    return submission


def _write_store(declared: DeclaredRuns, path: Path) -> Store:
    """Write the runs as the shipped baselines are: thin, in one file, without the machine."""
    store, plan = Store.create(path), declared.plan
    write_shard(path / "runs", thinned(declared.rows))
    libraries = {task.library for task in plan.tasks}
    libraries |= {name for each in plan.variants for name in (each.library, *each.needs)}
    for manifest in declared.manifests:
        store.note_experiment(public_manifest(_narrowed(manifest, plan), libraries))
    return store


def _narrowed(manifest: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """What a manifest says of the declared runs: an experiment may have had more."""
    tasks, optimizers = {task.id for task in plan.tasks}, {each.id for each in plan.variants}
    definitions = manifest.get("definitions", {})
    return {
        **manifest,
        "optimizers": [name for name in manifest["optimizers"] if name in optimizers],
        "tasks": [name for name in manifest["tasks"] if name in tasks],
        "seeds": [seed for seed in manifest["seeds"] if seed in set(plan.seeds)],
        "skipped": [
            skip
            for skip in manifest["skipped"]
            if skip["optimizer"] in optimizers and skip["task"] in tasks
        ],
        "definitions": {
            "optimizers": _chosen(definitions.get("optimizers", {}), optimizers),
            "tasks": _chosen(definitions.get("tasks", {}), tasks),
        },
        "environments": _chosen(manifest.get("environments", {}), optimizers),
    }


def _chosen(found: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The entries of these names."""
    return {name: value for name, value in found.items() if name in names}


def _execute_again(
    request: SubmissionRequest,
    store: Store,
    catalogue: Catalogue,
    execute: Execute,
    tell: Callable[[Finding], None],
) -> list[Finding]:
    """Execute a sample of each optimizer's runs again.

    Raises:
        UserError: One is not equal, or cannot be executed as it was; or no run of an optimizer
            could be.
    """
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for row in store.runs(("run", "optimizer", "status", "task_info")).to_pylist():
        if row["status"] == "completed" and not irreproducible(json.loads(row["task_info"])):
            ids[row["optimizer"]].append(row["run"])
    rows = []
    for optimizer in dict.fromkeys(store.runs(("optimizer",))["optimizer"].to_pylist()):
        if not ids[optimizer]:
            raise UserError(f"real time was part of all runs of {optimizer}: none can be repeated")
        rows += sampled_rows(store, ids[optimizer], size=request.sample, seed=request.sample_seed)
    versions = {manifest["id"]: manifest["versions"] for manifest in store.experiments()}
    findings = []
    for finding in replay(rows, catalogue, execute, versions):
        tell(finding)
        if finding.verdict is not ReplayVerdict.EQUAL:
            what = "is not what is stored" if finding.difference else "cannot be executed again"
            raise UserError(f"{finding.name} {what}: {finding.words}")
        findings.append(finding)
    return findings


def _analysed(results: Path, catalogue: Catalogue) -> tuple[Analysis, bool]:
    """The ranking beside the shipped baselines, or among the submitted alone; and which it is."""
    try:
        return analyze(results, catalogue=catalogue, with_baselines=True), True
    except UserError:  # there are no baselines on these tasks
        return analyze(results, catalogue=catalogue), False
