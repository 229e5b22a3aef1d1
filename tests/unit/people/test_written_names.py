"""Names that other programs wrote, in the forms in which they write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from lib.model import Unreadable
from lib.people.model import Box, NamedRegion
from lib.people.written_names import IN_PICTURE, read_picture, read_sidecar, stored, turned, upright

HEAD = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"
MWG = 'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"'
MICROSOFT = (
    'xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" '
    'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"'
)
LISTED = '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>{}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
DIGIKAM = (
    '<rdf:li><rdf:Description mwg-rs:Name="Anna" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.3" stArea:y="0.4" stArea:w="0.2" '
    'stArea:h="0.2" stArea:unit="normalized"/></rdf:Description></rdf:li>'
)
LIGHTROOM = (
    '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Anna</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area '
    'rdf:parseType="Resource"><stArea:x>0.3</stArea:x><stArea:y>0.4</stArea:y><stArea:w>0.2</stArea:w><stArea:h>0.2</stArea:h>'
    "<stArea:unit>normalized</stArea:unit></mwg-rs:Area></rdf:li>"
)
WINDOWS = (
    '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li MPReg:PersonDisplayName="Anna" '
    'MPReg:Rectangle="0.2, 0.3, 0.2, 0.2"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>'
)
IPTC = (
    '<i:PersonInImage xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><rdf:Bag><rdf:li>Ben</rdf:li><rdf:li> </rdf:li></rdf:Bag>'
    "</i:PersonInImage>"
)


def near(found: tuple[NamedRegion, ...]) -> list[tuple[str, tuple[float, ...] | None]]:
    return [(one.name, tuple(round(part, 4) for part in one.box) if one.box else None) for one in found]


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (f"{HEAD} {MWG}>{LISTED.format(DIGIKAM)}{TAIL}", [("Anna", (0.2, 0.3, 0.2, 0.2))]),
        (f"{HEAD} {MWG}>{LISTED.format(LIGHTROOM)}{TAIL}", [("Anna", (0.2, 0.3, 0.2, 0.2))]),
        (f"{HEAD} {MICROSOFT}>{WINDOWS}{TAIL}", [("Anna", (0.2, 0.3, 0.2, 0.2))]),
        (
            f"{HEAD} {MWG} {MICROSOFT}>{LISTED.format(DIGIKAM)}{WINDOWS.replace('0.2, 0.3', '0.7, 0.1')}{TAIL}",
            [("Anna", (0.2, 0.3, 0.2, 0.2))],
        ),
        (f"{HEAD}>{IPTC}{TAIL}", [("Ben", None)]),
        (f"{HEAD} {MWG}>{LISTED.format(DIGIKAM)}{IPTC.replace('Ben', 'Anna')}{TAIL}", [("Anna", (0.2, 0.3, 0.2, 0.2))]),
        (f"{HEAD} {MWG}>{LISTED.format(DIGIKAM.replace('Face', 'Pet'))}{TAIL}", []),
        (f"{HEAD} {MWG}>{LISTED.format(DIGIKAM.replace('normalized', 'pixel'))}{TAIL}", []),
        (f"{HEAD} {MWG}>{LISTED.format(DIGIKAM.replace('0.3', 'x'))}{TAIL}", [("Anna", None)]),
        (f"{HEAD}>broken", []),
    ],
    ids=["digiKam", "Lightroom", "Windows", "both forms", "IPTC", "IPTC too", "a pet", "other unit", "no number", "broken"],
)
def test_a_sidecar_and_a_picture_tell_the_same(tmp_path: Path, packet: str, expected: object) -> None:
    sidecar, photo = tmp_path / "a.jpg.xmp", tmp_path / "a.jpg"
    sidecar.write_text(packet)
    Image.new("RGB", (64, 48)).save(photo, xmp=packet.encode())
    assert near(read_sidecar(str(sidecar))) == near(read_picture(str(photo))) == expected


def test_takeout_tells_names_without_places(tmp_path: Path) -> None:
    sidecar = tmp_path / "a.jpg.json"
    sidecar.write_text(json.dumps({"title": "a.jpg", "people": [{"name": "Anna"}, {"name": " Ben\n"}, {"name": ""}, {}, 7]}))
    assert near(read_sidecar(str(sidecar))) == [("Anna", None), ("Ben", None)]
    sidecar.write_text('{"people": ')
    with pytest.raises(Unreadable, match="JSON is damaged"):
        read_sidecar(str(sidecar))


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    with pytest.raises(Unreadable):
        read_picture(str(tmp_path / "a.jpg"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_turn_as_pictures_do(orientation: int) -> None:
    """Held against Pillow: a white field in the stored picture, and where it is once the picture is upright."""
    from PIL import ImageOps

    box = Box(0.25, 0.1, 0.125, 0.3)
    image = Image.new("L", (80, 40))
    image.paste(255, (20, 4, 30, 16))
    tags = Image.Exif()
    tags[274] = orientation
    image.info["exif"] = tags.tobytes()
    shown = ImageOps.exif_transpose(image)
    assert shown is not None
    left, top, right, bottom = shown.getbbox() or (0, 0, 0, 0)
    expected = (left / shown.width, top / shown.height, (right - left) / shown.width, (bottom - top) / shown.height)
    assert upright(box, orientation) == pytest.approx(expected)
    assert stored(upright(box, orientation), orientation) == pytest.approx(box)
    assert turned([NamedRegion("Anna", box), NamedRegion("Ben")], orientation)[1] == NamedRegion("Ben")


def test_the_index_keeps_them() -> None:
    found = (NamedRegion("Zoë", Box(0.1, 0.2, 0.3, 0.4)), NamedRegion("Ben"))
    assert IN_PICTURE.decode(IN_PICTURE.encode(found)) == found
