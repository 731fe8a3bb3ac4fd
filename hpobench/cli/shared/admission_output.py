"""The file of `hpobench subset --admission`: which candidates are admitted, and why not."""

import glob
from collections.abc import Sequence
from pathlib import Path

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError


def write_admissions(
    target: Path,
    results: Path,
    catalogue: Catalogue,
    *,
    tasks: Sequence[str],
) -> tuple[str, ...]:
    """Write a row for each candidate, and give globs of the tasks that are admitted.

    All optimizers of the results judge, those that are held out of the choice too.

    Raises:
        UserError: None is, or the results cannot be read.
    """
    from hpobench.store.files import write_atomically
    from hpobench.subset.admission import admissions, as_frame

    found = admissions(results, catalogue, tasks=tasks)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, as_frame(found).to_csv(index=False).encode())
    admitted = tuple(glob.escape(each.task) for each in found if each.admitted)
    if not admitted:
        raise UserError(f"no task is admitted; {target} says why")
    return admitted
