"""Classes and functions of a running session, under names that child processes can load."""

import atexit
import json
import os
import pickle
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from hpobench.api.sources import module_of, root_of, source_digest, user_file, user_modules
from hpobench.dispatch.folder import Folder
from hpobench.errors import UserError, one_line
from hpobench.system.folder_contents import definition_digest

MODULE = "session"
"""The module of a definition that is sent by value."""

_TEXT = '''\
"""{name}, as it was defined in a session; made by hpobench, and removed with it."""

from pathlib import Path
from pickle import load

from hpobench.system.loading import import_from_session

for folder, name, file in {modules}:
    if (there := import_from_session(name, folder).__file__) != file:
        raise ImportError(f"the module {{name!r}} is {{there}} here, and {{file}} in the session")

with Path(__file__).with_name("value.pickle").open("rb") as stream:
    {name} = load(stream)
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Where processes find a class or a function, and what state of it they find.

    Attributes:
        target: `module:name`.
        folder: The folder of the module, or empty if it is installed.
        code: Digest of its source as part of a run's identity; empty if it is hpobench's own.
    """

    target: str
    folder: str
    code: str

    def code_with(self, target: str, params: dict[str, Any]) -> str:
        """The digest of a definition that names this and perhaps files of the same folder."""
        if not self.folder or self.target.startswith(f"{MODULE}:"):
            return self.code
        return definition_digest(self.folder, target, params)


def define(thing: Any) -> Definition:
    """Make a class or function known to other processes.

    What stands in a module is named there. What a notebook, a script or another function defines
    is sent by value, with the functions and variables it uses, as they are now.

    Raises:
        UserError: It cannot be sent: it holds an open file, a lock or the like.
    """
    module = module_of(thing)
    if module is None:
        return _by_value(thing)
    target = f"{module.__name__}:{thing.__qualname__}"
    file = user_file(module.__name__)
    if not file:
        return Definition(target=target, folder="", code=definition_digest("", target, {}))
    folder = root_of(module.__name__, file)
    return Definition(target=target, folder=folder, code=definition_digest(folder, target, {}))


def name_of(thing: Any) -> str:
    """What a class, a function or something else that can be called is called; a Python name."""
    name = str(getattr(thing, "__name__", type(thing).__name__))
    return name if name.isidentifier() else "function"  # such as <lambda>


def _by_value(thing: Any) -> Definition:
    """Write a definition into a folder of this session."""
    name = name_of(thing)
    modules = [(root_of(*item), *item) for item in user_modules(thing).items()]
    text = _TEXT.format(name=name, modules=json.dumps(modules))
    value = _pickled(thing, name)
    folder = _session() / blake2b(text.encode() + value, digest_size=16).hexdigest()
    folder.mkdir(exist_ok=True)
    (folder / "value.pickle").write_bytes(value)
    (folder / f"{MODULE}.py").write_text(text, encoding="utf-8")
    return Definition(target=f"{MODULE}:{name}", folder=str(folder), code=source_digest(thing))


def _pickled(thing: Any, name: str) -> bytes:
    """The definition with all that it uses of its session."""
    import cloudpickle

    try:
        value: bytes = cloudpickle.dumps(thing)
    except (pickle.PicklingError, TypeError, ValueError, AttributeError, OSError) as error:
        raise UserError(
            f"{name} cannot be sent to the processes that run it: {one_line(error)}; make what "
            "it uses inside it, or define it in a module"
        ) from error
    return value


@cache
def _folder_of(process: int) -> Folder:
    folder = Folder()
    atexit.register(_remove, folder, process)
    return folder


def _remove(folder: Folder, process: int) -> None:
    """Remove a folder at the end of the process that made it, not of one forked from it."""
    if os.getpid() == process:
        folder.remove()


def _session() -> Path:
    """The folder of this session's definitions, which a later one removes if we cannot."""
    return Path(_folder_of(os.getpid()).path)
