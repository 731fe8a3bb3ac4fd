"""What runs do on a GPU: where each is placed, four packed on one, throughput, equal results.

Run it by itself on a machine with a GPU (`python tests/benchmarks/gpu.py`); without one it says so
and ends.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from hpobench.dispatch.gpus import gpus_here
from hpobench.store import Store

TASK, SEEDS, TRIALS = "torch/image-shapes-mf", 8, 4
TOLERANCE = 0.05
"""By so much errors on a GPU may differ from those on the processor in the median: rounding alone,
grown over a training, and other draws of dropout."""
PACKED = 0.25


def main() -> int:
    """Compare packed runs, runs one by one on the GPU, and runs on processors."""
    import torch

    count = gpus_here()
    if not count or not torch.cuda.is_available():
        print(
            f"No GPU here ({count} offered by drivers, torch {torch.__version__}): nothing shown."
        )
        return 0
    with tempfile.TemporaryDirectory() as folder:
        packed = Measured(Path(folder, "packed"), "--gpus", f"{PACKED:g}")
        alone = Measured(Path(folder, "alone"), "--gpus", "1", "--jobs", "1")
        processor = Measured(Path(folder, "processor"), "--backend", "local")
    for name, each in (("packed", packed), ("one by one", alone), ("processor", processor)):
        print(f"{name}: {each.seconds:.1f} s for {SEEDS} runs on {sorted(each.devices)}")
    print(f"at a time on a GPU, packed: {packed.at_a_time} (asked for {round(1 / PACKED)})")
    print(f"throughput against a plain loop: {alone.seconds / packed.seconds:.2f}")
    off = sorted(abs(a - b) for a, b in zip(packed.errors, processor.errors, strict=True))
    same = packed.errors == alone.errors
    print(f"packed equals one by one to the bit: {same}")
    print(f"errors off from the processor's: median {off[len(off) // 2]:.4f}, most {off[-1]:.4f}")
    return 0 if off[len(off) // 2] <= TOLERANCE else 1


class Measured:
    """Runs of random search under some options, and what is read back from their store."""

    def __init__(self, results: Path, *options: str) -> None:
        command = [sys.executable, "-m", "hpobench", "run", "-o", "random", "-t", TASK]
        command += ["--seeds", f"0:{SEEDS}", "--budget", f"trials={TRIALS}"]
        began = perf_counter()
        subprocess.run([*command, "--results", results, *options], check=True)
        self.seconds = perf_counter() - began
        rows = sorted(Store(results).runs().to_pylist(), key=lambda row: row["seed"])
        notes = [json.loads(row["variant_info"])["notes"] for row in rows]
        self.devices = {note["device"] for each in notes for note in each if "device" in note}
        spans = [(row["finished"] - row["seconds"], row["finished"]) for row in rows]
        self.at_a_time = max(sum(a <= one[0] < b for a, b in spans) for one in spans)
        self.errors = [error for row in rows for error in row["values"]]


if __name__ == "__main__":
    sys.exit(main())
