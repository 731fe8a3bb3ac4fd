"""How many GPUs this machine has for runs, without a library that would have to be installed."""

import os
from pathlib import Path

DEVICES = ("dev/nvidia[0-9]*", "dev/dxg", "sys/class/kfd/kfd/topology/nodes/*/gpu_id")
"""Files of NVIDIA's driver, one a GPU; of its driver under WSL; and of AMD's."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Names the GPUs that programs may use, if it is there; none by an empty text or -1."""


def gpus_here(root: Path = Path("/")) -> int:
    """How many GPUs the drivers of this machine offer to programs.

    Args:
        root: Top of the file system.
    """
    found = [path for pattern in DEVICES for path in root.glob(pattern) if _is_gpu(path)]
    visible = os.environ.get(VISIBLE)
    if visible is None:
        return len(found)
    names = [name for name in visible.split(",") if name.strip() not in ("", "-1", "NoDevFiles")]
    return min(len(found), len(names))


def _is_gpu(path: Path) -> bool:
    """Whether a driver's file stands for a GPU: AMD's lists processors too, with the id 0."""
    try:
        return path.name != "gpu_id" or path.read_text(encoding="ascii").strip() not in ("", "0")
    except OSError:
        return False
