"""What is drawn for a trial as a pure function of it and of the run's seed, on every machine."""

from hashlib import blake2b
from statistics import NormalDist
from struct import pack


def drawn_training(key: str, seed: int, recorded: int) -> int:
    """Which of the `recorded` trainings of a configuration a run with this seed is told.

    A cryptographic hash, so that configurations are drawn independently of each other and the
    choice is the same on every machine.
    """
    digest = blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % recorded


def bits(*numbers: float) -> int:
    """64 random bits that are a pure function of numbers: of a point, a fidelity and a seed."""
    digest = blake2b(pack(f"<{len(numbers)}d", *numbers), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def uniform(*numbers: float) -> float:
    """A deviate between 0 and 1, both excluded, that is a pure function of numbers."""
    return ((bits(*numbers) >> 12) + 0.5) / 2**52


def deviate(*numbers: float) -> float:
    """A standard normal deviate that is a pure function of numbers."""
    return NormalDist().inv_cdf(uniform(*numbers))
