"""The page inside: each task and run by its trials; it stands alone, and works offline."""

import base64
import hashlib
import json
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hpobench import __version__
from hpobench.analysis.frames import Analysis
from hpobench.analysis.inside import Inside
from hpobench.figures.style import styles
from hpobench.report.inside.payload import embed_tasks
from hpobench.report.page import TEMPLATES
from hpobench.system.text import count

SCRIPTS = ("unpack.js", "inside.js")


def render_inside(analysis: Analysis, inside: Inside) -> str:
    """The page; whatever a name holds, it is shown and not obeyed.

    Args:
        analysis: What the report says.
        inside: What was found inside its runs.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    script = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = "".join(
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "inside.css")
    )
    order = list(dict.fromkeys(analysis.final["optimizer"]))
    page: str = environment.get_template("inside.html").render(
        css=Markup(style),  # noqa: S704 (our own)
        js=Markup(script),  # noqa: S704 (our own files)
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        hpobench=__version__,
        title=f"Inside {count(len(inside.tasks), 'task')}",
        notes=inside.notes,
        tasks=embed_tasks(inside, order),
        colours=_colours(analysis),
    )
    return page


def _colours(analysis: Analysis) -> str:
    """By optimizer its colour, as base64 of JSON: no name in it is markup."""
    found: dict[str, Any] = {
        name: style.colour for name, style in styles(analysis.optimizers).items()
    }
    return base64.b64encode(json.dumps(found).encode()).decode()
