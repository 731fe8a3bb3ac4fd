"""A small copy of the figures' font: whoever embeds the whole one takes it apart for each file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib import font_manager

from hpobench.figures.style import RC

CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100), 0x2212]
"""ASCII, the rest of Latin 1, and the minus: names are cut to ASCII before they are drawn."""

DROPPED = ["FFTM", "GDEF", "GPOS", "GSUB", "MATH", "gasp", "kern"]
"""Tables that no figure needs."""


@contextmanager
def small_font() -> Iterator[None]:
    """Have matplotlib find, under the font's own name, a copy of those characters first."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    fonts: Any = font_manager.fontManager
    before = list(fonts.ttflist)
    options = Options(drop_tables=[], layout_features=[], notdef_outline=True)
    whole = str(font_manager.findfont(str(RC["font.family"])))
    with (
        # Matplotlib keeps the copy open, and where there is no Unix it cannot be removed then.
        TemporaryDirectory(prefix="hpobench-font-", ignore_cleanup_errors=True) as folder,
        TTFont(whole, recalcTimestamp=False) as font,
    ):
        for table in DROPPED:
            if table in font:
                del font[table]  # before the subsetter, which would read each to the end
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=CHARACTERS)
        subsetter.subset(font)
        path = Path(folder, "small.ttf")
        font.save(path)
        fonts.addfont(path)
        fonts.ttflist.insert(0, fonts.ttflist.pop())
        try:
            yield
        finally:
            fonts.ttflist[:] = before
            cached: Any = fonts
            cached._findfont_cached.cache_clear()  # noqa: SLF001 (it would hold what is gone)
