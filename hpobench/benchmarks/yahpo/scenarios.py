"""What each of YAHPO Gym's models takes and answers, which its files do not say.

Source:
    Pfisterer et al. (2022), YAHPO Gym, https://arxiv.org/abs/2109.03670; names and their order as
    in yahpo-gym 1.0.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpobench.task import Fidelity

RBV2_OUTPUTS = {
    "acc": True,
    "bac": True,
    "auc": True,
    "brier": False,
    "f1": True,
    "logloss": False,
    "timetrain": False,
    "timepredict": False,
    "memory": False,
}
"""YAHPO Gym marks f1 to be minimised, which must be a slip."""

IAML_OUTPUTS = {
    "mmce": False,
    "f1": True,
    "auc": True,
    "logloss": False,
    "ramtrain": False,
    "rammodel": False,
    "rampredict": False,
    "timetrain": False,
    "timepredict": False,
    "mec": False,
    "ias": False,
    "nf": False,
}
LCBENCH_OUTPUTS = {
    "time": False,
    "val_accuracy": True,
    "val_cross_entropy": False,
    "val_balanced_accuracy": True,
    "test_cross_entropy": False,
    "test_balanced_accuracy": True,
}

SHARE = Fidelity(name="trainsize", low=0.03, high=1.0)
"""Share of the training data."""

XGBOOST = (
    "nrounds",
    "eta",
    "gamma",
    "lambda",
    "alpha",
    "subsample",
    "max_depth",
    "min_child_weight",
    "colsample_bytree",
    "colsample_bylevel",
    "rate_drop",
    "skip_drop",
)
GLMNET = ("alpha", "s")
RPART = ("cp", "maxdepth", "minbucket", "minsplit")
DARTS = "NetworkSelectorDatasetInfo_COLON_darts_COLON_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A model, and the family of like problems it stands for.

    Attributes:
        numbers: Its inputs that are numbers, in its order.
        categories: Its inputs that are categories, in its order.
        outputs: Its outputs in its order, and whether people read them as better when larger.
        tests: By objective, the output that is the same on data held back.
        fidelity: The input that tells how thoroughly is trained.
        cost: The output that tells the seconds a training takes.
        instance: The category that names the data set; empty if there is but one.
        fixed: Inputs that are neither tuned nor a fidelity here.
    """

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    outputs: Mapping[str, bool]
    tests: Mapping[str, str] = field(default_factory=dict)
    fidelity: Fidelity
    cost: str = "timetrain"
    instance: str = "task_id"
    fixed: Mapping[str, float] = field(default_factory=dict)


def _rbv2(numbers: tuple[str, ...], *categories: str) -> Scenario:
    """One of Binder et al. (2020); all inputs but those that all have."""
    return Scenario(
        numbers=(*numbers, "trainsize", "repl"),
        categories=("task_id", *categories, "num.impute.selected.cpo"),
        outputs=RBV2_OUTPUTS,
        fidelity=SHARE,
        fixed={"repl": 10},  # as many repetitions of the validation as there were
    )


def _iaml(numbers: tuple[str, ...], *categories: str) -> Scenario:
    """One that measures how well a model can be interpreted."""
    return Scenario(
        numbers=(*numbers, "trainsize"),
        categories=("task_id", *categories),
        outputs=IAML_OUTPUTS,
        fidelity=SHARE,
    )


def _forest(mtry: str) -> tuple[str, ...]:
    """The numbers of ranger's forests."""
    return ("num.trees", "sample.fraction", mtry, "min.node.size", "num.random.splits")


def _of(learner: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a learner's inputs in a model that has several learners."""
    return tuple(f"{learner}.{name}" for name in names)


RANGER_RULES = ("respect.unordered.factors", "splitrule")
SVM = ("cost", "gamma", "tolerance", "degree")
AKNN = ("k", "M", "ef", "ef_construction")

SCENARIOS = {
    "lcbench": Scenario(
        numbers=(
            "epoch",
            "batch_size",
            "learning_rate",
            "momentum",
            "weight_decay",
            "num_layers",
            "max_units",
            "max_dropout",
        ),
        categories=("OpenML_task_id",),
        outputs=LCBENCH_OUTPUTS,
        tests={
            "val_cross_entropy": "test_cross_entropy",
            "val_balanced_accuracy": "test_balanced_accuracy",
        },
        fidelity=Fidelity(name="epoch", low=1, high=52, integer=True, continuable=True),
        cost="time",
        instance="OpenML_task_id",
    ),
    "nb301": Scenario(
        numbers=("epoch",),
        categories=(
            *(f"{DARTS}edge_{cell}_{i}" for cell in ("normal", "reduce") for i in range(14)),
            *(f"{DARTS}inputs_node_{cell}_{i}" for cell in ("normal", "reduce") for i in (3, 4, 5)),
        ),
        outputs={"val_accuracy": True, "runtime": False},
        fidelity=Fidelity(name="epoch", low=1, high=98, integer=True, continuable=True),
        cost="runtime",
        instance="",
    ),
    "rbv2_svm": _rbv2(SVM, "kernel"),
    "rbv2_rpart": _rbv2(RPART),
    "rbv2_aknn": _rbv2(AKNN, "distance"),
    "rbv2_glmnet": _rbv2(GLMNET),
    "rbv2_ranger": _rbv2(_forest("mtry.power"), *RANGER_RULES),
    "rbv2_xgboost": _rbv2(XGBOOST, "booster"),
    "rbv2_super": _rbv2(
        _of("svm", SVM)
        + _of("glmnet", GLMNET)
        + _of("rpart", RPART)
        + _of("ranger", _forest("mtry.power"))
        + _of("aknn", AKNN)
        + _of("xgboost", XGBOOST),
        "learner_id",
        "svm.kernel",
        *_of("ranger", RANGER_RULES),
        "aknn.distance",
        "xgboost.booster",
    ),
    "iaml_ranger": _iaml(_forest("mtry.ratio"), "replace", *RANGER_RULES),
    "iaml_rpart": _iaml(RPART),
    "iaml_glmnet": _iaml(GLMNET),
    "iaml_xgboost": _iaml(XGBOOST, "booster"),
    "iaml_super": _iaml(
        _of("ranger", _forest("mtry.ratio"))
        + _of("rpart", RPART)
        + _of("glmnet", GLMNET)
        + _of("xgboost", XGBOOST),
        "learner",
        *_of("ranger", ("replace", *RANGER_RULES)),
        "xgboost.booster",
    ),
}
"""By name. The output `f1` of those of rbv2 is about 0 where there are more than two classes."""
