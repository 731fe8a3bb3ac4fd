"""The definitions of a stranger's optimizers: their YAML, and the modules and files it names."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import copyfile

from hpobench.errors import FileError
from hpobench.optimizer import Variant
from hpobench.system.folder_contents import named_files


def defined_in(variants: Iterable[Variant], folders: Sequence[Path]) -> list[Variant]:
    """Those of the optimizers that one of the folders defines."""
    own = {str(folder.absolute()) for folder in folders}
    return [variant for variant in variants if variant.folder in own]


def copy_definitions(variants: Iterable[Variant], target: Path) -> list[str]:
    """Copy what defines optimizers into a catalogue folder.

    Args:
        variants: Optimizers that folders of the user's define.
        target: Made if there is something to copy.

    Returns:
        The places of the files in the folder.

    Raises:
        FileError: Two folders have another file at one place, or a definition names a file that
            is in no folder.
    """
    copied: dict[str, Path] = {}
    for variant in variants:
        for place, path in definition_files(variant).items():
            if copied.setdefault(place, path) == path:
                continue
            if copied[place].read_bytes() != path.read_bytes():
                raise FileError(path, f"{copied[place]} is to stand in the same place; submit one")
    for place, path in copied.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        copyfile(path, target / place)
    return sorted(copied)


def definition_files(variant: Variant) -> dict[str, Path]:
    """By place in its folder the YAML of an optimizer, and what of the folder it names.

    Raises:
        FileError: One lies outside of the folder.
    """
    folder = Path(variant.folder)
    yaml = f"optimizers/{variant.family}.yaml"
    files = {yaml: folder / yaml, **named_files(variant.folder, variant.adapter, variant.options)}
    for place, path in files.items():
        if Path(place).is_absolute() or ".." in Path(place).parts:
            raise FileError(path, f"{variant.id} names it, and it is not in {folder}")
    return files
