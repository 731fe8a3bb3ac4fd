"""From the budgets on a library's ladder to fidelities that can be evaluated."""

from hpobench.errors import UserError
from hpobench.task import Fidelity, Problem


def required(problem: Problem) -> Fidelity:
    """The fidelity of a problem, for an optimizer that cannot do without.

    Raises:
        UserError: The problem has none.
    """
    if problem.fidelity is None:
        raise UserError("this optimizer needs a task with a fidelity")
    return problem.fidelity


def reachable(fidelity: Fidelity, budget: float) -> float:
    """The fidelity to evaluate at where a library asks for `budget`.

    The rungs of successive halving are real numbers: 52 epochs and a third, a ninth, ... of
    them. Where only whole numbers are allowed they are rounded, half to even. What rounding
    puts out of the range is put back. The library is told its own budget in the end.
    """
    nearest = round(float(budget)) if fidelity.integer else float(budget)
    return float(min(max(nearest, fidelity.low), fidelity.high))
