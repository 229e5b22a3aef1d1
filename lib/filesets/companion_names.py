"""What a set's companions are called once its main file has a new name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from lib.files.names import split_name
from lib.filesets import name_patterns
from lib.model import Companion, FileSet, Role


def new_names(group: FileSet, name: str) -> tuple[str, ...]:
    """The companions' names, in their order, once the main file is called `name`; distinct also where letter case does not count.

    Where the main file keeps its name, so does every companion. Otherwise each takes the new base name in a dress by which
    `gather` finds the same set again: `base.MOV`, `base-edited.JPG`, `base.HEIC.xmp`, `base.HEIC.json`.
    """
    if name == group.main.name:
        return tuple(companion.file.name for companion in group.companions)
    names = {group.main: name}
    taken = {name_patterns.fold(name)}
    for companion in group.companions:
        new = next(name for name in _dresses(companion, names[companion.beside], taken) if name_patterns.fold(name) not in taken)
        names[companion.file] = new
        # An edited version takes its stem for itself: its own video or raw twin comes under it
        taken |= {name_patterns.fold(new), name_patterns.fold(split_name(new)[0])}
    return tuple(names[companion.file] for companion in group.companions)


def _dresses(companion: Companion, beside: str, taken: set[str]) -> Iterator[str]:
    stem = split_name(beside)[0]
    base, ending = split_name(companion.file.name)
    if companion.role is Role.SIDECAR:
        # IMG.xmp stays a bare IMG.xmp where it was one; a bare .json could become metadata.json, which is an album's
        if ending.lower() != ".json" and name_patterns.fold(base) == name_patterns.fold(split_name(companion.beside.name)[0]):
            yield f"{stem}{ending}"
        yield f"{beside}{ending}"
        yield from (f"{beside}.{number}{ending}" for number in count(2))
    elif companion.role is Role.EDITED:
        stems = (f"{stem}-edited" if number == 1 else f"{stem}-edited-{number}" for number in count(1))
        yield from (f"{edited}{ending}" for edited in stems if name_patterns.fold(edited) not in taken)
    else:
        yield f"{stem}{ending}"
