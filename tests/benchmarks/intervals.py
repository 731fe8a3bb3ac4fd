"""How often intervals of interquartile means hold what they are of, by simulation."""

from measure import Figure, progress

from tests.coverage_of_intervals import SETTINGS, coverage

EXPERIMENTS = 2000


def figures(_repeat: int) -> list[Figure]:
    """Coverage in each setting; the small test of the suite has the same seed and fewer of them."""
    found = []
    for tasks, seeds in SETTINGS:
        progress(f"intervals of {tasks} tasks with {seeds} seeds")
        shares = coverage(tasks, seeds, experiments=EXPERIMENTS, seed=0)
        what = f"{tasks} tasks with {seeds} seeds, {EXPERIMENTS:,} experiments: "
        covered, inside = 100 * shares.covered, 100 * shares.inside
        found += [
            Figure(
                name=f"{what}95 % intervals with the expected value",
                unit="%",
                ours=[covered],
                at_least=93,
                at_most=97,
            ),
            Figure(name=f"{what}estimates inside", unit="%", ours=[inside], at_least=100),
        ]
    return found
