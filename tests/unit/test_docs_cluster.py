"""The Slurm script of docs/cluster.sbatch does what docs/cluster.md says, with a Slurm of straw."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import PATIENCE

SCRIPT = Path(__file__).parents[2] / "docs" / "cluster.sbatch"
STRAW = {
    "scontrol": "seq 1000 | sed 's/^/node-/'",  # more than a pipe takes of a closed reader
    "srun": 'echo "srun $*" >> calls; while [[ "$1" == --* ]]; do shift; done; exec "$@"',
    "ray": 'echo "ray $*" >> calls; [[ "$1" == start ]] && exec sleep 60 || exit 0',
}


@pytest.mark.parametrize(("nodes", "code"), [(1, 0), (3, 7)])
def test_the_slurm_script_starts_the_nodes_and_ends_with_the_commands_code(
    tmp_path: Path, nodes: int, code: int
) -> None:
    for name, body in STRAW.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    slurm = {
        "SLURM_JOB_NODELIST": "node-[1-3]",
        "SLURM_JOB_NUM_NODES": str(nodes),
        "SLURM_CPUS_PER_TASK": "4",
        "SLURM_GPUS_ON_NODE": "2",
    }
    started = f'until [ "$(grep -c ^srun calls)" = {min(nodes, 2)} ]; do sleep 0.05; done'
    done = subprocess.run(
        ["bash", str(SCRIPT), "sh", "-c", f'{started}; echo "$RAY_ADDRESS"; exit {code}'],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False,
        env={**os.environ, **slurm, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert done.stdout == "node-1:6379\n"
    calls = (tmp_path / "calls").read_text().splitlines()
    starts = sorted((call for call in calls if "srun" in call), key=lambda c: "--head" not in c)
    assert len(starts) == min(nodes, 2)
    assert "--nodelist=node-1 ray start --head --block --port=6379 --num-cpus=4" in starts[0]
    if nodes > 1:
        assert starts[1].startswith("srun --nodes=2 --ntasks=2 --exclude=node-1 ray start --block")
        assert "--address=node-1:6379 --num-cpus=4 --num-gpus=2" in starts[1]
