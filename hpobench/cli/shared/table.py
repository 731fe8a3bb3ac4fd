"""Plain tables for a terminal."""

from collections.abc import Iterable, Sequence


def render_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their content; columns of numbers are set to the right."""
    body = [[str(cell) for cell in row] for row in rows]
    lines = [list(head), *body]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    right = [bool(body) and all(_is_number(row[i]) for row in body) for i in range(len(head))]
    return "\n".join(_line(line, widths, right) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """One line of the table, without blanks at its end."""
    columns = zip(cells, widths, right, strict=True)
    return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in columns).rstrip()


def _is_number(cell: str) -> bool:
    """Whether a cell holds a number, or nothing."""
    return cell in {"", "-"} or cell.replace(".", "", 1).replace(",", "").lstrip("-").isdecimal()
