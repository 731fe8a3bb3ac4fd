"""Networks: what is drawn for augmentation, where they are trained, what is measured on the way."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from hpobench.benchmarks.learners.datasets import split_dataset  # noqa: E402
from hpobench.benchmarks.learners.optimization import QUARTERS, scheduled_rate  # noqa: E402
from hpobench.benchmarks.nets import device, net  # noqa: E402
from hpobench.benchmarks.nets.energy import EnergyMeter  # noqa: E402
from hpobench.benchmarks.nets.image import shifted, with_holes  # noqa: E402
from hpobench.benchmarks.nets.rate_schedule import FIXED, RateSchedule  # noqa: E402
from hpobench.benchmarks.nets.recurrent import CELLS, RecurrentNetwork  # noqa: E402
from hpobench.benchmarks.nets.smoothness import loss_smoothness  # noqa: E402
from hpobench.benchmarks.nets.tabular import TabularNetwork  # noqa: E402
from hpobench.errors import UserError  # noqa: E402
from hpobench.execution.runner import execute  # noqa: E402
from hpobench.run import Run  # noqa: E402
from hpobench.space import plain_config  # noqa: E402
from hpobench.store.rows import variant_info  # noqa: E402
from hpobench.task import Budget  # noqa: E402
from hpobench.trial import Config, Outcome, Trial  # noqa: E402
from tests.driving import catalogue  # noqa: E402


@pytest.fixture(autouse=True)
def drawn_alike() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        yield


def test_smoothness_is_the_quotient_of_norms_computed_by_hand() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3)).train()
    rows = torch.randn(300, 4)
    hidden = (rows @ model[0].weight.T + model[0].bias).clamp(min=0).detach().numpy()
    largest = max(np.linalg.norm(hidden[at : at + 128]) for at in (0, 128, 256))
    expected = largest / np.linalg.norm(model[3].weight.detach().numpy())
    assert loss_smoothness(model, rows.split(128)) == pytest.approx(expected, rel=1e-5)
    assert model.training
    nn.init.zeros_(model[3].weight)
    assert loss_smoothness(model, rows.split(128)) == 0


@pytest.mark.parametrize("shape", [(5, 7), (11,)])
def test_a_shift_moves_each_picture_as_rolling_does(shape: tuple[int, ...]) -> None:
    pictures = torch.arange(6.0 * np.prod(shape)).view(6, *shape)
    moved = shifted(pictures, 2)
    sides = tuple(range(len(shape)))
    steps = np.stack(np.meshgrid(*[range(-2, 3)] * len(shape)), axis=-1).reshape(-1, len(shape))
    for before, after in zip(pictures, moved, strict=True):
        assert any(
            torch.equal(after, torch.roll(before, tuple(step), sides)) for step in steps.tolist()
        )
    assert not torch.equal(moved, pictures)


def test_a_hole_is_a_square_of_its_width() -> None:
    covered = with_holes(torch.ones(40, 6, 6), 3) == 0
    assert covered.sum(dim=(1, 2)).tolist() == [9] * 40
    assert covered.any(dim=1).sum(dim=1).tolist() == [3] * 40
    assert len({tuple(each.flatten().tolist()) for each in covered}) > 4


@pytest.mark.parametrize(
    ("schedule", "options", "rates"),
    [
        ("piecewise", {"factor_2": 0.5, "factor_3": 2.0, "factor_4": 0.1}, [1, 1, 0.5, 2, 0.1]),
        (
            "warm-up",
            {"warm_up_share": 0.5},
            [0.1, 0.4, 0.5, 0.5 + 0.5 * math.cos(0.2 * math.pi), 0],
        ),
        ("constant", {}, [1, 1, 1, 1, 1]),
    ],
)
def test_schedules_have_the_rates_they_say(
    schedule: str, options: dict[str, float], rates: list[float]
) -> None:
    config: Config = {"schedule": schedule, "learning_rate": 1.0, **options}
    for progress, rate in zip((0, 0.2, 0.25, 0.6, 1 - 1e-9), rates, strict=True):
        assert scheduled_rate(config, progress) == pytest.approx(rate, abs=1e-9)


def test_a_schedule_of_equal_rates_is_the_constant_one() -> None:
    assert FIXED["schedule"] == "piecewise"
    four, one = RateSchedule(dataset="digits", rates=4), RateSchedule(dataset="digits", rates=1)
    config = {f"rate_{number}": 0.05 for number in (1, 2, 3, 4)}
    answers = [
        four.evaluate(Trial(config=config, fidelity=4), 1),
        one.evaluate(Trial(config={"rate_1": 0.05}, fidelity=4), 1),
    ]
    assert answers[0].values["loss"] == answers[1].values["loss"]
    assert len(QUARTERS) == 3


def test_a_seed_changes_the_split_and_shapes_are_of_six_kinds() -> None:
    one, other = split_dataset("shapes", 1), split_dataset("shapes", 2)
    assert one.classes == 6
    assert one.shape == (12, 12)
    assert not np.array_equal(one.train[1], other.train[1])


def test_errors_between_rungs_are_those_of_trials_that_end_there() -> None:
    learner = TabularNetwork(dataset="friedman")
    config = plain_config(learner.space.get_default_configuration())

    def ending(at: int) -> Outcome:
        return TabularNetwork(dataset="friedman").evaluate(Trial(config=config, fidelity=at), 2)

    quarters = {f"curve-{at // 4}/4": ending(at).values["error"] for at in (4, 8, 12)}
    assert len(set(quarters.values())) == 3
    for at, passed in ((3, 0), (4, 1), (11, 2), (16, 3)):
        curve = {n: v for n, v in ending(at).signals.items() if n.startswith("curve")}
        assert curve == dict([*quarters.items()][:passed])
    left: bytes | None = None
    for at in (3, 4, 10, 16):
        legs, left = learner.advance(Trial(config=config, fidelity=at), 2, left)
    assert legs.signals == ending(16).signals


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_recurrent_network_has_the_parameters_of_its_layers(cell: str) -> None:
    gates = {"plain": 1, "gru": 3, "lstm": 4}[cell]
    learner = RecurrentNetwork(dataset="digits")
    config = {**plain_config(learner.space.get_default_configuration()), "cell": cell, "units": 6}
    outcome = learner.evaluate(Trial(config=config, fidelity=1), 0)
    recurrent = gates * (6 * 8 + 6 * 6 + 2 * 6)  # pictures are read line by line, 8 numbers each
    assert outcome.values["parameters"] == recurrent + 6 * 10 + 10


def test_latency_is_measured_and_said_to_be() -> None:
    learner = TabularNetwork(dataset="friedman")
    config = plain_config(learner.space.get_default_configuration())
    outcome = learner.evaluate(Trial(config=config, fidelity=1), 0)
    assert outcome.values["latency"] > 0
    assert {o.name for o in learner.objectives if o.measured} >= {"latency"}


def counter(root: Path, number: int, *, joules: float) -> None:
    folder = root / f"sys/class/powercap/intel-rapl:{number}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "energy_uj").write_text(str(int(joules * 1e6)))
    (folder / "max_energy_range_uj").write_text(str(int(100e6)))


def test_energy_is_the_sum_of_all_counters_and_bears_that_one_begins_anew(tmp_path: Path) -> None:
    assert not EnergyMeter(tmp_path).readable
    counter(tmp_path, 0, joules=10)
    counter(tmp_path, 1, joules=95)
    meter = EnergyMeter(tmp_path)
    assert meter.readable
    counter(tmp_path, 0, joules=12)
    counter(tmp_path, 1, joules=3)
    assert meter.joules() == pytest.approx(2 + 8)
    assert meter.joules() == 0


def test_energy_is_an_objective_where_it_can_be_read_and_goes_on_with_a_lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter(tmp_path, 0, joules=1)
    monkeypatch.setattr(net, "EnergyMeter", lambda: EnergyMeter(tmp_path))
    learner = TabularNetwork(dataset="friedman")
    assert "energy" in {objective.name for objective in learner.objectives}
    monkeypatch.setattr(learner.meter, "joules", lambda: 5.0)
    config = plain_config(learner.space.get_default_configuration())
    first, checkpoint = learner.advance(Trial(config=config, fidelity=1), 0, None)
    second, _ = learner.advance(Trial(config=config, fidelity=2), 0, checkpoint)
    assert (first.values["energy"], second.values["energy"]) == (5, 10)


def test_a_device_is_named_with_the_reason_why_it_is_no_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delenv(device.VISIBLE, raising=False)
    assert device.choose_device().note == {"device": "cpu", "why": "this process was given no GPU"}
    monkeypatch.setenv(device.VISIBLE, "2")
    assert "GPU 2 was given" in device.choose_device().note["why"]
    assert device.choose_device("cpu").note == {"device": "cpu"}
    with pytest.raises(UserError, match="auto or cpu"):
        device.choose_device("tpu")


def test_a_gpu_is_taken_where_this_process_may_use_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a card")
    assert device.choose_device().note == {"device": "cuda:0, a card"}


@pytest.mark.slow
def test_a_run_says_on_which_device_it_was_trained() -> None:
    task = catalogue().task("torch/tabular-friedman-mf").under(budget=Budget(1))
    trajectory = execute(Run(task=task, variant=catalogue().variant("random"), seed=0))
    (note,) = variant_info(trajectory)["notes"]
    assert note["device"].startswith("cuda" if torch.cuda.is_available() else "cpu")
    assert bool(note.get("why")) == (note["device"] == "cpu")


def test_a_run_records_the_errors_between_rungs() -> None:
    task = catalogue().task("torch/tabular-friedman-mf").under(budget=Budget(1))
    run = Run(task=task, variant=catalogue().variant("random"), seed=0)
    (record,) = execute(run).records
    curve = dict(zip(task.signals, record.signals, strict=True))
    half = Trial(config=record.config, fidelity=8)
    expected = TabularNetwork(dataset="friedman").evaluate(half, run.evaluation_seed(0))
    assert curve["curve-2/4"] == expected.values["error"]
