"""Catalogue folders as tests write them."""

from pathlib import Path


def write(folder: Path, **files: str) -> Path:
    """A catalogue folder with files; `a__b_py` is called `a/b.py`."""
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        path = folder / f"{stem.replace('__', '/')}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
