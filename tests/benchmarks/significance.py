"""What the tests between 30 optimizers on 300 tasks cost, against loops over plain libraries."""

import json
import subprocess
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt
from contenders import Carps
from measure import Figure, alternate, progress, seconds
from scipy import stats

from hpobench.stats.bayes import signed_ranks
from hpobench.stats.pairs import improvement
from hpobench.stats.significance import friedman, holm, wilcoxon

Floats = npt.NDArray[np.float64]

OPTIMIZERS, TASKS, SEEDS = 30, 300, 10
ROPE = 0.01
FEW = 1
"""So many pairs are left to baycomp, which takes many seconds for each."""

BAYCOMP = """
import json, sys, time
import baycomp, numpy as np
scores, rope, pairs = np.array(json.load(sys.stdin)), float(sys.argv[1]), int(sys.argv[2])
began = time.process_time()
for other in range(1, pairs + 1):
    baycomp.SignedRankTest.probs(scores[:, 0], scores[:, other], rope=rope, nsamples=4000)
print(time.process_time() - began)
"""


def figures(repeat: int) -> list[Figure]:
    """CPU time of frequentist tests, effect sizes, and of the Bayesian test for one pair."""
    losses = _losses()
    scores = losses.mean(axis=2)
    first, second = np.triu_indices(OPTIMIZERS, k=1)
    differences = scores[:, first] - scores[:, second]
    np.testing.assert_allclose(_tests(scores, differences), _plain_tests(scores, differences))
    np.testing.assert_allclose(_effects(losses)[first, second], _plain_effects(losses))
    timed = partial(partial, seconds, clock=process_time)
    tests = (
        timed(partial(_tests, scores, differences)),
        timed(partial(_plain_tests, scores, differences)),
    )
    effects = timed(partial(_effects, losses)), timed(partial(_plain_effects, losses))
    bayes = timed(partial(signed_ranks, differences, ROPE)), partial(_baycomp, scores)
    what = f"{OPTIMIZERS} optimizers, {TASKS} tasks, {len(first)} pairs: "
    name = what + "Friedman's test, Wilcoxon's with Holm's adjustment"
    found = [
        _figure(name, "scipy in a loop", alternate(repeat, *tests)),
        _figure(f"{what}A12 on each task", "scipy in a loop", alternate(repeat, *effects)),
    ]
    progress("baycomp on a pair")
    ours, theirs = alternate(max(1, repeat // 4), *bayes)
    each = [[taken / len(first) for taken in ours], [taken / FEW for taken in theirs]]
    return [*found, _figure("one pair on 300 tasks: Bayesian signed ranks", "baycomp 1.0.3", each)]


def _figure(name: str, other: str, taken: list[list[float]]) -> Figure:
    ours, theirs = ([1000 * value for value in values] for values in taken)
    return Figure(name=f"{name}, CPU", unit="ms", ours=ours, other=other, theirs=theirs)


def _losses() -> Floats:
    """Shape (tasks, optimizers, seeds); each optimizer is somewhat better than the one before."""
    scale = np.linspace(1.0, 0.7, OPTIMIZERS)[None, :, None]
    drawn = np.random.default_rng(0).exponential(scale, (TASKS, OPTIMIZERS, SEEDS))
    return np.asarray(drawn)


def _tests(scores: Floats, differences: Floats) -> Floats:
    """P-values: Friedman's, then those of pairs."""
    return np.append(friedman(scores).p, holm(wilcoxon(differences).p))


def _plain_tests(scores: Floats, differences: Floats) -> Floats:
    """The same by a call of scipy for each pair, and Holm's procedure by hand."""
    overall = stats.friedmanchisquare(*scores.T).pvalue
    p = np.array([stats.wilcoxon(pair, zero_method="pratt").pvalue for pair in differences.T])
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1)
    return np.append(overall, adjusted)


def _effects(losses: Floats) -> Floats:
    """A12 of each two optimizers, averaged over tasks."""
    return improvement(losses)[0]


def _plain_effects(losses: Floats) -> Floats:
    """The same by a call of scipy for each pair, which does all tasks at once."""
    count, found = losses.shape[1], []
    for i in range(count):
        for j in range(i + 1, count):
            u = stats.mannwhitneyu(losses[:, i], losses[:, j], axis=1, method="asymptotic")
            found.append(1 - u.statistic.mean() / losses.shape[2] ** 2)
    return np.array(found)


def _baycomp(scores: Floats) -> float:
    """CPU seconds of baycomp, in the environment of CARP-S, for a few pairs."""
    peer = Carps()
    peer.prepare()
    call = [str(Path(peer.home) / "bin" / "python"), "-c", BAYCOMP, str(ROPE), str(FEW)]
    text = json.dumps(scores.tolist())
    done = subprocess.run(call, input=text, text=True, capture_output=True, check=True)
    return float(done.stdout)
