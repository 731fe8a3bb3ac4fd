"""Messages of Protocol Buffers as numbered fields: all that it takes to read ONNX files.

Source:
    https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Collection, Iterator

MORE = 0x80
"""The bit of a byte which says that its integer goes on."""

LONGEST = 10
"""Bytes of an integer at most: 64 bits by seven."""

SIGN, RANGE = 1 << 63, 1 << 64

FIXED = {1: 8, 5: 4}
"""Bytes of a number of fixed size, by how a field says that it holds one."""

VARYING, DELIMITED = 0, 2
"""How a field says that it holds an integer, or bytes whose number stands before them."""


class Message:
    """The fields of a message by their numbers, which refuses those that nobody knows."""

    def __init__(self, content: memoryview, what: str, known: Collection[int]) -> None:
        """Take a message apart.

        Args:
            content: The whole message.
            what: What people call such a message.
            known: The numbers of the fields that may be in it.

        Raises:
            ValueError: It is no message, is cut, or has another field.
        """
        self._what = what
        self._fields: dict[int, list[int | memoryview]] = {number: [] for number in known}
        for number, value in _fields(content):
            if number not in self._fields:
                raise ValueError(f"{what} has a field {number}, which is not known here")
            self._fields[number].append(value)

    def contents(self, number: int) -> list[memoryview]:
        """All values of a field that holds bytes.

        Raises:
            ValueError: It holds an integer.
        """
        values = self._fields[number]
        found = [value for value in values if isinstance(value, memoryview)]
        if len(found) < len(values):
            raise ValueError(f"field {number} of {self._what} is an integer where bytes belong")
        return found

    def texts(self, number: int) -> list[str]:
        """All values of a field that holds text."""
        return [bytes(content).decode() for content in self.contents(number)]

    def integers(self, number: int) -> list[int]:
        """All values of a field that holds integers with a sign.

        Raises:
            ValueError: It holds bytes.
        """
        values = self._fields[number]
        found = [value for value in values if isinstance(value, int)]
        if len(found) < len(values):
            raise ValueError(f"field {number} of {self._what} is bytes where an integer belongs")
        return [value - RANGE if value >= SIGN else value for value in found]


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The number and value of each field in order; numbers of fixed size come as bytes."""
    at = 0
    while at < len(message):
        key, at = _integer(message, at)
        number, kind = key >> 3, key & 7
        size, at = (FIXED[kind], at) if kind in FIXED else _integer(message, at)
        if kind == VARYING:
            yield number, size
            continue
        if kind not in {DELIMITED, *FIXED} or at + size > len(message):
            raise ValueError("it is cut, or no message")
        yield number, message[at : at + size]
        at += size


def _integer(message: memoryview, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte, the least first, and where it ends."""
    number = 0
    for place, byte in enumerate(message[at : at + LONGEST]):
        number |= (byte % MORE) << 7 * place
        if byte < MORE and number < RANGE:
            return number, at + place + 1
    raise ValueError("it is cut, or no message")
