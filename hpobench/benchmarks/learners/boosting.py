"""Gradient boosting by histograms, tree by tree."""

from typing import Any

from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer

from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.learners.learner import DatasetLearner, TrainingInProgress
from hpobench.benchmarks.learners.predictions import PartScores, judge_predictions, with_all_classes
from hpobench.task import Fidelity
from hpobench.trial import Config


class Boosting(DatasetLearner):
    """scikit-learn's histogram gradient boosting; the fidelity is the number of rounds.

    A round adds one tree, or one for each of several classes. Trees grow leaf by leaf or level
    by level, which is what `growth` chooses and other hyperparameters depend on.
    """

    fidelity = Fidelity(name="rounds", low=1, high=64, integer=True, continuable=True)
    inherited = ("max_bins", "row_share")
    library = "sklearn.ensemble"

    @staticmethod
    def make_space() -> ConfigurationSpace:
        """Ten hyperparameters, five with logarithms, two under conditions."""
        space = ConfigurationSpace(
            {
                "growth": ["leaves", "levels"],
                "learning_rate": Float("learning_rate", (0.005, 1.0), log=True, default=0.1),
                "max_leaf_nodes": Integer("max_leaf_nodes", (2, 64), log=True, default=31),
                "max_depth": Integer("max_depth", (1, 8), default=6),
                "min_samples_leaf": Integer("min_samples_leaf", (1, 100), log=True, default=20),
                "l2_regularization": Float(
                    "l2_regularization", (1e-4, 1e2), log=True, default=1e-4
                ),
                "max_features": Float("max_features", (0.1, 1.0), default=1.0),
                "max_bins": Integer("max_bins", (4, 255), log=True, default=255),
                "interactions": ["all", "none"],
                "row_share": Float("row_share", (0.3, 1.0), default=1.0),
            }
        )
        space.add(EqualsCondition(space["max_leaf_nodes"], space["growth"], "leaves"))
        space.add(EqualsCondition(space["max_depth"], space["growth"], "levels"))
        return space

    def train_on(self, split: Split, config: Config, seed: int) -> TrainingInProgress:
        """Set up an ensemble without trees."""
        return _Boosting(config, split, seed)


class _Boosting(TrainingInProgress):
    """An ensemble that is refitted from where it stands (`warm_start`)."""

    def __init__(self, config: Config, split: Split, seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        cls = HistGradientBoostingClassifier if split.classes else HistGradientBoostingRegressor
        leaves = config["growth"] == "leaves"
        self._split = split
        self._bins = config["max_bins"], config["row_share"]
        features, targets = split.train
        rows = max(int(float(config["row_share"]) * len(targets)), 2)
        self._train = features[:rows], targets[:rows]
        self._model: Any = cls(
            learning_rate=config["learning_rate"],
            max_leaf_nodes=config["max_leaf_nodes"] if leaves else None,
            max_depth=None if leaves else config["max_depth"],
            min_samples_leaf=config["min_samples_leaf"],
            l2_regularization=config["l2_regularization"],
            max_features=config["max_features"],
            max_bins=config["max_bins"],
            interaction_cst=None if config["interactions"] == "all" else "no_interactions",
            early_stopping=False,
            warm_start=True,
            random_state=seed,
        )

    def advance(self, level: float) -> None:
        """Boost for more rounds."""
        self._model.set_params(max_iter=int(level)).fit(*self._train)

    def state(self) -> Any:
        """The ensemble, and what its bins were made of."""
        return self._model, self._bins

    def resume(self, state: Any) -> None:
        """Take over an ensemble with the same bins: its trees are of these."""
        model, bins = state
        if bins != self._bins:
            raise ValueError("an ensemble goes on with the max_bins and row_share it began with")
        self._model = model.set_params(**self._model.get_params())

    def scores(self) -> tuple[PartScores, PartScores]:
        """Judge by probabilities, or by numbers."""
        classes = self._split.classes
        valid, test = (
            judge_predictions(self._predict(part[0]), part, classes=classes)
            for part in (self._split.valid, self._split.test)
        )
        return valid, test

    def _predict(self, features: Any) -> Any:
        if not self._split.classes:
            return self._model.predict(features)
        return with_all_classes(
            self._model.predict_proba(features), self._model.classes_, self._split
        )

    @property
    def size(self) -> int:
        """The nodes of all trees."""
        return sum(len(tree.nodes) for rounds in self._model._predictors for tree in rounds)  # noqa: SLF001
