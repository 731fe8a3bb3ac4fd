"""The page inside: each task and run by its trials; it stands alone, and works offline."""

import base64
import json
from typing import Any

from hpobench.analysis.frames import Analysis
from hpobench.analysis.inside import Inside
from hpobench.figures.style import styles
from hpobench.report.inside.payload import embed_tasks
from hpobench.report.page import TEMPLATES, render_template
from hpobench.system.text import count

SCRIPTS = ("unpack.js", "inside.js")


def render_inside(analysis: Analysis, inside: Inside) -> str:
    """The page; whatever a name holds, it is shown and not obeyed.

    Args:
        analysis: What the report says.
        inside: What was found inside its runs.
    """
    script = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    order = list(dict.fromkeys(analysis.final["optimizer"]))
    return render_template(
        "inside.html",
        styles=("report.css", "inside.css"),
        script=script,
        title=f"Inside {count(len(inside.tasks), 'task')}",
        notes=inside.notes,
        tasks=embed_tasks(inside, order),
        colours=_colours(analysis),
    )


def _colours(analysis: Analysis) -> str:
    """By optimizer its colour, as base64 of JSON: no name in it is markup."""
    found: dict[str, Any] = {
        name: style.colour for name, style in styles(analysis.optimizers).items()
    }
    return base64.b64encode(json.dumps(found).encode()).decode()
