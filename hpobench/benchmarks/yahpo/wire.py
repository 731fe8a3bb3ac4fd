"""Messages of Protocol Buffers as numbered fields: all that it takes to read and write ONNX files.

Source:
    https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterable, Iterator

Field = tuple[int, int | bytes]
"""A field's number, and its value: an integer, or bytes, which may be text or a message again."""

MORE = 0x80
"""The bit of a byte which says that its integer goes on."""

FIXED = {1: 8, 5: 4}
"""Bytes of a number of fixed size, by how a field says that it holds one."""


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a message in their order; numbers of fixed size come as bytes.

    Raises:
        ValueError: It is not a message.
    """
    at = 0
    while at < len(message):
        key, at = _integer(message, at)
        size, at = (FIXED[key & 7], at) if key & 7 in FIXED else _integer(message, at)
        if key & 7 == 0:
            yield key >> 3, size
            continue
        if key & 7 not in {2, *FIXED} or at + size > len(message):
            raise ValueError("it is cut, or no message")
        yield key >> 3, message[at : at + size]
        at += size


def message(parts: Iterable[Field]) -> bytes:
    """The message of some fields, none of them a number of fixed size."""
    return b"".join(map(_written, parts))


def _written(part: Field) -> bytes:
    """A field as it lies in a file."""
    number, value = part
    if isinstance(value, int):
        return _coded(number << 3) + _coded(value)
    return _coded(number << 3 | 2) + _coded(len(value)) + value


def _integer(message: bytes, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte, the least first, and where it ends."""
    number = shift = 0
    for end in range(at, len(message)):
        number |= (message[end] % MORE) << shift
        shift += 7
        if message[end] < MORE:
            return number, end + 1
    raise ValueError("it is cut, or no message")


def _coded(number: int) -> bytes:
    """The same integer written."""
    coded = bytearray()
    while number >= MORE:
        coded.append(number % MORE + MORE)
        number >>= 7
    return bytes([*coded, number])
