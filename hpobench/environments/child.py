"""Answer for an adapter under the interpreter of its environment.

Run as a script. Of our own installation nothing is importable but `hpobench` itself, and what is
as light as an adapter needs; the packages beside it, which the environment contradicts, are not.
"""

import importlib.machinery
import json
import os
import sys
import tempfile
from importlib.abc import MetaPathFinder
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hpobench.system.process_state import ProcessState


class Exposed(MetaPathFinder):
    """Finds single modules and packages in folders that are not on the path."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def add(self, name: str, folder: str) -> None:
        """Make one top-level module or package of a folder importable."""
        self._folders[name] = folder

    def find_spec(
        self,
        fullname: str,
        path: Any = None,  # noqa: ARG002 (the interface's)
        target: Any = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's spec, if it is one of ours."""
        if folder := self._folders.get(fullname):
            return importlib.machinery.PathFinder.find_spec(fullname, [folder], target)
        return None


class Host:
    """Keeps the adapter, and the trials that it asked for and that are not told yet.

    Args:
        exposed: Makes the module of an adapter importable.
        state: How the process is, and each optimizer is to find it.
    """

    def __init__(self, exposed: Exposed, state: "ProcessState") -> None:
        self._exposed, self._state = exposed, state
        self._optimizer: Any = None
        self._asked = 0
        self._pending: dict[int, Any] = {}

    def answer(self, line: bytes) -> bytes:
        """The answer to a message, a line for a line; all that goes wrong is an answer too."""
        from hpobench.errors import UserError, describe_error, one_line
        from hpobench.system.process import is_interrupt

        verb, *arguments = json.loads(line)
        began = perf_counter()
        try:
            reply: dict[str, Any] = getattr(self, f"_{verb}")(*arguments)
            text = json.dumps({"seconds": perf_counter() - began, **reply})
        except UserError as error:
            text = json.dumps({"seconds": 0.0, "error": one_line(error)})
        except BaseException as error:
            if is_interrupt(error):
                raise
            text = json.dumps({"seconds": 0.0, "error": describe_error(error)})
        return text.encode() + b"\n"

    def _rest(self) -> dict[str, Any]:
        """Forget the optimizer; whether the process is fit for another."""
        from hpobench.system.process import end_descendants, has_stray_threads

        self._optimizer, self._asked, self._pending = None, 0, {}
        end_descendants()
        self._state.restore()
        return {"fit": self._state.intact and not has_stray_threads()}

    def _load(self, adapter: str, library: str, folder: str) -> dict[str, Any]:
        """Import an adapter, and with it its library."""
        self._class(adapter, library, folder)
        return {}

    def _start(self, start: dict[str, Any]) -> dict[str, Any]:
        """Begin with a new optimizer, as `runner` does with one in its own process."""
        from hpobench.environments.wire import unpack_problem
        from hpobench.randomness import seed_globals
        from hpobench.system.folder_contents import anchored

        os.chdir(start["cwd"])
        tempfile.tempdir = start["tempdir"]
        seed_globals(start["generators"])
        adapter = self._class(start["adapter"], start["library"], start["folder"])
        problem = unpack_problem(start["problem"])
        self._optimizer = adapter(
            problem, start["seed"], **anchored(start["options"], start["folder"])
        )
        return {"names_parents": self._optimizer.names_parents}

    def _ask(self) -> dict[str, Any]:
        """The next trial under a number, or a signal."""
        from hpobench.environments.wire import pack_trial
        from hpobench.optimizer import Signal

        began = perf_counter()
        trial = self._optimizer.ask()
        seconds = perf_counter() - began
        if isinstance(trial, Signal):
            return {"signal": trial.value, "seconds": seconds}
        number, self._asked = self._asked, self._asked + 1
        self._pending[number] = trial
        return {"trial": pack_trial(trial), "number": number, "seconds": seconds}

    def _tell(self, number: int, fidelity: float | None, data: dict[str, Any]) -> dict[str, Any]:
        """Tell what became of a trial, at the fidelity it was evaluated at."""
        from dataclasses import replace

        from hpobench.environments.wire import unpack_outcome

        trial = self._pending.pop(number)
        if trial.fidelity != fidelity:
            trial = replace(trial, fidelity=fidelity)
        outcome = unpack_outcome(data)
        began = perf_counter()
        self._optimizer.tell(trial, outcome)
        seconds = perf_counter() - began
        released = self._optimizer.release() if self._optimizer.names_parents else ()
        return {"seconds": seconds, "released": list(released)}

    def _class(self, adapter: str, library: str, folder: str) -> Any:
        """The adapter's class, of the package in the folder `library` or of a catalogue's."""
        from hpobench.system.loading import load

        if library:
            self._exposed.add(adapter.partition(":")[0].partition(".")[0], library)
        return load(adapter, folder)


def main() -> None:
    """Answer each message on standard input on the original standard output."""
    exposed = Exposed()
    exposed.add("hpobench", str(Path(__file__).parents[2]))
    sys.meta_path.insert(0, exposed)
    from hpobench.system.deferred import import_configspace
    from hpobench.system.process import PARENT, end_with_parent, keep_descendants, take_streams

    end_with_parent(int(os.environ[PARENT]))
    messages, answers = take_streams()
    keep_descendants()
    import_configspace()
    from hpobench.system.process_state import ProcessState

    host = Host(exposed, ProcessState())
    for line in messages:
        answers.write(host.answer(line))
        answers.flush()


if __name__ == "__main__":
    main()
