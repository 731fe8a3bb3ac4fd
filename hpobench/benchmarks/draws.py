"""Which of several recorded trainings a run is told, shared by all tables."""

from hashlib import blake2b


def draw(key: str, seed: int, recorded: int) -> int:
    """Which of the `recorded` trainings of a configuration a run with this seed is told.

    A cryptographic hash, so that configurations are drawn independently of each other and the
    choice is the same on every machine.
    """
    digest = blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % recorded
