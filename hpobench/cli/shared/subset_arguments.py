"""What `hpobench subset` is told in a text: sizes, and names of splits."""

from hpobench.errors import UserError


def parse_sizes(text: str) -> "dict[str, int | None]":
    """The size for each kind in `blackbox=20,multi-fidelity=auto`, or under an empty name."""
    found = {}
    for item in text.split(","):
        kind, _, number = item.strip().rpartition("=")
        found[kind] = parse_size(number)
    if ("" in found and len(found) > 1) or len(found) < text.count(",") + 1:
        raise UserError(f"--size is K, auto, or KIND=K with commas between, not {text[:60]!r}")
    return found


def parse_size(text: str) -> int | None:
    """A whole number, or nothing for `auto`."""
    if text != "auto" and not (text.isdecimal() and int(text)):
        raise UserError(f"--size is a whole number of at least 1 or 'auto', not {text[:60]!r}")
    return None if text == "auto" else int(text)


def splits(text: str | None) -> tuple[str, ...]:
    """Names with commas between them; one without a name if there are none."""
    if text is None:
        return ("",)
    names = tuple(name.strip() for name in text.split(","))
    if len(set(names)) < len(names) or not all(n.replace("-", "").isalnum() for n in names):
        raise UserError(f"--splits are different names such as dev,test, not {text[:60]!r}")
    return names
