"""A language model of the tests' own, so that optimizers that need one are tested too."""

from collections.abc import Iterator

import pytest

from hpobench.adapters.shared.chat import MODEL, URL
from tests.language_model import served


@pytest.fixture(autouse=True, scope="session")
def language_model() -> Iterator[None]:
    """An endpoint on this machine, whatever the user's is."""
    with served() as (url, _), pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL, url)
        patch.setenv(MODEL, "stub")
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield
