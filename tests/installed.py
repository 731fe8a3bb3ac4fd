"""Which variants can be tested on this machine."""

import pytest

from hpobench.catalogue import lacking
from hpobench.environments import Installation, make
from hpobench.optimizer import Environment, Variant

LARGEST = 450
"""Megabytes: an environment that takes no more is made for the tests if it is not there."""


def absent(variant: Variant) -> str:
    """Why a variant cannot be tested on this machine, or empty."""
    own = variant.environment
    if own and own.megabytes > LARGEST and not Installation.of(own).ready:
        size = f"{own.megabytes / 1000:.1f} GB"
        return f"platform: an environment of {size}: hpobench environments make {variant.id}"
    reason = lacking(variant)
    return f"platform: {reason}" if reason else ""


def needs(variant: Variant) -> pytest.MarkDecorator:
    """Tests that are skipped where the variant cannot be tested."""
    reason = absent(variant)
    return pytest.mark.skipif(bool(reason), reason=reason)


def installed(variant: Variant) -> Installation:
    """The variant's environment, made if need be."""
    return make(variant.environment or Environment())
