"""Remember what was put into `selected`, and how it was asked for; what is read back is believed only as far as it can be true."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from typing import NamedTuple

from lib.files.folders import open_below
from lib.files.own_files import read_file, replacing
from lib.files.scanning import OWN_FOLDER
from lib.thumbnails.selection_names import ALTERNATIVES, SELECTED, SelectionOptions

NAME = "selected.json"
_LINK = -1


class Made(NamedTuple):
    """A file that was put into `selected`: the photo that it is of, and size in bytes and mtime that it was made with."""

    photo: str
    size: int
    mtime_ns: int

    @classmethod
    def link_to(cls, photo: str) -> Made:
        """A link to the photo, hard or symbolic."""
        return cls(photo, _LINK, 0)

    @property
    def is_link(self) -> bool:
        """True for a link, False for a copy."""
        return self.size == _LINK


@dataclass(slots=True)
class Ledger:
    """What lies in `selected` by our doing, and how it was asked for; kept in the output folder.

    `copies`: what was made, by its place below the output folder. `told`: "set/thumbnail" -> [status, photo] as last written to
    matches.csv, so that what a person changed there is known.
    """

    copies: dict[str, Made] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    options: SelectionOptions = field(default_factory=SelectionOptions)


def read(output: str) -> Ledger:
    """The ledger of an output folder: of it what makes sense, which may be nothing.

    It may have come with a folder from somebody else: a place counts only within the folders that this toolkit fills.
    """
    try:
        with open_below(output, f"{OWN_FOLDER}/{NAME}") as (folder, name):
            whole = json.loads(read_file(folder, name))
        copies, told, options = (dict(whole[name]) for name in ("copies", "told", "options"))
    except (OSError, ValueError, KeyError, TypeError):
        return Ledger()
    return Ledger(
        {place: Made(*entry) for place, entry in copies.items() if is_own_place(place) and _is_made(entry)},
        {key: cells for key, cells in told.items() if _are_types(cells, str, str)},
        SelectionOptions(**{one.name: options.get(one.name) is True for one in fields(SelectionOptions)}),
    )


def write(output: str, ledger: Ledger) -> None:
    """Write it in one step. Raises OSError."""
    text = json.dumps({"copies": ledger.copies, "told": ledger.told, "options": asdict(ledger.options)})
    with open_below(output, f"{OWN_FOLDER}/{NAME}", create=True) as (folder, name), replacing(folder, name) as file:
        file.write(text.encode("ascii"))


def is_own_place(place: str) -> bool:
    """True for a name in a folder of `selected` or `alternatives`, parts divided by "/", and nothing that leads elsewhere."""
    parts = place.split("/")
    return len(parts) > 2 and parts[0] in (SELECTED, ALTERNATIVES) and all(map(_is_name, parts))


def _is_name(part: str) -> bool:
    return part not in ("", ".", "..") and os.sep not in part and "\0" not in part and not os.path.splitdrive(part)[0]


def _is_made(entry: object) -> bool:
    return _are_types(entry, str, int, int)


def _are_types(values: object, *types: type) -> bool:
    return isinstance(values, list) and [type(value) for value in values] == list(types)
