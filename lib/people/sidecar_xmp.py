"""Put names into an XMP sidecar, and take wrong ones out: every other byte of it stays as it is. Pure.

Three forms, because programs read different ones: face regions of the Metadata Working Group (mwg-rs, in the stored picture's
coordinates), IPTC's PersonInImage, and digiKam's tags below People.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from lib.people.model import Box

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/"
_AREA = "http://ns.adobe.com/xmp/sType/Area#"
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_DIGIKAM = "http://www.digikam.org/ns/1.0/"
_MICROSOFT = "http://ns.microsoft.com/photo/1.2/"
_TAG_ROOT = "People/"
_SAME_FACE = 0.3
_EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{_RDF}">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
""".encode()


class NotUnderstood(ValueError):
    """A sidecar that cannot be changed safely; the text is the reason, in words for a person."""


@dataclass(frozen=True, slots=True)
class WrittenFace:
    """A name to be written; `box` lies in the stored picture, and is None where nobody knows where the person is.

    `decided`: somebody said so, and what the sidecar says of the same place is to go.
    """

    name: str
    box: Box | None = None
    decided: bool = False


@dataclass(slots=True)
class _Element:
    """An element of the sidecar: its name as (namespace, local part), and from which byte to which it and its start tag reach."""

    name: tuple[str, str]
    prefix: bytes
    attributes: dict[tuple[str, str], str]
    start: int
    tag_end: int
    inner_end: int = 0
    end: int = 0
    text: str = ""
    children: list[_Element] = field(default_factory=list)

    def find(self, namespace: str, local: str) -> _Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == (namespace, local)), None)

    def value(self, namespace: str, local: str) -> str:
        """A property of a structure, in whichever form it is written."""
        for place in (self, *(child for child in self.children if child.name == (_RDF, "Description"))):
            if (namespace, local) in place.attributes:
                return place.attributes[namespace, local]
            child = place.find(namespace, local)
            if child is not None:
                return child.text.strip()
        return ""

    def inner(self, namespace: str, local: str) -> _Element | None:
        """A property of a structure that is a structure or list itself."""
        for place in (self, *(child for child in self.children if child.name == (_RDF, "Description"))):
            if (child := place.find(namespace, local)) is not None:
                return child
        return None


@dataclass(frozen=True, slots=True)
class _Edit:
    """Bytes that come in the place of those from `start` to `end`."""

    start: int
    end: int
    text: str = ""


def with_names(sidecar: bytes | None, faces: Sequence[WrittenFace], refused: Iterable[str], size: tuple[int, int]) -> bytes:
    """The sidecar (None: a new one) with these names in it, and without those that were refused. The same bytes where it says so already.

    `size` is the stored picture's, in pixels. Raises NotUnderstood.
    """
    data = _EMPTY if sidecar is None else sidecar
    rdf = _parsed(data)
    gone = set(refused) - {face.name for face in faces}
    new: list[str] = []
    edits = [*_regions(rdf, faces, gone, size, new)]
    gone |= set(_replaced(rdf, faces)) - {face.name for face in faces}
    edits += _list(rdf, (_IPTC, "PersonInImage"), "Iptc4xmpExt", "Bag", [face.name for face in faces], gone, new)
    tags = [_TAG_ROOT + face.name for face in faces]
    edits += _list(rdf, (_DIGIKAM, "TagsList"), "digiKam", "Seq", tags, {_TAG_ROOT + name for name in gone}, new)
    edits += _microsoft(rdf, gone)
    if new:
        edits.append(_Edit(rdf.inner_end, rdf.inner_end, _description(rdf, new)))
    made, done = bytearray(), 0
    for edit in sorted(edits, key=lambda one: one.start):
        made += data[done : edit.start] + edit.text.encode()
        done = edit.end
    made += data[done:]
    _parsed(bytes(made))  # what was made here has to be as sound as what came
    return bytes(made)


def _description(rdf: _Element, properties: Sequence[str]) -> str:
    """A block of its own for what the sidecar did not have; it tells of the same picture as the others."""
    about = next((d.attributes.get((_RDF, "about"), "") for d in rdf.children if d.name == (_RDF, "Description")), "")
    inner = "".join(properties)
    return f' <rdf:Description xmlns:rdf="{_RDF}" rdf:about={quoteattr(about)}>\n{inner} </rdf:Description>\n'


def _list(
    rdf: _Element, name: tuple[str, str], prefix: str, kind: str, values: Sequence[str], gone: set[str], new: list[str]
) -> Iterator[_Edit]:
    """A list property with each of `values` once."""
    namespace, local = name
    wanted = list(dict.fromkeys(values))
    held = _property(rdf, namespace, local)
    if held is None:
        if wanted:
            items = "".join(f"    <rdf:li>{escape(value)}</rdf:li>\n" for value in wanted)
            opening = f'  <{prefix}:{local} xmlns:{prefix}="{namespace}">\n   <rdf:{kind}>\n'
            new.append(f"{opening}{items}   </rdf:{kind}>\n  </{prefix}:{local}>\n")
        return
    bag = _bag(held)
    yield from (_Edit(item.start, item.end) for item in bag.children if item.text.strip() in gone)
    present = {item.text.strip() for item in bag.children}
    for value in wanted:
        if value not in present:
            yield _Edit(bag.inner_end, bag.inner_end, _item(bag, escape(value)))


def _regions(rdf: _Element, faces: Sequence[WrittenFace], gone: set[str], size: tuple[int, int], new: list[str]) -> Iterator[_Edit]:
    placed = [face for face in faces if face.box is not None]
    held = _property(rdf, _REGIONS, "Regions")
    if held is None:
        if placed:
            items = "".join(f"     <rdf:li>{_region(face)}</rdf:li>\n" for face in placed)
            new.append(
                f'  <mwg-rs:Regions xmlns:mwg-rs="{_REGIONS}" rdf:parseType="Resource">\n'
                f'   <mwg-rs:AppliedToDimensions xmlns:stDim="{_DIMENSIONS}" stDim:w="{size[0]}" stDim:h="{size[1]}" stDim:unit="pixel"/>\n'
                f"   <mwg-rs:RegionList>\n    <rdf:Bag>\n{items}    </rdf:Bag>\n   </mwg-rs:RegionList>\n  </mwg-rs:Regions>\n"
            )
        return
    listed = held.inner(_REGIONS, "RegionList")
    if listed is None:
        raise NotUnderstood("its face regions are written in a way that is not known here")
    bag = _bag(listed)
    kept = []
    for item in bag.children:
        name, box = item.value(_REGIONS, "Name"), _box(item)
        if name in gone or _contradicts(item, placed):
            yield _Edit(item.start, item.end)
        else:
            kept.append((name, box))
    for face in placed:
        if not any(name == face.name and _same(box, face.box) for name, box in kept):
            yield _Edit(bag.inner_end, bag.inner_end, _item(bag, _region(face)))


def _microsoft(rdf: _Element, gone: set[str]) -> Iterator[_Edit]:
    """Microsoft's regions are never added, but what was refused would come back from them."""
    held = _property(rdf, _MICROSOFT, "RegionInfo")
    listed = held.inner(f"{_MICROSOFT}t/RegionInfo#", "Regions") if held else None
    for item in _bag(listed).children if listed else ():
        if item.value(f"{_MICROSOFT}t/Region#", "PersonDisplayName") in gone:
            yield _Edit(item.start, item.end)


def _replaced(rdf: _Element, faces: Sequence[WrittenFace]) -> Iterator[str]:
    """Names whose place somebody has given to another one."""
    held = _property(rdf, _REGIONS, "Regions")
    listed = held.inner(_REGIONS, "RegionList") if held else None
    for item in _bag(listed).children if listed else ():
        if _contradicts(item, faces):
            yield item.value(_REGIONS, "Name")


def _contradicts(item: _Element, faces: Iterable[WrittenFace]) -> bool:
    """True for a face's region whose place somebody has given to another name; a pet or a thing may be at the same place."""
    name, box = item.value(_REGIONS, "Name"), _box(item)
    is_face = item.value(_REGIONS, "Type") in ("", "Face")
    return bool(name) and is_face and any(face.decided and face.name != name and _same(box, face.box) for face in faces)


def _same(one: Box | None, other: Box | None) -> bool:
    return one is not None and other is not None and one.overlap(other) >= _SAME_FACE


def _region(face: WrittenFace) -> str:
    """A region as XMP writes it: the middle of the face and its size, as parts of the stored picture."""
    if face.box is None:
        raise ValueError("a region needs a place")
    x, y, width, height = face.box
    numbers = f'stArea:x="{x + width / 2:.6f}" stArea:y="{y + height / 2:.6f}" stArea:w="{width:.6f}" stArea:h="{height:.6f}"'
    area = f'<mwg-rs:Area xmlns:stArea="{_AREA}" {numbers} stArea:unit="normalized"/>'
    marks = f'xmlns:rdf="{_RDF}" xmlns:mwg-rs="{_REGIONS}" mwg-rs:Name={quoteattr(face.name)} mwg-rs:Type="Face"'
    return f"<rdf:Description {marks}>{area}</rdf:Description>"


def _item(bag: _Element, content: str) -> str:
    """A list item with the prefix that the list has for RDF's names."""
    name = f"{bag.prefix.decode()}li"
    return f"<{name}>{content}</{name}>"


def _box(item: _Element) -> Box | None:
    area = item.inner(_REGIONS, "Area")
    if area is None:
        return None
    try:
        x, y, width, height = (float(area.value(_AREA, side)) for side in "xywh")
    except ValueError:
        return None
    return Box(x - width / 2, y - height / 2, width, height)


def _property(rdf: _Element, namespace: str, local: str) -> _Element | None:
    """A property of the picture, in whichever of its descriptions. Raises NotUnderstood where it is an attribute, as no list can be."""
    for description in rdf.children:
        if description.name == (_RDF, "Description"):
            if (namespace, local) in description.attributes:
                raise NotUnderstood(f"its {local} is written in a way that is not known here")
            if (found := description.find(namespace, local)) is not None:
                return found
    return None


def _bag(held: _Element) -> _Element:
    """The list within a property. Raises NotUnderstood where there is none that items can be put into."""
    bag = next((child for child in held.children if child.name in ((_RDF, "Bag"), (_RDF, "Seq"), (_RDF, "Alt"))), None)
    if bag is None or bag.inner_end == bag.end:
        raise NotUnderstood(f"its {held.name[1]} is written in a way that is not known here")
    return bag


def _parsed(data: bytes) -> _Element:
    """The element rdf:RDF with all that is in it. Raises NotUnderstood."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:100]:
        raise NotUnderstood("it is not written in UTF-8")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = _Element(("", ""), b"", {}, 0, 0)
    open_: list[_Element] = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        if data[at : at + 1] != b"<":
            raise NotUnderstood("it is not written in UTF-8")
        named = {_split(key): value for key, value in attributes.items()}
        element = _Element(_split(name), _prefix(data, at), named, at, _tag_end(data, at))
        open_[-1].children.append(element)
        open_.append(element)

    def end(name: str) -> None:
        element, at = open_.pop(), parser.CurrentByteIndex
        if data[element.tag_end - 2 : element.tag_end] == b"/>":
            element.inner_end = element.end = element.tag_end
        else:
            element.inner_end, element.end = at, _tag_end(data, at)

    def text(part: str) -> None:
        open_[-1].text += part

    def doctype(*_: object) -> None:
        raise NotUnderstood("it has a document type, which no sidecar needs")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotUnderstood(f"its XML is damaged ({error})") from error
    found = next(_all(top, (_RDF, "RDF")), None)
    if found is None or found.inner_end == found.end:
        raise NotUnderstood("it holds no XMP")
    return found


def _all(element: _Element, name: tuple[str, str]) -> Iterator[_Element]:
    for child in element.children:
        if child.name == name:
            yield child
        yield from _all(child, name)


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition(" ")
    return namespace, local


def _prefix(data: bytes, at: int) -> bytes:
    """The prefix of the tag at a place, with its colon; empty where it has none."""
    end = at + 1
    while end < len(data) and data[end : end + 1] not in (b" ", b"\t", b"\r", b"\n", b"/", b">"):
        end += 1
    prefix, colon, _ = data[at + 1 : end].rpartition(b":")
    return prefix + colon


def _tag_end(data: bytes, at: int) -> int:
    """The place behind the tag that begins at a place; quotes may hold a ">"."""
    quote = b""
    for place in range(at, len(data)):
        letter = data[place : place + 1]
        if quote:
            quote = b"" if letter == quote else quote
        elif letter in (b'"', b"'"):
            quote = letter
        elif letter == b">":
            return place + 1
    raise NotUnderstood("its XML is damaged")
