"""The status of each stored run, in so little memory that a million runs are no burden."""

from collections.abc import Iterator, Mapping

from hpobench.run import Status

_ID = 16
"""Bytes of a run's identity; they are a digest, and so a hash of themselves."""
_WIDTH = _ID + 1
_CODES = [str(status) for status in Status]


class Statuses(Mapping[str, str]):
    """A hash table with open addressing: 26 to 51 bytes a run, where a dict takes about 250.

    Keys are identities of 32 hexadecimal digits, values those of `Status`.
    """

    def __init__(self) -> None:
        self._table = bytearray(1024 * _WIDTH)
        self._count = 0

    def __getitem__(self, run: str) -> str:
        """The status of a stored run.

        Raises:
            KeyError: There is no such run.
        """
        place = self._place(_digest(run))
        if not self._table[place + _ID]:
            raise KeyError(run)
        return _CODES[self._table[place + _ID] - 1]

    def __setitem__(self, run: str, status: str) -> None:
        digest, code = _digest(run), _CODES.index(status) + 1
        if 3 * self._count * _WIDTH >= 2 * len(self._table):
            self._grow()
        self._put(digest, code)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (digest.hex() for digest, _ in _entries(self._table))

    def _put(self, digest: bytes, code: int) -> None:
        place = self._place(digest)
        self._count += not self._table[place + _ID]
        self._table[place : place + _WIDTH] = digest + bytes([code])

    def _place(self, digest: bytes) -> int:
        """Where the entry is, or is to be."""
        table, size = self._table, len(self._table)
        place = int.from_bytes(digest[:8], "big") * _WIDTH % size
        while table[place + _ID] and table[place : place + _ID] != digest:
            place = (place + _WIDTH) % size
        return place

    def _grow(self) -> None:
        """Move to a table of twice the size."""
        before, self._table, self._count = self._table, bytearray(2 * len(self._table)), 0
        for digest, code in _entries(before):
            self._put(digest, code)


def _digest(run: str) -> bytes:
    """An identity as bytes."""
    digest = bytes.fromhex(run)
    if len(digest) != _ID:
        raise ValueError(f"{run!r} is no identity of a run")
    return digest


def _entries(table: bytearray) -> Iterator[tuple[bytes, int]]:
    """All identities in a table, with the codes of their statuses."""
    for place in range(0, len(table), _WIDTH):
        if code := table[place + _ID]:
            yield bytes(table[place : place + _ID]), code
