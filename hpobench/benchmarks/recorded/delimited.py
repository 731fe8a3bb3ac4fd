"""Read delimited text as people export it: any usual delimiter, decimal commas, comments."""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, UserError

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
"""Texts that stand for no value."""

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 50
"""So many rows tell the delimiter."""

_COMMA = r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?"
_POINT = r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"


def read_delimited(
    path: Path,
    *,
    names: Sequence[str] = (),
    missing: Iterable[Any] = (),
    delimiter: str = "",
    encoding: str = "",
) -> Any:
    """An Arrow table, whose types are inferred from the whole file.

    Lines that begin with `#` are comments. If all that comes before the first row is one, which
    has as many fields as the row, it is the header, as numpy writes it. Where commas do not
    delimit and no number has a point, they are decimal commas.

    Args:
        path: Text, or gzip or zip of one text.
        names: Names of the columns, where the file has no header.
        missing: Values that stand for none, besides `MISSING`.
        delimiter: One character; by default that of `DELIMITERS` by which all rows have
            equally many fields, first the one that the suffix says.
        encoding: By default UTF-8, or UTF-16 where the file begins with its mark.

    Raises:
        FileError: It is no such file; names the line and the cure where they are known.
    """
    from pyarrow import ArrowException, BufferReader, csv  # a table converted before needs it not

    text, announced = _announced(_decoded(path, encoding))
    usual = "\t" if ".tsv" in path.name.lower() else ","
    text, delimiter = _without_comments(text, delimiter or announced, usual)
    data = text.encode()
    try:
        table = csv.read_csv(
            BufferReader(data),
            csv.ReadOptions(
                block_size=min(max(len(data), 1), 2**31 - 1), column_names=list(names) or None
            ),
            csv.ParseOptions(delimiter=delimiter, newlines_in_values='"' in text),
            csv.ConvertOptions(
                null_values=[*MISSING, *map(str, missing)],
                strings_can_be_null=True,
                decimal_point="," if _has_decimal_commas(text, delimiter) else ".",
            ),
        )
    except (ArrowException, UnicodeDecodeError) as error:
        raise FileError(path, f"is not such a table: {str(error).splitlines()[0]}") from None
    return table


def _decoded(path: Path, encoding: str) -> str:
    """The file as text without its mark of byte order."""
    data = _unpacked(path)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = encoding or ("utf-16" if marked else "utf-8")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        line = data.count(b"\n", 0, place) + 1
        message = (
            f"is no {encoding.upper()} text (byte 0x{data[place]:02x}): name its encoding, as in "
            "'--encoding latin-1', or 'encoding: latin-1' among the params of its YAML"
        )
        raise FileError(path, message, line=line) from None
    except LookupError:
        raise UserError(f"no encoding {encoding!r}: such as utf-8, latin-1, cp1252") from None


def _unpacked(path: Path) -> bytes:
    """The bytes of the text."""
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                members = [each for each in archive.infolist() if not each.is_dir()]
                if len(members) != 1:
                    raise FileError(path, f"holds {len(members)} files, expected one table")
                return archive.read(members[0])
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                return file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise FileError(path, f"cannot be unpacked: {error}") from None
    return path.read_bytes()


def _announced(text: str) -> tuple[str, str]:
    """The text without the line `sep=;` that spreadsheets write, and the delimiter it names."""
    line = re.match(r"sep=(.)\r?\n", text)
    return (text[line.end() :], line[1]) if line else (text, "")


def _without_comments(text: str, delimiter: str, usual: str) -> tuple[str, str]:
    """The text without its comments, and its delimiter."""
    if not re.search(r"^#", text, re.MULTILINE):
        return text, delimiter or _delimiter(text, usual)
    lines = text.splitlines(keepends=True)
    plain = [line for line in lines if not line.startswith("#")]
    delimiter = delimiter or _delimiter("".join(plain), usual)
    first = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    width = len(_fields(plain[0], delimiter)) if plain else 0
    header = _header(lines[first - 1] if first else "", plain[0] if plain else "", delimiter)
    rows = [line for line in lines[first:] if not _is_comment(line, width, delimiter)]
    return header + "".join(rows), delimiter


def _header(comment: str, row: str, delimiter: str) -> str:
    """A comment that names the columns of a row of numbers; or empty."""
    names = comment.lstrip("#").lstrip(" ")
    cells = _fields(row, delimiter)
    same = len(_fields(names, delimiter)) == len(cells) > 1
    return names if same and any(map(_is_number, cells)) else ""


def _is_comment(line: str, width: int, delimiter: str) -> bool:
    """Whether a line is no row: a value may begin with `#`, as colours do."""
    return line.startswith("#") and (
        line[1:2] in {"#", " ", ""} or len(_fields(line, delimiter)) != width
    )


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _delimiter(text: str, usual: str) -> str:
    """What splits all of the first rows into equally many fields."""
    for each in (usual, *(other for other in DELIMITERS if other != usual)):
        try:
            rows = list(islice(csv.reader(io.StringIO(text), delimiter=each), SAMPLE))
        except csv.Error:
            continue
        widths = {len(row) for row in rows if row}
        if len(widths) == 1 and min(widths) > 1:
            return each
    return usual


def _has_decimal_commas(text: str, delimiter: str) -> bool:
    """Whether cells are numbers with commas, and none is one with a point."""
    if delimiter == ",":
        return False
    edge = re.escape(delimiter)

    def holds(number: str) -> bool:
        cell = rf'(?:^|{edge})"?\s*{number}\s*"?(?:{edge}|\r?$)'
        return re.search(cell, text, re.MULTILINE) is not None

    return holds(_COMMA) and not holds(_POINT)
