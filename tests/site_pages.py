"""What `make site` adds to docs/: pages from elsewhere in the checkout, a reference, a gallery."""

import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from os.path import normpath
from pathlib import Path
from tempfile import mkdtemp

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import hpobench
from tests.folders import CHECKOUT

DOCS = CHECKOUT / "docs"
MOVED = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""Pages of the site that lie at the top of the checkout, and their names there."""
RENAMED = {"leaderboard.html": "leaderboard-report.html"}
"""Files of docs/ that would lie where the page of their name is, and their names on the site."""
GALLERY = CHECKOUT / "build" / "gallery"
SHOWN = CHECKOUT / "results" / "baselines" / "ci"
"""The results of which the gallery shows figures."""

_LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)]*)?\)")
_CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and move what they would replace."""
    for old, new in RENAMED.items():
        files.append(File.generated(config, new, abs_src_path=str(DOCS / old)))
    texts = {page: (CHECKOUT / name).read_text() for name, page in MOVED.items()}
    for page, text in {**texts, "reference.md": reference(), "gallery.md": gallery()}.items():
        files.append(File.generated(config, page, content=text))
    for figure in figures():
        files.append(File.generated(config, f"gallery/{figure.name}", abs_src_path=str(figure)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have links to files of the checkout lead to their page, or to the repository."""
    home = {name: CHECKOUT / old for old, name in MOVED.items()}
    source = home.get(page.file.src_uri, DOCS / page.file.src_uri)
    parts = _CODE.split(markdown)  # text and code in turns
    parts[::2] = [
        _LINK.sub(lambda link: f"{link[1]}{target(source, link[2])}{link[3] or ''})", part)
        for part in parts[::2]
    ]
    return "".join(parts)


def target(source: Path, link: str) -> str:
    """Where a link of a file of the checkout leads on the site; itself if to nothing of it."""
    path = Path(normpath(source.parent / link))
    if ":" in link or not path.is_relative_to(CHECKOUT) or not path.exists():
        return link
    name = path.relative_to(CHECKOUT).as_posix()
    if name in MOVED or (path.is_relative_to(DOCS) and path.is_file()):
        above = "../" * (len(source.parent.parts) - len(DOCS.parts))
        page = MOVED.get(name) or path.relative_to(DOCS).as_posix()
        page = RENAMED.get(page, page)
        return (above if source.is_relative_to(DOCS) else "") + page
    return f"{repository()}/{'tree' if path.is_dir() else 'blob'}/main/{name}"


def repository() -> str:
    """Where the project's files can be read."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    return str(project["urls"]["Source"])


def reference() -> str:
    """A page of all public names, by their docstrings."""
    lines = ["# Reference", "", "All that `import hpobench` offers, by its docstrings."]
    for name in hpobench.__all__:
        home = "errors" if name in {"RunError", "UserError"} else "api"
        lines += ["", f"::: hpobench.{home}.{name}"]
    return "\n".join(lines)


def figures() -> list[Path]:
    """The figures for print of some results, drawn now if they are not there."""
    if not GALLERY.is_dir():
        GALLERY.parent.mkdir(exist_ok=True)
        half = mkdtemp(prefix="gallery-", dir=GALLERY.parent)
        call = ["analyze", str(SHOWN), "--output", half, "--figures"]
        subprocess.run([sys.executable, "-m", "hpobench", *call], check=True, capture_output=True)
        with suppress(OSError):  # another process has drawn them meanwhile
            Path(half).rename(GALLERY)
    return sorted(GALLERY.rglob("*.svg"))


def gallery() -> str:
    """A page of these figures, after the report and the leaderboard's."""
    name = SHOWN.relative_to(CHECKOUT).as_posix()
    lines = [
        "# Gallery",
        "",
        "The top of a report, as `hpobench analyze` writes it:",
        "",
        "![A verdict for each kind of tasks, the ranking with intervals, who differs](report.png)",
        "",
        "The leaderboard's cost and regret, from [its page](leaderboard.md):",
        "",
        "![Regret by the seconds that an optimizer takes](leaderboard-cost.svg)",
        "",
        f"What `hpobench analyze {name} --figures` draws for print:",
    ]
    for figure in figures():
        caption = figure.stem.replace("-", " ").replace("_", " ")
        lines += ["", f"## {caption}", "", f"![{caption}](gallery/{figure.name})"]
    return "\n".join(lines)
