"""How the tables look that other tools export."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hpobench.benchmarks.recorded.source import FileTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What the names in a table of a tool say. All but `tool` are regular expressions.

    Attributes:
        tool: For people.
        markers: Each fits a column, else the table is not of this tool.
        hyperparameter: Fits their columns; its group is the hyperparameter's name. If empty,
            they are all columns that are nothing else.
        objective: Fits their columns; its group is the objective's name. If empty, they are
            guessed among the other columns.
        direction: Whether objectives are minimised, where the tool has one direction for all.
        status, success: The column that says how a trial ended, and its value for a good end.
        cost: The first of these names that a column has holds the seconds.
        fidelity, seed: Fit columns, if values agree.
        unused: Fits columns that are never anything.
    """

    tool: str
    markers: tuple[str, ...]
    hyperparameter: str = ""
    objective: str = ""
    direction: str = ""
    status: str = ""
    success: str = ""
    cost: tuple[str, ...] = ()
    fidelity: str = ""
    seed: str = ""
    unused: str = ""


EXPORTS = (
    Export(
        tool="Optuna",
        markers=(r"number", r"values?(_.+)?", r"params_.+", r"state"),
        hyperparameter=r"params_(.+)",
        objective=r"(values_.+|value)",
        status="state",
        success="COMPLETE",
        cost=("duration",),
        unused=r".*",
    ),
    Export(
        tool="scikit-learn",
        markers=(r"params", r"mean_fit_time", r"param_.+", r"mean_test_.+"),
        hyperparameter=r"param_(.+)",
        objective=r"(mean_test_.+)",
        direction="maximize",
        cost=("mean_fit_time",),
        fidelity=r"n_resources",
        unused=r".*",
    ),
    Export(
        tool="Ray Tune",
        markers=(r"training_iteration", r"config/.+"),
        hyperparameter=r"config/(.+)",
        cost=("time_total_s",),
        fidelity=r"training_iteration",
        unused=r"(time|iterations)_(this_iter_s|since_restore|total_s)|timestamp|date|pid|hostname"
        r"|node_ip|trial_id|experiment_(tag|id)|done|should_checkpoint|checkpoint_dir_name|logdir"
        r"|timesteps_.*|episodes_.*|warmup_time|perf/.*",
    ),
    Export(
        tool="Weights & Biases",
        markers=(r"Name", r"State", r"Created|Runtime|User|Tags|Notes|Sweep|ID|Hostname|_step"),
        status="State",
        success="finished",
        cost=("Runtime", "_runtime"),
        unused=r"Name|State|Created|Updated|End Time|Relative Time.*|User|Tags|Notes|Sweep|ID"
        r"|Hostname|Group|Job Type|Commit|GitHub|Host|OS|Python.*|GPU (Type|Count)|Description"
        r"|Runtime|_timestamp|_runtime|_wandb.*|_step|step|epoch|Agent|trainer/global_step"
        r"|(train|val|valid|test|eval|system|time|timing|perf|gradients|parameters)[/.].*",
    ),
    Export(
        tool="DeepHyper",
        markers=(r"p:.+", r"objective(_.+)?"),
        hyperparameter=r"p:(.+)",
        objective=r"(objective(?:_.+)?)",
        direction="maximize",
        status="job_status",
        success="DONE",
        cost=("m:duration",),
        unused=r".*",
    ),
    Export(
        tool="SMAC",
        markers=(r"config_id|config", r"cost", r"time", r"status", r"starttime|seed|instance"),
        hyperparameter="",
        objective=r"(cost)",
        direction="minimize",
        status="status",
        success="SUCCESS|1",
        cost=("time",),
        fidelity=r"budget",
        seed=r"seed",
        unused=r"config(_id|_origin)?|instance|seed|budget|cpu_time|time|status|starttime|endtime"
        r"|additional_info|origin",
    ),
    Export(
        tool="Syne Tune",
        markers=(r"trial_id", r"st_.+", r"config_.+"),
        hyperparameter=r"config_(.+)",
        cost=("elapsed_time", "st_worker_time"),
        fidelity=r"epochs?|steps?|resource|iterations?",
        unused=r"st_.*|trial_id|elapsed_time|epochs?|steps?|resource|iterations?",
    ),
    Export(
        tool="MLflow",
        markers=(r"run_id", r"params\..+", r"metrics\..+"),
        hyperparameter=r"params\.(.+)",
        objective=r"metrics\.(.+)",
        status="status",
        success="FINISHED",
        unused=r".*",
    ),
)

PREFIXES: tuple[str, ...] = (
    "hp_config.",
    "config.",
    "config/",
    "config:",
    "config_",
    "params.",
    "params_",
    "hp.",
    "hp_",
    "param_",
    "p:",
    "hparams/",
    "hyperparameters.",
)
"""What other libraries put before the names of hyperparameters."""

PLAIN = Export(
    tool="",
    markers=(),
    cost=(
        (
            r"((train|training|fit|run|total|elapsed|wall|eval|evaluation|cpu|gpu)[_ ]?)*"
            r"(time|seconds|secs?|runtime|duration|cost|walltime|clock)"
            r"([_ ]?\(?(s|secs?|seconds|total)\)?)?"
        ),
    ),
    fidelity=r"epochs?|steps?|(training_)?iterations?|iters?|budget|fidelity|train_?size|rungs?"
    r"|checkpoints?|resources?|n_resources|num_epochs|num_steps",
    seed=r"(random_|model_)?(seeds?|state)|repl|repeats?|repetitions?|replicates?|folds?|split|rep",
)


def export_of(table: FileTable) -> Export:
    """The tool whose table this is; else one of hyperparameters with a common prefix, or any."""
    for export in EXPORTS:
        if all(any(fits(marker, name) for name in table.columns) for marker in export.markers):
            return export
    counts = {p: sum(name.startswith(p) for name in table.columns) for p in PREFIXES}
    prefix = max(counts, key=lambda each: (counts[each] > 1, len(each)))
    if counts[prefix] < 2:  # noqa: PLR2004
        return PLAIN
    fields = {name: getattr(PLAIN, name) for name in PLAIN.__slots__}
    return Export(**{**fields, "hyperparameter": re.escape(prefix) + "(.+)"})


def fits(pattern: str, name: str) -> bool:
    """Whether a name is one of the pattern."""
    return bool(pattern) and re.fullmatch(pattern, name.strip()) is not None


def fitting(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that are of the pattern, in small letters too."""
    return [name for name in names if fits(pattern, name) or fits(pattern, name.lower())]


def inner(pattern: str, name: str) -> str:
    """What the group of a pattern finds in a name that fits it."""
    match = re.fullmatch(pattern, name.strip())
    return next((part for part in match.groups() if part), name) if match else name.strip()
