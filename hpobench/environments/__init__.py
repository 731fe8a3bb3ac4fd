"""Optimizers in virtual environments of their own, made once and asked across a pipe.

It never imports an optimizer's library into this process.
"""

from hpobench.environments.installation import (
    Installation,
    InstallationState,
    environments_dir,
    library_version,
)
from hpobench.environments.isolated import Isolated, obstacle
from hpobench.environments.making import make, orphans, remove_environment

__all__ = [
    "Installation",
    "InstallationState",
    "Isolated",
    "environments_dir",
    "library_version",
    "make",
    "obstacle",
    "orphans",
    "remove_environment",
]
