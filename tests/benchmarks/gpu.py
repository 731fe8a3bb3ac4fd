"""What runs do on a GPU: where each is placed, four packed on one, throughput, equal results.

Run it by itself on a machine with a GPU (`python tests/benchmarks/gpu.py`). Without one a GPU is
declared to Ray, and the trainings are given it and use the processor: placement, packing and equal
results are shown all the same, throughput means nothing then.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf, isnan
from pathlib import Path
from time import perf_counter

from hpobench.dispatch.gpus import gpus_here
from hpobench.store import Store

SEEDS, TOLERANCE, PACKED = 8, 0.05, 0.25
"""Runs; by so much errors on a GPU may differ from those on the processor in the median: rounding
alone, grown over a training, and other draws of dropout; and what each run is given of a GPU."""
ON_GPU, WITHOUT = ("torch/image-shapes-mf", 4), ("torch/tabular-friedman-mf", 2)
"""Task and trials, where there is a GPU and where there is none."""
SOME_FAILED = 1
"""What hpobench exits with where all trainings of a run diverged."""
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "disabled"}
"""Keep a cluster that is only declared on this machine."""


def main() -> int:
    """Compare packed runs, runs one by one on the GPU, and runs on processors."""
    import torch

    real = bool(gpus_here()) and torch.cuda.is_available()
    if not real:
        print(f"No GPU here (torch {torch.__version__}): one is declared to Ray.")
    task, trials = ON_GPU if real else WITHOUT
    asked = ["-t", task, "--budget", f"trials={trials}"]
    with tempfile.TemporaryDirectory() as folder, ray_with_gpu(declared=not real) as where:
        packed = Measured(Path(folder, "packed"), *asked, *where, "--gpus", f"{PACKED:g}")
        alone = Measured(Path(folder, "alone"), *asked, *where, "--gpus", "1", "--jobs", "1")
        processor = Measured(Path(folder, "processor"), *asked, "--backend", "local")
    for name, each in (("packed", packed), ("one by one", alone), ("processor", processor)):
        print(f"{name}: {each.seconds:.1f} s for {SEEDS} runs on {sorted(each.devices)}")
    print(f"at a time on a GPU, packed: {packed.at_a_time} (asked for {round(1 / PACKED)})")
    print(f"throughput against a plain loop: {alone.seconds / packed.seconds:.2f}")
    both = zip(packed.errors, processor.errors, strict=True)
    off = sorted(abs(a - b) for a, b in both if a < inf or b < inf)  # some trainings diverge
    same = packed.errors == alone.errors
    print(f"packed equals one by one to the bit: {same}")
    print(f"errors off from the processor's: median {off[len(off) // 2]:.4f}, most {off[-1]:.4f}")
    within = off[len(off) // 2] <= (TOLERANCE if real else 0)
    return 0 if within and packed.at_a_time <= round(1 / PACKED) else 1


@contextmanager
def ray_with_gpu(*, declared: bool) -> Iterator[list[str]]:
    """The options by which runs find a Ray that has a GPU, or says that it has."""
    if not declared:
        yield []
        return
    os.environ.update(LOOPBACK)
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 4, "num_gpus": 1, "node_ip_address": "127.0.0.1"}
    small = {"include_dashboard": False, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**head, **small})
    try:
        yield ["--backend", "ray", "--address", cluster.address]
    finally:
        cluster.shutdown()


class Measured:
    """Runs of random search under some options, and what is read back from their store."""

    def __init__(self, results: Path, *options: str) -> None:
        command = [sys.executable, "-m", "hpobench", "run", "-o", "random", "--seeds", f"0:{SEEDS}"]
        began = perf_counter()
        done = subprocess.run([*command, "--results", results, *options], check=False)
        if done.returncode not in (0, SOME_FAILED):
            raise SystemExit(done.returncode)
        self.seconds = perf_counter() - began
        rows = sorted(Store(results).runs().to_pylist(), key=lambda row: row["seed"])
        notes = [json.loads(row["variant_info"])["notes"] for row in rows]
        places = [note for each in notes for note in each if "device" in note]
        self.devices = {" ".join([each["device"], each.get("why", "")]) for each in places}
        spans = [(row["finished"] - row["seconds"], row["finished"]) for row in rows]
        self.at_a_time = max(sum(a <= one[0] < b for a, b in spans) for one in spans)
        errors = [error for row in rows for error in row["values"]]
        self.errors = [inf if error is None or isnan(error) else error for error in errors]


if __name__ == "__main__":
    sys.exit(main())
