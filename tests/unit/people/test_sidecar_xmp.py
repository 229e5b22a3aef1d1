"""Names go into a sidecar, and nothing else of it changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lib.people.model import Box
from lib.people.sidecar_xmp import NotUnderstood, WrittenFace, with_names
from lib.people.written_names import read_sidecar
from tests.unit.people.test_written_names import DIGIKAM, HEAD, IPTC, LIGHTROOM, LISTED, MICROSOFT, MWG, TAIL, WINDOWS, near

SIZE = (4000, 3000)
ANNA = WrittenFace("Anna", Box(0.2, 0.3, 0.2, 0.2), decided=True)
BEN = WrittenFace('Ben & "Söhne" <3', Box(0.6, 0.1, 0.1, 0.2), decided=True)
FOREIGN = f"""\ufeff<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<!-- a > "comment" -->
<x:xmpmeta   xmlns:x = 'adobe:ns:meta/' x:xmptk="Some > Program"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\r
 <rdf:Description rdf:about="uuid:1" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating='5'   xmp:Label="R&#xE9;d &gt;"/>
\t<rdf:Description rdf:about="uuid:1" {MWG} xmlns:my="urn:mine">{LISTED.format(DIGIKAM.replace("Anna", "Rex").replace("Face", "Pet"))}
  <my:Thing><![CDATA[<rdf:li>no list</rdf:li>]]></my:Thing>{IPTC}</rdf:Description>
</rdf:RDF></x:xmpmeta>
{" " * 200}
<?xpacket end="w"?>"""


def test_a_new_sidecar_is_read_back(tmp_path: Path) -> None:
    made = with_names(None, [ANNA, BEN, WrittenFace("Clara")], [], SIZE)
    (tmp_path / "a.xmp").write_bytes(made)
    names = near(read_sidecar(str(tmp_path / "a.xmp")))
    assert names == [("Anna", (0.2, 0.3, 0.2, 0.2)), (BEN.name, (0.6, 0.1, 0.1, 0.2)), ("Clara", None)]


def test_what_others_wrote_stays_byte_for_byte() -> None:
    before = FOREIGN.encode()
    after = with_names(before, [ANNA, BEN], [], SIZE)
    rest = iter(after)
    assert all(any(letter == other for other in rest) for letter in before), "something of the sidecar is gone"
    pieces = [
        b'<!-- a > "comment" -->',
        b'xmp:Label="R&#xE9;d &gt;"/>',
        b"<![CDATA[<rdf:li>no list</rdf:li>]]>",
        b" " * 200 + b"\n<?xpacket",
    ]
    assert all(piece in after for piece in pieces)
    assert b'mwg-rs:Name="Rex" mwg-rs:Type="Pet"' in after
    assert after.count(b"uuid:1") == 3  # what is new tells of the same picture


@pytest.mark.parametrize(
    "sidecar",
    [None, FOREIGN.encode(), f"{HEAD} {MWG}>{LISTED.format(LIGHTROOM)}{TAIL}".encode(), f"{HEAD}/></rdf:RDF></x:xmpmeta>".encode()],
    ids=["none", "foreign", "Lightroom", "empty"],
)
def test_writing_twice_changes_nothing(sidecar: bytes | None) -> None:
    once = with_names(sidecar, [ANNA, BEN], ["Dora"], SIZE)
    assert with_names(once, [ANNA, BEN], ["Dora"], SIZE) == once


@pytest.mark.parametrize("region", [DIGIKAM, LIGHTROOM], ids=["digiKam", "Lightroom"])
def test_a_region_that_says_so_already_is_left_alone(region: str) -> None:
    before = f"{HEAD} {MWG}>{LISTED.format(region)}{TAIL}".encode()
    after = with_names(before, [ANNA], [], SIZE)
    assert after.count(b"Area ") == before.count(b"Area ")


def test_a_refused_name_goes_and_its_bytes_alone(tmp_path: Path) -> None:
    names = IPTC.replace("Ben", "Anna")
    before = f"{HEAD} {MWG} {MICROSOFT}>\n {LISTED.format(DIGIKAM)}\n {WINDOWS}\n {names}{TAIL}"
    after = with_names(before.encode(), [], ["Anna"], SIZE).decode()
    gone = WINDOWS[WINDOWS.index("<rdf:li") : WINDOWS.index("</rdf:Bag>")]
    assert after == before.replace(DIGIKAM, "").replace(gone, "").replace("<rdf:li>Anna</rdf:li>", "")
    (tmp_path / "a.xmp").write_text(after)
    assert read_sidecar(str(tmp_path / "a.xmp")) == ()


def test_a_place_that_was_given_to_another_name_loses_the_first() -> None:
    before = f"{HEAD} {MWG}>{LISTED.format(DIGIKAM)}{IPTC.replace('Ben', 'Anna')}{TAIL}".encode()
    after = with_names(before, [WrittenFace("Ben", ANNA.box, decided=True)], [], SIZE)
    assert b"Anna" not in after and after.count(b"Ben") == 3
    kept = with_names(before, [WrittenFace("Ben", ANNA.box)], [], SIZE)
    assert b"Anna" in kept, "only what somebody said puts another program's name out"


@pytest.mark.parametrize(
    ("sidecar", "reason"),
    [
        (b"", "damaged"),
        (b"<x/>", "holds no XMP"),
        (f"{HEAD}>".encode(), "damaged"),
        (f"{HEAD}/></rdf:RDF></x:xmpmeta>".encode("utf-16"), "not written in UTF-8"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + f"{HEAD}/></rdf:RDF></x:xmpmeta>".encode(), "document type"),
        (f"{HEAD} {MWG}><mwg-rs:Regions rdf:parseType='Resource'/>{TAIL}".encode(), "regions are written in a way"),
        (f"{HEAD} {MWG}>{LISTED.format('').replace('<rdf:Bag></rdf:Bag>', '<rdf:Bag/>')}{TAIL}".encode(), "in a way that is not known"),
        (
            f"{HEAD} xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' i:PersonInImage='Ben'/></rdf:RDF></x:xmpmeta>".encode(),
            "PersonInImage",
        ),
    ],
)
def test_a_sidecar_that_is_not_understood_is_refused(sidecar: bytes, reason: str) -> None:
    with pytest.raises(NotUnderstood, match=reason):
        with_names(sidecar, [ANNA], [], SIZE)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed (Debian: libimage-exiftool-perl)")
@pytest.mark.parametrize("sidecar", [None, FOREIGN.encode()], ids=["new", "foreign"])
def test_exiftool_reads_what_was_written(tmp_path: Path, sidecar: bytes | None) -> None:
    path = tmp_path / "a.xmp"
    path.write_bytes(with_names(sidecar, [ANNA, BEN], ["Rex"] if sidecar else [], SIZE))
    done = subprocess.run(["exiftool", "-json", "-struct", "-validate", "-warning", str(path)], capture_output=True, check=True)
    whole = subprocess.run(["exiftool", "-json", "-struct", str(path)], capture_output=True, check=True)
    (told,) = json.loads(whole.stdout)
    regions = told["RegionInfo"]["RegionList"]
    assert [(one["Name"], one["Type"], one["Area"]["X"], one["Area"]["Y"]) for one in regions] == [
        ("Anna", "Face", 0.3, 0.4),
        (BEN.name, "Face", 0.65, 0.2),
    ]
    assert [name for name in told["PersonInImage"] if name.strip()] == (["Ben"] if sidecar else []) + ["Anna", BEN.name]
    assert told["TagsList"] == ["People/Anna", f"People/{BEN.name}"]
    assert b"Error" not in done.stdout
    if sidecar:
        assert (told["Rating"], told["Label"]) == (5, "Réd >")
