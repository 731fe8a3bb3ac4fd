"""Renew a shipped baseline: run an experiment, and keep its runs as one small file.

As a program: `EXPERIMENT FOLDER`.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hpobench.store import Store
from hpobench.store.manifests import without_machine
from hpobench.store.shards import write_shard


def renew(experiment: str, folder: Path) -> None:
    """Replace a baseline by runs of the code as it is now."""
    with TemporaryDirectory() as made:
        call = [sys.executable, "-m", "hpobench", "run", "-f", experiment, "--results", made]
        subprocess.run(call, check=True)
        shutil.rmtree(folder, ignore_errors=True)
        keep(Store(Path(made)), Store.create(folder))


def keep(source: Store, target: Store) -> None:
    """Write the newest runs as one shard, and the manifests without what is private."""
    path = write_shard(target.path / "runs", source.runs())
    for manifest in source.experiments():
        target.note_experiment(without_machine(manifest))
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    renew(sys.argv[1], Path(sys.argv[2]))
