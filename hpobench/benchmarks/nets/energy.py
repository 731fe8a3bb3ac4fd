"""The energy that processors take, where the kernel lets it be read."""

from pathlib import Path

COUNTERS = "sys/class/powercap/intel-rapl:*"
"""Folders of a counter each (RAPL, of Intel's processors and AMD's): one for each socket."""


class EnergyMeter:
    """Adds up what the counters of all sockets have gone on by; others' work counts too.

    Args:
        root: Top of the file system.

    Source: Documentation/power/powercap in the Linux kernel.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        folders = [folder for folder in sorted(root.glob(COUNTERS)) if _reading(folder) is not None]
        self._last = {folder: _reading(folder) or 0 for folder in folders}

    @property
    def readable(self) -> bool:
        """Whether there is a counter at all."""
        return bool(self._last)

    def joules(self) -> float:
        """What has been taken since the last call, or since this meter was made."""
        microjoules = 0
        for folder, before in self._last.items():
            now = _reading(folder) or 0
            wrapped = _number(folder / "max_energy_range_uj") or 0
            microjoules += now - before if now >= before else now - before + wrapped
            self._last[folder] = now
        return microjoules / 1e6


def _reading(folder: Path) -> int | None:
    """A counter in microjoules, or None if it may not be read."""
    return _number(folder / "energy_uj")


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
