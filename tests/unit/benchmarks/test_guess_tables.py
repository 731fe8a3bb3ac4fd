"""Tables as people have them, each with what is right; none needs an edit to run."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hpobench.benchmarks.recorded.guess import guess
from hpobench.benchmarks.recorded.source import read_table
from hpobench.catalogue import Catalogue
from hpobench.cli.new import command
from hpobench.execution.construction import build
from hpobench.trial import Trial


def grid(*axes: str, of: str = "", repeats: int = 1, delimiter: str = ",") -> str:
    """A CSV of a full grid; axes are `name=1|2|3`; the columns `of` are noise."""
    rng = random.Random(0)
    rows: list[list[str]] = [[]]
    for axis in axes:
        rows = [[*row, value] for row in rows for value in axis.partition("=")[2].split("|")]
    measured = of.split()
    rows = [row for row in rows for _ in range(repeats)]
    lines = [[axis.partition("=")[0] for axis in axes] + measured]
    lines += [row + [f"{rng.random():.6f}" for _ in measured] for row in rows]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def drawn(*ranges: str, of: str = "", rows: int = 30) -> str:
    """A CSV of random configurations; ranges are `name` (of logarithms) or `name=a|b|c`."""
    rng = random.Random(1)
    lines = [[each.partition("=")[0] for each in ranges] + of.split()]
    for _ in range(rows):
        values = [each.partition("=")[2] for each in ranges]
        cells = [
            rng.choice(v.split("|")) if v else f"{10 ** rng.uniform(-4, 0):.6g}" for v in values
        ]
        lines.append(cells + [f"{rng.random():.6f}" for _ in of.split()])
    return "".join(",".join(line) + "\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Case:
    """A table and what is right about it.

    Attributes:
        text: The file.
        hyperparameters: Names and the first letter of their types, as in `lr:f depth:o`.
        objectives: Names with the sign of their direction, as in `error- accuracy+`.
        lookup: As in YAML.
        others: The parameters besides these three, but for the file.
        left_out: All columns that are not used.
        suffix: Of the file.
    """

    text: str
    hyperparameters: str
    objectives: str
    lookup: str = "exact"
    others: dict[str, Any] = field(default_factory=dict)
    left_out: str = ""
    suffix: str = ".csv"


DRAW = {"seeds": {"use": "draw"}}
OPTUNA = """number,value,datetime_start,datetime_complete,duration,params_rate,params_solver,user_attrs_n,state
0,0.23,2025-02-03 09:00:01.5,2025-02-03 09:00:31.7,0 days 00:00:30.250000,0.0042,sag,1,COMPLETE
1,0.91,2025-02-03 09:01:01.5,2025-02-03 09:01:31.7,0 days 00:01:30.250000,0.0026,newton,2,COMPLETE
2,0.60,2025-02-03 09:02:01.5,2025-02-03 09:02:31.7,0 days 00:00:30.250000,0.0532,sag,3,PRUNED
3,0.25,2025-02-03 09:03:01.5,2025-02-03 09:03:31.7,1 days 00:00:30.250000,0.0005,sag,4,COMPLETE
4,,2025-02-03 09:04:01.5,2025-02-03 09:04:31.7,0 days 00:00:30.250000,,,5,FAIL
"""  # noqa: E501
OPTUNA_TWO = """number,values_0,values_1,duration,params_x,params_y,state
0,0.5,18.0,0 days 00:00:01,0.54,36,COMPLETE
1,0.6,13.5,0 days 00:00:02,0.60,27,COMPLETE
2,0.4,20.5,0 days 00:00:02,0.42,41,COMPLETE
"""
SKLEARN = """,mean_fit_time,std_fit_time,mean_score_time,param_max_depth,param_criterion,params,split0_test_score,mean_test_score,std_test_score,rank_test_score,mean_train_score
0,0.2,0.01,0.02,2,gini,"{'max_depth': 2, 'criterion': 'gini'}",0.41,0.36,0.01,1,0.9
1,0.3,0.01,0.02,2,entropy,"{'max_depth': 2, 'criterion': 'entropy'}",0.45,0.40,0.02,2,0.8
2,0.4,0.02,0.02,,gini,"{'max_depth': None, 'criterion': 'gini'}",0.50,0.45,0.01,3,0.7
3,0.5,0.02,0.05,,entropy,"{'max_depth': None, 'criterion': 'entropy'}",0.41,0.37,0.03,4,0.6
"""  # noqa: E501
SKLEARN_TWO = """mean_fit_time,param_depth,params,mean_test_accuracy,rank_test_accuracy,mean_test_neg_log_loss
0.2,2,{'depth': 2},0.41,1,-0.5
0.3,4,{'depth': 4},0.45,2,-0.7
"""  # noqa: E501
HALVING = """iter,n_resources,mean_fit_time,param_depth,params,mean_test_score,rank_test_score
0,18,0.2,2,{'depth': 2},0.41,1
0,18,0.3,4,{'depth': 4},0.45,2
0,18,0.3,6,{'depth': 6},0.44,3
1,54,0.9,4,{'depth': 4},0.55,1
"""
RAY = """loss,timestamp,done,training_iteration,trial_id,date,time_this_iter_s,time_total_s,pid,hostname,config/lr,config/layers
0.9,1700000001,False,1,a1,2024-01-01_10-00-01,1.5,1.5,11,h,0.1,2
0.8,1700000003,True,2,a1,2024-01-01_10-00-03,1.5,3.0,11,h,0.1,2
0.7,1700000005,False,1,a2,2024-01-01_10-00-05,1.0,1.0,12,h,0.02,3
0.6,1700000006,True,2,a2,2024-01-01_10-00-06,1.0,2.0,12,h,0.02,3
0.5,1700000008,False,1,a3,2024-01-01_10-00-08,1.2,1.2,13,h,0.003,3
0.4,1700000009,True,2,a3,2024-01-01_10-00-09,1.2,2.4,13,h,0.003,3
"""  # noqa: E501
WANDB = """"Name","State","Created","Runtime","lr","batch_size","optimizer.type","val/acc","test/acc"
"run-1","finished","2024-01-01",120,0.1,32,"adam",0.91,0.90
"run-2","finished","2024-01-01",121,0.01,32,"adam",0.93,0.92
"run-3","crashed","2024-01-01",20,0.1,64,"sgd",,
"run-4","finished","2024-01-02",122,0.01,64,"sgd",0.89,0.88
"run-5","finished","2024-01-02",119,0.001,64,"adam",0.88,0.87
"run-6","finished","2024-01-02",117,0.0001,64,"adam",0.80,0.79
"""  # noqa: E501
DEEPHYPER = """p:lr,p:units,objective,job_id,job_status,m:timestamp_submit,m:timestamp_gather
0.1,8,0.5,0,DONE,0.1,5.1
0.02,16,F,1,DONE,1.1,6.1
0.003,32,0.7,2,DONE,2.1,7.1
0.0004,64,F_oom,3,DONE,3.1,8.1
0.00005,128,0.9,4,DONE,4.1,9.1
0.7,255,0.95,5,CANCELLED,4.1,9.1
"""
SMAC = """config_id,instance,seed,budget,cost,time,cpu_time,status,starttime,endtime,additional_info,k,lr
1,,11,,1.62,0.6,0.5,SUCCESS,1796020347.8,1796020347.9,{},a,0.62
1,,12,,1.64,0.7,0.5,SUCCESS,1796020348.8,1796020348.9,{},a,0.62
2,,11,,0.21,0.8,0.6,SUCCESS,1796020349.8,1796020349.9,{},b,0.21
3,,11,,2147483647.0,0.9,0.7,CRASHED,1796020350.8,1796020350.9,{},b,0.33
4,,11,,0.41,0.4,0.3,SUCCESS,1796020351.8,1796020351.9,{},b,0.05
"""  # noqa: E501
SYNE_TUNE = """loss,epoch,st_worker_timestamp,st_worker_time,st_worker_iter,st_decision,st_status,trial_id,config_lr,config_width,config_epochs,st_tuner_time
1.03,1,1796020343.21,7.1,0,CONTINUE,Completed,0,0.0057,6,3,0.5
0.53,2,1796020343.22,14.4,1,CONTINUE,Completed,0,0.0057,6,3,0.6
2.15,1,1796020343.37,8.2,0,CONTINUE,Stopped,1,0.2878,4,3,1.0
1.15,2,1796020343.38,16.2,1,STOP,Stopped,1,0.2878,4,3,1.1
0.75,1,1796020343.77,8.0,0,CONTINUE,Completed,2,0.0278,9,3,1.4
0.65,2,1796020343.78,16.0,1,CONTINUE,Completed,2,0.0278,9,3,1.5
"""  # noqa: E501
MLFLOW = """run_id,status,artifact_uri,start_time,metrics.val_acc,params.lr,params.opt,tags.user
f1e0,FINISHED,file:///1,2024-01-01 10:00:01.123+00:00,0.5,0.1,sgd,me
f1e1,FAILED,file:///2,2024-01-01 10:00:02.123+00:00,,0.01,sgd,me
f1e2,FINISHED,file:///3,2024-01-01 10:00:03.123+00:00,0.6,0.02,adam,me
f1e3,FINISHED,file:///4,2024-01-01 10:00:04.123+00:00,0.7,0.001,sgd,me
"""

CASES = {
    "optuna": Case(
        OPTUNA, "rate:f solver:c", "value-", "nearest",
        {"where": {"state": "COMPLETE"}, "cost": {"column": "duration"}},
        "number datetime_start datetime_complete user_attrs_n state",
    ),
    "optuna-two-objectives": Case(
        OPTUNA_TWO, "x:f y:i", "values_0- values_1-", "nearest",
        {"cost": {"column": "duration"}}, "number state",
    ),
    "sklearn": Case(
        SKLEARN, "max_depth:o criterion:c", "mean_test_score+", "exact",
        {"cost": {"column": "mean_fit_time"}},
        "| std_fit_time mean_score_time params split0_test_score std_test_score rank_test_score "
        "mean_train_score",
    ),
    "sklearn-two-scores": Case(
        SKLEARN_TWO, "depth:o", "mean_test_accuracy+ mean_test_neg_log_loss+", "exact",
        {"cost": {"column": "mean_fit_time"}}, "params rank_test_accuracy",
    ),
    "sklearn-halving": Case(
        HALVING, "depth:o", "mean_test_score+", "exact",
        {
            "cost": {"column": "mean_fit_time"},
            "fidelity": {"column": "n_resources", "levels": "own"},
        },
        "iter params rank_test_score",
    ),
    "ray-tune": Case(
        RAY, "lr:f layers:o", "loss-", "nearest",
        {"cost": {"column": "time_total_s"}, "fidelity": {"column": "training_iteration"}},
        "timestamp done trial_id date time_this_iter_s pid hostname",
    ),
    "wandb": Case(
        WANDB, "lr:f batch_size:o optimizer.type:c", "val/acc+test/acc", "nearest",
        {"where": {"State": "finished"}, "cost": {"column": "Runtime"}}, "Name State Created",
    ),
    "deephyper": Case(
        DEEPHYPER, "lr:f units:i", "objective+", "nearest",
        {"where": {"job_status": "DONE"}, "missing": ["F", "F_oom"]},
        "job_id job_status m:timestamp_submit m:timestamp_gather",
    ),
    "smac": Case(
        SMAC, "k:c lr:f", "cost-", "nearest",
        {
            "where": {"status": "SUCCESS"},
            "cost": {"column": "time"},
            "seeds": {"column": "seed", "use": "draw"},
        },
        "config_id instance budget cpu_time status starttime endtime additional_info",
    ),
    "syne-tune": Case(
        SYNE_TUNE, "lr:f width:i", "loss-", "nearest",
        {"cost": {"column": "st_worker_time"}, "fidelity": {"column": "epoch"}},
        "st_worker_timestamp st_worker_iter st_decision st_status trial_id config_epochs "
        "st_tuner_time",
    ),
    "mlflow": Case(
        MLFLOW, "lr:f opt:c", "val_acc+", "nearest",
        {"where": {"status": "FINISHED"}}, "run_id status artifact_uri start_time tags.user",
    ),
    "sizes-are-no-objectives": Case(
        grid("lr=0.1|0.01", "batch_size=32|64", "hidden_size=64|128", of="accuracy"),
        "lr:o batch_size:o hidden_size:o", "accuracy+",
    ),
    "ends-in-X": Case(grid("lr=0.1|0.01", "depthX=2|4|8", of="error"), "lr:o depthX:o", "error-"),
    "X-beside-marks": Case(
        "a,noteX,Speed+,Energy-\n1,7,3.5,2\n2,8,1.5,3\n", "a:o", "Speed+ Energy-", left_out="noteX"
    ),
    "infinity": Case(grid("lr=0.1|0.01", "clip=1|5|inf", of="error"), "lr:o clip:o", "error-"),
    "empty-is-a-value": Case(grid("lr=1|2", "depth=2|4|", of="error"), "lr:o depth:o", "error-"),
    "empty-is-a-text": Case(grid("lr=1|2", "w=a|b|", of="error"), "lr:o w:c", "error-"),
    "semicolons": Case(grid("lr=.1|1", "d=2|4", of="error", delimiter=";"), "lr:o d:o", "error-"),
    "tabs-in-csv": Case(grid("lr=1|2", "d=2|4", of="error", delimiter="\t"), "lr:o d:o", "error-"),
    "commas-in-tsv": Case(grid("lr=1|2", "d=2|4", of="error"), "lr:o d:o", "error-", suffix=".tsv"),
    "bars": Case(grid("lr=1|2", "d=2|4", of="error", delimiter="|"), "lr:o d:o", "error-"),
    "decimal-commas": Case(
        grid("lr=0.1|0.01", "d=2|4", of="error", delimiter=";").replace(".", ","),
        "lr:o d:o", "error-",
    ),
    "spreadsheet": Case(
        "sep=;\n" + grid("lr=1|2", "d=2|4", of="error", delimiter=";"), "lr:o d:o", "error-"
    ),
    "comments": Case(
        "# made by hand\n# twice\n" + grid("lr=1|2", "d=2|4", of="error") + "# the end\n",
        "lr:o d:o", "error-",
    ),
    "numpy-header": Case("# " + grid("lr=1|2", "d=2|4", of="error"), "lr:o d:o", "error-"),
    "colours": Case(grid("hue=#f00|#0f0", "d=2|4", of="error"), "hue:c d:o", "error-"),
    "blanks-in-header": Case(
        grid("lr=1|2", "d=2|4", of="error").replace(",", ", "), "lr:o d:o", "error-"
    ),
    "byte-order-mark": Case("\ufeff" + grid("lr=1|2", "d=2|4", of="error"), "lr:o d:o", "error-"),
    "pandas-index": Case(
        ",lr,d,error\n0,1,2,0.3\n1,1,4,0.4\n2,2,2,0.5\n3,2,4,0.6\n",
        "lr:o d:o", "error-", left_out="|",
    ),
    "timestamps": Case(
        "lr,error,when\n1,0.3,2024-01-01 10:00:00\n2,0.4,2024-01-01 10:00:09\n",
        "lr:o", "error-", left_out="when",
    ),
    "texts-of-rows": Case(
        "lr,error,note\n" + "".join(f"{i / 7:.4f},{i * i},note {i}\n" for i in range(30)),
        "lr:f", "error-", "nearest", left_out="note",
    ),
    "constants": Case(grid("lr=1|2", "data=adult", of="error"), "lr:o", "error-", left_out="data"),
    "last-column": Case(grid("lr=1|2|3", "d=2|4", of="outcome"), "lr:o d:o", "outcome-"),
    "first-column": Case(
        "hardness,temp,time_limit\n0.31,1,10\n0.42,2,10\n0.53,1,20\n0.64,2,20\n",
        "temp:o time_limit:o", "hardness-",
    ),
    "measured-beside": Case(
        grid("lr=1|2|3", "d=2|4", of="memory_mb error"), "lr:o d:o", "error-", left_out="memory_mb"
    ),
    "repeats": Case(
        grid("lr=1|2|3", "d=2|4", of="error", repeats=2), "lr:o d:o", "error-", others=DRAW
    ),
    "seeds": Case(
        grid("lr=1|2|3", "seed=0|1", of="error"), "lr:o", "error-",
        others={"seeds": {"column": "seed", "use": "draw"}},
    ),
    "seed-without-repeats": Case(
        "lr,seed,error\n0.1,1,0.5\n0.2,2,0.6\n0.3,3,0.7\n0.4,4,0.75\n",
        "lr:f", "error-", "nearest", left_out="seed",
    ),
    "curves": Case(
        grid("lr=1|2|3", "epoch=1|2|4", of="train_loss val_loss test_loss"),
        "lr:o", "val_loss-test_loss", others={"fidelity": {"column": "epoch"}},
        left_out="train_loss",
    ),
    "epochs-from-zero": Case(
        grid("lr=1|2|3", "epoch=0|1|2", of="loss"), "lr:o", "loss-",
        others={"fidelity": {"column": "epoch", "low": 1}},
    ),
    "epochs-as-hyperparameter": Case(
        "lr,epochs,loss\n0.1,5,0.5\n0.2,10,0.6\n0.3,20,0.7\n0.4,40,0.75\n",
        "lr:f epochs:i", "loss-", "nearest",
    ),
    "random-search": Case(
        drawn("lr", "wd", "opt=sgd|adam", of="f1_score"), "lr:f wd:f opt:c", "f1_score+", "nearest"
    ),
    "loss-as-hyperparameter": Case(
        drawn("alpha", "loss=hinge|log", "threshold=1|2", of="accuracy"),
        "alpha:f loss:c threshold:o", "accuracy+", "nearest",
    ),
    "precision-as-hyperparameter": Case(
        grid("precision=16|32", "lr=1|2|3", of="accuracy"), "precision:o lr:o", "accuracy+"
    ),
    "words-inside": Case(
        grid("learning_rate=1|2", "error_weight=1|3", "score_function=1|2", of="throughput"),
        "learning_rate:o error_weight:o score_function:o", "throughput+",
    ),
    "camel-case": Case(
        grid("batchSize=1|2", "maxDepth=2|4", of="valAccuracy testAccuracy"),
        "batchSize:o maxDepth:o", "valAccuracy+testAccuracy",
    ),
    "spreads": Case(
        grid("a=1|2", "b=2|4", of="error error_std"), "a:o b:o", "error-", left_out="error_std"
    ),
    "milliseconds": Case(
        grid("a=1|2", "b=2|4", of="error fit_time_ms"), "a:o b:o", "error-", left_out="fit_time_ms"
    ),
    "runtime-is-all": Case(
        grid("threads=1|2", "cache=2|4", of="runtime"), "threads:o cache:o", "runtime-",
        others={"cost": {"column": "runtime"}},
    ),
    "conditions": Case(
        "opt,mom,error\nsgd,0.5,1\nsgd,0.9,2\nadam,,3\n", "opt:c mom:o", "error-"
    ),
    "errors-in-a-column": Case(
        "a,b,tput,msg\n1,2,3.5,ok\n2,2,2.5,ok\n1,4,,out of memory\n2,4,4.5,ok\n",
        "a:o b:o", "tput-", "nearest", {"where": {"msg": "ok"}}, "msg",
    ),
    "prefixes": Case(
        grid("config.a=1|2", "config.b=1|2", of="loss extra"), "a:o b:o", "loss-", left_out="extra"
    ),
}  # fmt: skip


def new(folder: Path, case: Case) -> tuple[int | None, str]:
    """What the command returns and prints."""
    path = folder / f"t{case.suffix}"
    path.write_text(case.text, encoding="utf-8")
    arguments = ["task", "--table", str(path), "--out", str(folder)]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


def objectives_text(objectives: dict[str, Any]) -> str:
    """As `Case` writes them."""
    signs = {"minimize": "-", "maximize": "+"}
    fields = {n: {"direction": v} if isinstance(v, str) else v for n, v in objectives.items()}
    return " ".join(f"{n}{signs[v['direction']]}{v.get('test', '')}" for n, v in fields.items())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_table_is_taken_for_what_it_is(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"t{case.suffix}"
    path.write_text(case.text, encoding="utf-8")
    guessed = guess(read_table(path))
    params = dict(guessed.params)
    described = params.pop("hyperparameters")
    assert " ".join(f"{n}:{each['type'][0]}" for n, each in described.items()) == (
        case.hyperparameters
    )
    assert objectives_text(params.pop("objectives")) == case.objectives
    assert params.pop("lookup") == case.lookup
    assert params == case.others
    assert set(guessed.left_out) == {"" if n == "|" else n for n in case.left_out.split()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_task_of_a_table_answers_without_an_edit(case: Case, tmp_path: Path) -> None:
    code, printed = new(tmp_path, case)
    assert code == 0, printed
    assert printed.count("left out ") == len(case.left_out.split())
    benchmark = build(Catalogue([tmp_path]).task("t/t"))
    sampled = benchmark.space.sample_configuration(20)
    outcomes = [benchmark.evaluate(Trial(config=dict(config)), 0) for config in sampled]
    assert any(not outcome.failure for outcome in outcomes)


def test_there_are_at_least_forty_tables() -> None:
    assert len(CASES) >= 40
