"""A fitted forest as plain arrays, and what it answers to one point."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.recorded.cache import Arrays


@dataclass(frozen=True, slots=True)
class Forest:
    """Regression trees, one after another; the mean of their leaves is the answer.

    Attributes:
        roots: The first node of each tree.
        feature: By node, which coordinate is compared; 0 in a leaf.
        threshold: By node, up to which the way goes to the first child.
        children: By node, its two children, shape (nodes, 2); in a leaf, itself twice.
        values: By node, the answers there, shape (nodes, outputs).
        depth: Steps from a root to the farthest leaf.
    """

    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    children: npt.NDArray[np.int32]
    values: npt.NDArray[np.float64]
    depth: int

    @classmethod
    def of(cls, arrays: Arrays) -> "Forest":
        """From what `flattened` returned."""
        plain = {name: np.asarray(array) for name, array in arrays.items()}
        return cls(**{**plain, "depth": int(plain["depth"][0])})  # type: ignore[arg-type]

    def predict(self, point: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The mean over the trees, to the last bit as scikit-learn adds it up.

        Args:
            point: One coordinate a feature.

        Returns:
            One number an output.
        """
        node = self.roots
        for _ in range(self.depth):
            beyond = point[self.feature[node]] > self.threshold[node]
            node = self.children[node, beyond.view(np.int8)]
        total = np.add.accumulate(self.values[node], axis=0)[-1]  # in order: `sum` adds in pairs
        mean: npt.NDArray[np.float64] = total / len(self.roots)
        return mean


def flattened(estimator: Any) -> Arrays:
    """The arrays of a fitted forest of scikit-learn's."""
    trees = [tree.tree_ for tree in estimator.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    children = [_children(tree) + root for tree, root in zip(trees, roots, strict=True)]
    return {
        "roots": roots.astype(np.int32),
        "feature": np.concatenate([np.maximum(tree.feature, 0) for tree in trees]).astype(np.int32),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "children": np.concatenate(children).astype(np.int32),
        "values": np.concatenate([tree.value[:, :, 0] for tree in trees]),
        "depth": np.array([max(tree.max_depth for tree in trees)], dtype=np.int32),
    }


def _children(tree: Any) -> npt.NDArray[np.int64]:
    """The two children of each node of a tree; leaves lead to themselves."""
    itself = np.arange(tree.node_count)
    pairs = np.stack([tree.children_left, tree.children_right], axis=1)
    return np.where(pairs < 0, itself[:, None], pairs)
