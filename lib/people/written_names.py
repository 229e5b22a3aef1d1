"""Read the names that other programs wrote: face regions in XMP (mwg-rs, Microsoft), PersonInImage, and Google Takeout's people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from xml.etree import ElementTree

from lib.analysis import orientation
from lib.analysis.features import Feature
from lib.analysis.metadata import LARGEST_SIDECAR, xmp_packets
from lib.analysis.tags.blocks import clean, open_bounded
from lib.analysis.tags.text_blocks import RDF, parse_xmp
from lib.model import Unreadable
from lib.people.model import Box, NamedRegion

REGIONS = "{http://www.metadataworkinggroup.com/schemas/regions/}"
AREA = "{http://ns.adobe.com/xmp/sType/Area#}"
PERSON = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}PersonInImage"
_MICROSOFT = "{http://ns.microsoft.com/photo/1.2/t/Region#}"
_FACE_TYPES = frozenset({"", "Face"})
_MOST_NAMES = 500


def read_picture(path: str) -> tuple[NamedRegion, ...]:
    """The names in the file's own XMP, boxes in the stored picture. Raises Unreadable where it is no picture."""
    return _of_packets(xmp_packets(path))


def read_sidecar(path: str) -> tuple[NamedRegion, ...]:
    """The names in a sidecar, XMP (boxes in the stored picture) or Takeout's JSON (no boxes). Raises Unreadable."""
    with open_bounded(path) as file:
        if file.size > LARGEST_SIDECAR:
            raise Unreadable("is too large for a sidecar")
        data = file.at(0, file.size)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return tuple(_takeout(data))
    return _of_packets([data])


def _of_packets(packets: Iterable[bytes]) -> tuple[NamedRegion, ...]:
    found: list[NamedRegion] = []
    for packet in packets:
        root = parse_xmp(packet)
        if root is not None:
            found += _regions(root)
    placed = [region for region in found if region.box is not None]
    names = {region.name for region in placed}
    unplaced = (region for region in found if region.box is None and region.name not in names)
    return tuple(dict.fromkeys([*_each_once(placed), *unplaced]))[:_MOST_NAMES]


def _each_once(regions: Iterable[NamedRegion]) -> list[NamedRegion]:
    """Programs write a face in both forms: the second one that means the same is left out."""
    kept: list[NamedRegion] = []
    for region in regions:
        twins = (one for one in kept if one.name == region.name and one.box and region.box)
        if not any(one.box.overlap(region.box) > 0.5 for one in twins if one.box and region.box):
            kept.append(region)
    return kept


def _regions(root: ElementTree.Element) -> Iterator[NamedRegion]:
    for item in _items(root, REGIONS + "RegionList"):
        told = _properties(item)
        area = _properties(told[REGIONS + "Area"]) if REGIONS + "Area" in told else {}
        if _text(told.get(REGIONS + "Type")) in _FACE_TYPES and _text(area.get(AREA + "unit")) in ("", "normalized"):
            yield from _named(told.get(REGIONS + "Name"), _centred([_text(area.get(AREA + side)) for side in "xywh"]))
    # Microsoft's form is older, and programs that turn a picture forget it: it counts only where the other one is missing.
    has_newer = next(_items(root, REGIONS + "RegionList"), None) is not None
    for item in () if has_newer else _items(root, "{http://ns.microsoft.com/photo/1.2/t/RegionInfo#}Regions"):
        told = _properties(item)
        yield from _named(told.get(_MICROSOFT + "PersonDisplayName"), _cornered(_text(told.get(_MICROSOFT + "Rectangle")).split(",")))
    for item in _items(root, PERSON):
        yield from _named(item, None)


def _named(name: ElementTree.Element | str | None, box: Box | None) -> Iterator[NamedRegion]:
    text = plain_name(_text(name))
    if text:
        yield NamedRegion(text, box)


def _items(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The list items of every property of that name, however deep it lies."""
    for element in root.iter(name):
        yield from element.iter(RDF + "li")


def _properties(element: ElementTree.Element | str) -> Mapping[str, ElementTree.Element | str]:
    """The fields of a structure in any of RDF's forms: attributes, children, or those of a Description within."""
    if isinstance(element, str):
        return {}
    inner = element.find(RDF + "Description")
    told: dict[str, ElementTree.Element | str] = {}
    for place in (element, *([inner] if inner is not None else [])):
        told.update(place.attrib)
        told.update({child.tag: child for child in place})
    return told


def _text(value: ElementTree.Element | str | None) -> str:
    if value is None or isinstance(value, str):
        return clean(value or "")
    return clean("".join(value.itertext()))


def _centred(numbers: list[str]) -> Box | None:
    """A box out of centre and size."""
    try:
        x, y, width, height = (float(number) for number in numbers)
    except ValueError:
        return None
    return _sound(Box(x - width / 2, y - height / 2, width, height))


def _cornered(numbers: list[str]) -> Box | None:
    """A box out of its left upper corner and size."""
    try:
        return _sound(Box(*(float(number) for number in numbers)))
    except (ValueError, TypeError):
        return None


def _sound(box: Box) -> Box | None:
    is_placed = -0.5 < box.x < 1 and -0.5 < box.y < 1 and 0 < box.width <= 1.5 and 0 < box.height <= 1.5
    return box if is_placed else None


def _takeout(data: bytes) -> Iterator[NamedRegion]:
    try:
        said: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("is no sidecar: its JSON is damaged") from error
    people = said.get("people") if isinstance(said, dict) else None
    for person in people[:_MOST_NAMES] if isinstance(people, list) else ():
        if isinstance(person, dict) and isinstance(person.get("name"), str):
            yield from _named(person["name"], None)


def plain_name(text: str) -> str:
    """A name in one line, without signs that nobody sees, no longer than 100 characters."""
    return clean(text, 100)


def upright(box: Box, turn: int) -> Box:
    """Where a box of the stored picture lies once the EXIF orientation (1 to 8) is applied."""
    x, y, width, height = box
    if orientation.swaps_sides(turn):
        x, y, width, height = y, x, height, width
    from_right, from_bottom = orientation.mirrored_sides(turn)
    return Box(1 - x - width if from_right else x, 1 - y - height if from_bottom else y, width, height)


def stored(box: Box, turn: int) -> Box:
    """Where a box of the upright picture lies in the stored one."""
    return upright(box, {6: 8, 8: 6}.get(turn, turn))


def turned(regions: Iterable[NamedRegion], turn: int) -> tuple[NamedRegion, ...]:
    """The regions as they lie in the upright picture."""
    return tuple(replace(region, box=upright(region.box, turn)) if region.box else region for region in regions)


def _to_bytes(regions: tuple[NamedRegion, ...]) -> bytes:
    return json.dumps([[region.name, region.box] for region in regions], separators=(",", ":")).encode()


def _from_bytes(data: bytes) -> tuple[NamedRegion, ...]:
    return tuple(NamedRegion(name, Box(*box) if box else None) for name, box in json.loads(data))


IN_PICTURE = Feature("written_names", 1, read_picture, _to_bytes, _from_bytes)
IN_SIDECAR = Feature("written_names_beside", 1, read_sidecar, _to_bytes, _from_bytes)
