"""Read the wanted tags of a directory in a TIFF block, and nothing of the others: layered TIFFs keep hundreds of megabytes in theirs."""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass

from lib.analysis.tags.blocks import LARGEST_BLOCK, BoundedReader

Value = bytes | int | float | tuple[int | float, ...]

# Number of a tag's type: bytes of one value, and how `struct` calls it; None for rationals, a pair of numbers.
_BYTES = {1: 1, 2: 1, 6: 1, 7: 1, 129: 1}
_NUMBERS = {
    3: (2, "H"),
    4: (4, "L"),
    8: (2, "h"),
    9: (4, "l"),
    11: (4, "f"),
    12: (8, "d"),
    13: (4, "L"),
    16: (8, "Q"),
    17: (8, "q"),
    18: (8, "Q"),
}
_RATIONALS = {5: (8, "L"), 10: (8, "l")}
_MOST_NUMBERS = 64
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class ByteLayout:
    """How a TIFF block is written: order of bytes as `struct` calls it, with wide places (BigTIFF) or not, and where it begins."""

    order: str
    is_wide: bool
    first: int
    """Place of the first directory."""


def byte_layout(source: BoundedReader) -> ByteLayout | None:
    """Return the layout of a TIFF block, or of a raw file that is one but for its signature (ORF, RW2); None for anything else."""
    head = source.at(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    kind = struct.unpack_from(order + "H", head, 2)[0]
    if kind == 43 and len(head) == 16:
        return ByteLayout(order, True, struct.unpack_from(order + "Q", head, 8)[0])
    is_known = kind == 42 or head[2:4] in (b"RO", b"RS", b"OR", b"U\0")
    return ByteLayout(order, False, struct.unpack_from(order + "L", head, 4)[0]) if is_known else None


def directory(source: BoundedReader, how: ByteLayout, offset: int, wanted: Collection[int], raw: Collection[int] = ()) -> dict[int, Value]:
    """Return the wanted tags of the directory at `offset`, by number; what is damaged or of an impossible size is left out.

    Text comes as its bytes, numbers as a number or a tuple of them, rationals as float (nan for 0/0); tags in `raw` always as bytes.
    """
    head, step, place, form = (8, 20, 8, "HHQ") if how.is_wide else (2, 12, 4, "HHL")
    count = int.from_bytes(source.at(offset, head), "little" if how.order == "<" else "big")
    entries = source.at(offset + head, step * min(count, _MOST_ENTRIES))
    found: dict[int, Value] = {}
    for at in range(0, len(entries) - step + 1, step):
        tag, kind, amount = struct.unpack_from(how.order + form, entries, at)
        if tag not in wanted or tag in found:
            continue
        unit = _BYTES.get(kind) or (_NUMBERS.get(kind) or _RATIONALS.get(kind) or (0, ""))[0]
        size = unit * amount
        if not 0 < size <= LARGEST_BLOCK or (kind not in _BYTES and tag not in raw and amount > _MOST_NUMBERS):
            continue
        data = entries[at + step - place : at + step][:size]
        if size > place:
            data = source.at(struct.unpack(how.order + ("Q" if how.is_wide else "L"), data)[0], size)
        if len(data) == size:
            found[tag] = data if kind in _BYTES or tag in raw else _numbers(how.order, kind, data)
    return found


def _numbers(order: str, kind: int, data: bytes) -> Value:
    if kind in _RATIONALS:
        parts = struct.unpack(f"{order}{len(data) // 4}{_RATIONALS[kind][1]}", data)
        numbers = tuple(above / below if below else float("nan") for above, below in zip(parts[::2], parts[1::2]))
    else:
        width, code = _NUMBERS[kind]
        numbers = struct.unpack(f"{order}{len(data) // width}{code}", data)
    return numbers[0] if len(numbers) == 1 else numbers
