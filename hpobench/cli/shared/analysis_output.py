"""What `hpobench analyze` prints of an analysis: for a terminal, and as JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpobench.cli.shared.table import render_table

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpobench.analysis import Analysis
    from hpobench.analysis.inside import Inside

DETAILS = 4
"""So many lines of a note's details are shown; the report has all."""


DETAILED = ("runs", "anytime_tasks", "run_lengths", "attainment", "effects")
"""Frames that are too long for JSON."""


def analysis_as_text(analysis: "Analysis", report: Path) -> str:
    """One screen: what to know first, the rankings, what they say, and where the rest is."""
    said = "\n".join(analysis.verdicts)
    parts = [_notes(analysis), *_rankings(analysis), said, f"Report: {report}"]
    return "\n\n".join(part for part in parts if part)


def analysis_as_data(analysis: "Analysis", report: Path, inside: "Inside | None" = None) -> str:
    """The same for a machine; what is not a number is null."""
    from hpobench.analysis.verdict import settlement

    data = {
        "verdicts": analysis.verdicts,
        "report": str(report),
        "runs": len(analysis.runs),
        "notes": [
            {"text": note.text, "details": note.details, "serious": note.serious}
            for note in analysis.notes
        ],
        "kinds": [
            {
                "kind": comparison.kind,
                "verdict": said,
                "settlement": asdict(wanted) if wanted else None,
                "tasks": comparison.tasks,
                "other_tasks": comparison.others,
                "final": _rows(analysis, comparison.kind),
            }
            for comparison, said in zip(analysis.comparisons, analysis.verdicts, strict=True)
            for wanted in [settlement(analysis, comparison)]
        ],
        "tables": {name: frame_records(frame) for name, frame in aggregated_frames(analysis)},
        **({"inside": _inside_as_data(inside)} if inside else {}),
        "protocol": analysis.protocol,
        "versions": analysis.versions,
    }
    return json.dumps(data, indent=1, allow_nan=False)


def _inside_as_data(inside: "Inside") -> dict[str, Any]:
    frames = {name: frame_records(frame) for name, frame in inside.frames().items()}
    return {"notes": list(inside.notes), **frames}


def aggregated_frames(analysis: "Analysis") -> Iterator[tuple[str, "DataFrame"]]:
    """The frames but those of single runs and of curves on each task, which the files hold."""
    for name, frame in analysis.frames().items():
        if name not in DETAILED:
            yield name, frame


def _rows(analysis: "Analysis", kind: str) -> list[dict[str, Any]]:
    return frame_records(analysis.final[analysis.final["kind"] == kind].drop(columns="kind"))


def frame_records(frame: "DataFrame") -> list[dict[str, Any]]:
    """The rows of a frame for a machine."""
    return [{str(k): number_or_null(v) for k, v in row.items()} for row in frame.to_dict("records")]


def number_or_null(value: Any) -> Any:
    """A value as JSON has it: nothing for what is no number."""
    from pandas import NA

    unknown = value is NA or (isinstance(value, float) and not math.isfinite(value))
    return None if unknown else value


def _notes(analysis: "Analysis") -> str:
    lines = []
    for note in analysis.notes:
        lines += [f"{'!' if note.serious else '-'} {note.text}"]
        lines += [f"    {detail[:160]}" for detail in note.details[:DETAILS]]
        if len(note.details) > DETAILS:
            lines += [f"    ... and {len(note.details) - DETAILS} more in the report"]
    return "\n".join(lines)


def _rankings(analysis: "Analysis") -> list[str]:
    from hpobench.report import summary, table_views

    return [
        f"{comparison.kind}: {summary(comparison)}\n"
        + render_table(
            list(table.columns), [[cell.text for cell in row.cells] for row in table.rows]
        )
        for comparison in analysis.comparisons
        for table in [table_views.ranking(analysis, comparison)]
    ]
