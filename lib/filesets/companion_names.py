"""What a set's companions are called once its main file has a new name."""

from __future__ import annotations

from collections.abc import Iterator

from lib.files.names import fold, numbered, split_name
from lib.model import Companion, FileSet, Role


def new_names(group: FileSet, name: str) -> tuple[str, ...]:
    """Return the companions' names, in their order, once the main file is called `name`; distinct also where letter case does not count.

    Where the main file keeps its name, so does every companion. Otherwise each takes the new base name in a dress by which
    `gather` finds the same set again: `base.MOV`, `base-edited.JPG`, `base.HEIC.xmp`, `base.HEIC.json`.
    """
    if name == group.main.name:
        return tuple(companion.file.name for companion in group.companions)
    names = {group.main: name}
    taken = {fold(name)}
    for companion in group.companions:
        new = next(name for name in _dresses(companion, names[companion.beside], taken) if fold(name) not in taken)
        names[companion.file] = new
        # An edited version takes its stem for itself: its own video or raw twin comes under it
        taken |= {fold(new), fold(split_name(new)[0])}
    return tuple(names[companion.file] for companion in group.companions)


def _dresses(companion: Companion, beside: str, taken: set[str]) -> Iterator[str]:
    stem = split_name(beside)[0]
    base, ending = split_name(companion.file.name)
    if companion.role is Role.SIDECAR:
        # IMG.xmp stays a bare IMG.xmp where it was one; a bare .json could become metadata.json, which is an album's
        if ending.lower() != ".json" and fold(base) == fold(split_name(companion.beside.name)[0]):
            yield f"{stem}{ending}"
        yield from numbered(beside + ending, ".{}")
    elif companion.role is Role.EDITED:
        yield from (name for name in numbered(f"{stem}-edited{ending}", "-{}") if fold(split_name(name)[0]) not in taken)
    else:
        yield f"{stem}{ending}"
