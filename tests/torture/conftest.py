"""The command line, as for the integration tests."""

from tests.integration.conftest import hpobench

__all__ = ["hpobench"]
