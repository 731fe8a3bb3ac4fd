"""How many examples a test by property tries: as many as it says, in `make check` a quarter."""

from typing import Any

from hypothesis import HealthCheck, settings

UNHURRIED, QUICK = "unhurried", "quick"
"""Profiles of hypothesis: that of all tests, and that of `make check`."""

USUAL = 100
"""Examples of a test that says nothing."""

FEWEST = 3
"""Where a share would be fewer."""

# No test depends on how fast the machine is.
settings.register_profile(
    UNHURRIED,
    deadline=None,
    max_examples=USUAL,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(QUICK, settings.get_profile(UNHURRIED), max_examples=USUAL // 4)


def examples(count: int, **more: Any) -> settings:
    """Settings of a test that tries so many examples, or the profile's share of them."""
    profile = settings.get_profile(settings.get_current_profile_name())
    share = round(count * profile.max_examples / USUAL)
    return settings(max_examples=max(share, min(count, FEWEST)), **more)
