"""TuRBO-1: Bayesian optimization in a trust region, put together from BoTorch's parts."""

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from botorch.generation import MaxPosteriorSampling
from botorch.models import SingleTaskGP
from botorch.optim.fit import fit_gpytorch_mll_torch
from gpytorch.constraints import Interval
from gpytorch.kernels import MaternKernel, ScaleKernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.settings import max_cholesky_size
from torch.quasirandom import SobolEngine

from hpobench.adapters.shared.generations import Generational, Values
from hpobench.adapters.shared.trust_region import TrustRegion
from hpobench.adapters.shared.vectors import Vectors
from hpobench.task import Problem
from hpobench.trial import Config

EXACT = 2000
"""Up to so many points, linear algebra is exact."""

LEAST = 1e-6
"""Values that deviate by less are all the same."""


class Turbo(Generational):
    """Thompson sampling around the best point, as many points at a time as there are workers.

    It begins with twice as many Sobol points as there are hyperparameters, and so again with
    nothing remembered when its trust region has shrunk away.

    Source: as of `TrustRegion`; the constants of model and candidates are those of its authors'
    program. Where that begins with a Latin hypercube it is Sobol points, as in BoTorch's tutorial.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        super().__init__(problem)
        torch.manual_seed(seed)  # which is all its own in its own environment
        self._vectors, self._batch = Vectors(problem.space), problem.workers
        self._region: TrustRegion | None = None
        self._points, self._values = torch.empty(0), torch.empty(0)

    def breed(self) -> Sequence[Any]:
        """A design, or the next batch of the trust region."""
        size = self._vectors.dimension
        if self._region is None or self._region.converged:
            self._region = None
            return list(SobolEngine(size, scramble=True).draw(2 * size, dtype=torch.double))
        with warnings.catch_warnings(action="ignore"), max_cholesky_size(EXACT):
            model = fit_gaussian_process(self._points, self._values)
            centre = self._points[self._values.argmin()]
            points = candidates_in_box(centre, sides(model) * self._region.length)
            sampling = MaxPosteriorSampling(model, replacement=False)
            with torch.no_grad():
                return list(sampling(points, num_samples=self._batch, observation_noise=True))

    def config(self, candidate: Any) -> Config:
        """The configuration at a point."""
        return self._vectors.config(candidate.tolist())

    def learn(self, batch: Sequence[Any], values: list[Values]) -> None:
        """Tell the trust region, and keep the values for the model."""
        points, found = torch.stack(list(batch)), torch.tensor(values, dtype=torch.double)[:, 0]
        if self._region:
            self._region.tell(float(found.min()))
            points = torch.cat([self._points, points])
            found = torch.cat([self._values, found])
        else:
            self._region = TrustRegion(points.shape[1], self._batch, float(found.min()))
        self._points, self._values = points, found


def fit_gaussian_process(points: Any, values: Any) -> Any:
    """A Gaussian process of what is to be maximised, by 50 steps of Adam.

    Args:
        points: In the unit cube, shape (points, dimension).
        values: To be minimised, shape (points,).
    """
    deviation = values.std()
    scaled = (values.median() - values) / (deviation if deviation > LEAST else 1.0)
    lengths, scale = Interval(0.005, 2.0, initial_value=0.5), Interval(0.05, 20, initial_value=1)
    matern = MaternKernel(ard_num_dims=points.shape[1], lengthscale_constraint=lengths)
    model = SingleTaskGP(
        points,
        scaled[:, None],
        likelihood=GaussianLikelihood(noise_constraint=Interval(5e-4, 0.2, initial_value=0.005)),
        covar_module=ScaleKernel(matern, outputscale_constraint=scale),
        outcome_transform=None,
    )
    likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
    adam = partial(torch.optim.Adam, lr=0.1)
    fit_gpytorch_mll_torch(likelihood, optimizer=adam, step_limit=50, stopping_criterion=None)
    return model.eval()


def sides(model: Any) -> Any:
    """How long the sides of a trust region are to be, relative to each other; of volume 1."""
    lengths = model.covar_module.base_kernel.lengthscale.detach().squeeze(0)
    return lengths / lengths.log().mean().exp()


def candidates_in_box(centre: Any, sides: Any) -> Any:
    """Sobol points in a box, of which few coordinates differ from the centre if it has many.

    Args:
        centre: Middle of the box, shape (dimension,).
        sides: Lengths of the box, which ends where the unit cube does; shape (dimension,).
    """
    size = len(centre)
    low, high = (centre - sides / 2).clamp(0, 1), (centre + sides / 2).clamp(0, 1)
    number = min(100 * size, 5000)
    points = low + (high - low) * SobolEngine(size, scramble=True).draw(number, dtype=torch.double)
    moved = torch.rand(number, size) <= min(20 / size, 1.0)
    moved[torch.arange(number), torch.randint(size, (number,))] |= ~moved.any(dim=1)
    return torch.where(moved, points, centre)
