"""Who is in the pictures: a person names faces, and what was said counts from then on, in the table, in copies and in sidecars."""

from __future__ import annotations

import csv
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lib.people import decisions
from lib.people.model import Box, FaceDecision, Verdict
from tests.build import jpeg, tree
from tests.faces import ANNA, BEN, DORA, photo, require_networks
from tests.run import IMPORT, read_report, snapshot

pytestmark = pytest.mark.slow

FOREIGN = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF\n'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
    '   xmp:Rating="4"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@pytest.fixture(autouse=True)
def networks_are_there() -> None:
    require_networks()


class Family:
    """An album of Anna, Ben and Dora, samples of Anna, and the runs that look at them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.album, self.samples = folder, folder / "album", folder / "People"
        self.report, self.page = folder / "people.csv", folder / "people.html"
        for n in range(4):
            photo(self.album / f"2019/both{n}.jpg", [(ANNA, n), (BEN, n)], date=f"2019:07:0{n + 1} 10:00:00")
        photo(self.album / "2020/dora.jpg", [(DORA, 0)], date="2020:07:01 10:00:00")
        jpeg(self.album / "2020/hill.jpg", 3)
        photo(self.samples / "Anna/a.jpg", [(ANNA, 5)])

    def run(self, *options: str | Path, code: int = 0, index: str = "index") -> str:
        """What the run printed."""
        words: list[str | Path] = [sys.executable, IMPORT, "--output", self.album, "--index", self.folder / index, *options]
        if not {"--people-of", "--write-names", "--undo", "--verify", "--forget-faces"} & set(options):
            words += ["--report", self.report]
        done = subprocess.run(
            [os.fspath(word) for word in words], cwd=self.folder, capture_output=True, text=True, timeout=300, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def rows(self) -> list[dict[str, str]]:
        return read_report(self.report)

    def names(self) -> dict[str, list[tuple[str, str]]]:
        """By photo the name and status of each face, from left to right."""
        found: dict[str, list[tuple[int, str, str]]] = {}
        for row in self.rows:
            found.setdefault(row["photo"], []).append((int(row["x"] or -1), row["name"], row["status"]))
        return {name: [(name, status) for _, name, status in sorted(faces)] for name, faces in found.items()}

    def say(self, *said: tuple[str, int | None, str, str]) -> Path:
        """A table as the page saves it: photo, number of the face in people.csv, decision, name."""
        saved = self.folder / "people-decided.csv"
        items = {item["name"]: item for item in page_items(self.page)}
        made = []
        for photo_, number, verdict, name in said:
            box = None if number is None else Box(*items[photo_]["faces"][number - 1][:4])
            made.append(FaceDecision(items[photo_]["sha256"], box, Verdict(verdict), name, photo_))
        with saved.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([decisions.COLUMNS, *map(decisions.to_row, made)])
        return saved

    def face_of(self, photo_: str, left: bool) -> int:
        """The number of the face on the left or right of a photo."""
        faces = [row for row in self.rows if row["photo"] == photo_ and row["face"]]
        return int(sorted(faces, key=lambda row: int(row["x"]))[0 if left else -1]["face"])


def page_items(page: Path) -> list[dict[str, Any]]:
    """What the page shows: a picture each, with its faces."""
    text = page.read_text(encoding="utf-8")
    items: list[dict[str, Any]] = json.loads(text.split('<script type="application/json" id="items">')[1].split("</script>")[0])
    return items


@pytest.fixture
def family(tmp_path: Path) -> Family:
    return Family(tmp_path)


BOTH = [f"2019/both{n}.jpg" for n in range(4)]


def test_samples_name_faces_and_nothing_in_the_album_is_touched(family: Family) -> None:
    before = snapshot(family.album, family.samples)
    out = family.run("--people", family.samples)
    after = snapshot(family.album, family.samples)
    assert after == before
    names = family.names()
    assert {name: faces[0] for name, faces in names.items() if name in BOTH} == dict.fromkeys(BOTH, ("Anna", "sure"))
    assert {faces[1][0] for name, faces in names.items() if name in BOTH} == {""}
    assert "2020/hill.jpg" not in names
    assert {row["people"] for row in family.rows if row["photo"] in BOTH} == {"Anna"}
    assert "9 faces in 5 pictures of 6" in out and "1 group of unknown faces" in out
    for row in family.rows:  # the drawn faces fill half of their 300 pixels
        assert 90 < int(row["width"]) < 300 and 60 <= int(row["y"]) < 200
    crops = list((family.folder / "people_files").glob("*.jpg"))
    assert len(crops) == 9


def test_the_second_run_reads_no_picture(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    family.run("--people", family.samples)
    first, pictures = family.report.read_bytes(), sorted(family.folder.glob("people_files/*"))

    def refuse(*_: object, **__: object) -> object:
        raise AssertionError("a file was to be read")

    monkeypatch.setattr("lib.analysis.process_pool._Pool", refuse)
    words: list[str | Path] = ["--output", family.album, "--index", family.folder / "index", "--report", family.report]
    words += ["--people", family.samples]
    with pytest.raises(AssertionError, match="was to be read"):  # the trap works: without the index it springs
        importlib.import_module("import").main([os.fspath(word) for word in [*words, "--no-index"]])

    class Nothing:
        """A pool that may be asked for nothing."""

        def __init__(self, function: object, items: Sequence[object], *_: object) -> None:
            assert not list(items)

        def answers(self) -> tuple[()]:
            return ()

        def end(self) -> None:
            return None

    monkeypatch.setattr("lib.analysis.process_pool._Pool", Nothing)
    assert importlib.import_module("import").main([os.fspath(word) for word in words]) == 0
    assert family.report.read_bytes() == first and sorted(family.folder.glob("people_files/*")) == pictures


def test_what_was_said_teaches_and_outlives_a_lost_index(family: Family) -> None:
    family.run("--people")
    assert {status for faces in family.names().values() for _, status in faces} == {"unknown"}
    left, right = family.face_of(BOTH[0], True), family.face_of(BOTH[0], False)
    saved = family.say(
        (BOTH[0], left, "is", "Anna"), (BOTH[0], right, "is", "Ben"), (BOTH[3], family.face_of(BOTH[3], False), "not", "Ben")
    )
    family.run("--apply", saved, "--dryrun")
    assert not decisions.path_in(str(family.album)).exists()
    out = family.run("--people", "--apply", saved)
    assert "3 decisions taken in" in out
    told = family.names()
    assert told[BOTH[0]] == [("Anna", "confirmed"), ("Ben", "confirmed")]
    assert told[BOTH[1]] == told[BOTH[2]] == [("Anna", "sure"), ("Ben", "sure")]
    assert told[BOTH[3]] == [("Anna", "sure"), ("", "unknown")]
    first = family.report.read_bytes()
    family.run("--people", index="another")
    assert family.report.read_bytes() == first


def test_a_photo_that_moved_keeps_its_names(family: Family) -> None:
    family.run("--people")
    family.run("--apply", family.say(("2020/dora.jpg", 1, "is", "Dora")))
    (family.album / "2021").mkdir()
    (family.album / "2020/dora.jpg").rename(family.album / "2021/other name.jpg")
    family.run("--people")
    assert family.names()["2021/other name.jpg"] == [("Dora", "confirmed")]


def test_an_import_tells_who_came(family: Family) -> None:
    source, report = family.folder / "card", family.folder / "import.csv"
    photo(source / "new.jpg", [(ANNA, 1), (DORA, 1)], date="2021:05:01 10:00:00")
    shutil.copy(family.album / "2019/both0.jpg", source / "again.jpg")
    words: list[str | Path] = [sys.executable, IMPORT, "--output", family.album, "--index", family.folder / "index", "--report", report]
    words += ["--input", source, "--copy", "--people", family.samples]
    subprocess.run([os.fspath(word) for word in words], cwd=family.folder, check=True, timeout=300)
    told = {os.path.basename(row["source"]): (row["action"], row["people"], row["people_maybe"]) for row in read_report(report)}
    assert told == {"new.jpg": ("copied", "Anna", ""), "again.jpg": ("duplicate", "Anna", "")}
    assert family.names()["2021/05/new.jpg"][0] == ("Anna", "sure")


def test_names_of_takeout_are_suggestions(family: Family) -> None:
    for name in ("2019/both0.jpg", "2020/dora.jpg"):
        told = {
            "title": name[5:],
            "photoTakenTime": {"timestamp": "1562148896"},
            "people": [{"name": "Dora" if "dora" in name else "Hugo"}],
        }
        (family.album / f"{name}.json").write_text(json.dumps(told))
    family.run("--people", family.samples)
    (dora,) = [row for row in family.rows if row["photo"] == "2020/dora.jpg"]
    assert (dora["name"], dora["status"], dora["people"], dora["people_maybe"]) == ("Dora", "maybe", "", "Dora")
    assert "Hugo" in {row["people_maybe"] for row in family.rows if row["photo"] == "2019/both0.jpg"}


def test_pictures_of_two_people_are_copied_with_what_belongs_to_them(family: Family) -> None:
    (family.album / "2019/both1.jpg.xmp").write_text(FOREIGN)
    family.run("--people", family.samples)
    said = [(BOTH[n], family.face_of(BOTH[n], left), "is", "Anna" if left else "Ben") for n in (0, 1) for left in (True, False)]
    family.run("--apply", family.say(*said, ("2020/dora.jpg", None, "is", "Anna")))
    target, before = family.folder / "for Grandma", snapshot(family.album)
    out = family.run("--people-of", "anna", "--and", "Ben", "--copy-to", target)
    assert "2 pictures of anna and Ben: 3 files copied" in out
    album, copied = tree(family.album), visible(target)
    assert copied == {name: album[name] for name in ("2019/both0.jpg", "2019/both1.jpg", "2019/both1.jpg.xmp")}
    assert "0 files copied, 3 were there" in family.run("--people-of", "Anna", "--and", "Ben", "--copy-to", target)
    family.run("--people-of", "Anna", "--copy-to", target)
    assert set(visible(target)) == {*copied, "2020/dora.jpg"}
    family.run("--people", family.samples, "--people-of", "Anna", "--copy-to", family.folder / "more", "--with-suggestions")
    assert len(visible(family.folder / "more")) == 6
    assert {name: seen for name, seen in snapshot(family.album).items() if "photo-toolkit" not in name} == {
        name: seen for name, seen in before.items() if "photo-toolkit" not in name
    }


def test_a_file_that_has_the_place_of_a_copy_stays(family: Family) -> None:
    family.run("--people")
    family.run("--apply", family.say(("2020/dora.jpg", 1, "is", "Dora")))
    place = family.folder / "copies/2020/dora.jpg"
    place.parent.mkdir(parents=True)
    size = (family.album / "2020/dora.jpg").stat().st_size
    place.write_bytes(b"x" * size)
    out = family.run("--people-of", "Dora", "--copy-to", family.folder / "copies", code=1)
    assert "another file has this place" in out and place.read_bytes() == b"x" * size


def visible(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(folder).items() if not name.startswith(".photo-toolkit")}


def test_names_are_written_beside_the_pictures_and_taken_back_byte_for_byte(family: Family) -> None:
    (family.album / "2019/both1.jpg.xmp").write_text(FOREIGN)
    family.run("--verify", "--adopt")
    family.run("--people")
    left = [(name, family.face_of(name, True), "is", "Anna") for name in BOTH[:2]]
    family.run("--apply", family.say(*left, ("2020/dora.jpg", 1, "not", "Anna")))
    before, pictures = visible(family.album), snapshot(*(family.album / name for name in [*BOTH, "2020/dora.jpg"]))
    assert "2 sidecars would be written" in family.run("--write-names", "--dryrun")
    assert visible(family.album) == before
    assert "2 sidecars written" in family.run("--write-names")
    after = visible(family.album)
    assert set(after) == {*before, "2019/both0.jpg.xmp"}
    assert {name for name in before if after[name] != before[name]} == {"2019/both1.jpg.xmp", "SHA256SUMS"}
    assert after["2019/both1.jpg.xmp"].startswith(FOREIGN.encode()[: FOREIGN.index("</rdf:RDF>")])
    assert after["2019/both1.jpg.xmp"].endswith(b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>')
    assert snapshot(*(family.album / name for name in [*BOTH, "2020/dora.jpg"])) == pictures
    assert "0 changed, 0 missing, 0 extra" in family.run("--verify")
    assert "Nothing to write" in family.run("--write-names")
    family.run("--undo")
    assert visible(family.album) == before
    assert "0 changed, 0 missing, 0 extra" in family.run("--verify")
    assert "2 sidecars written" in family.run("--write-names"), "what was taken back can be done again"
    assert visible(family.album) == after


def test_written_names_are_read_back_by_whoever_knows_nothing_of_us(family: Family) -> None:
    family.run("--people")
    family.run("--apply", family.say((BOTH[0], family.face_of(BOTH[0], True), "is", "Anna")))
    family.run("--write-names")
    shutil.rmtree(family.album / ".photo-toolkit")
    family.run("--people", index="another")
    assert family.names()[BOTH[0]][0] == ("Anna", "confirmed")


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed (Debian: libimage-exiftool-perl)")
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_regions_lie_in_the_stored_picture(family: Family, orientation: int) -> None:
    """A photo that is turned by its flag: exiftool reads where the face is in the pixels as they are stored."""
    from PIL import Image

    turned = family.album / "2020/turned.jpg"
    shown = photo(family.folder / "upright.jpg", [(ANNA, 0)], each=300)
    with Image.open(shown) as image:
        back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
        stored = image.transpose(back[orientation]) if orientation in back else image.copy()
    tags = Image.Exif()
    tags[274] = orientation
    stored.save(turned, quality=92, exif=tags)
    family.run("--people")
    (row,) = [row for row in family.rows if row["photo"] == "2020/turned.jpg"]
    middle = (int(row["x"]) + int(row["width"]) / 2, int(row["y"]) + int(row["height"]) / 2)
    assert middle == pytest.approx((170, 220), abs=25)
    family.run("--apply", family.say(("2020/turned.jpg", 1, "is", "Anna")))
    family.run("--write-names")
    done = subprocess.run(["exiftool", "-json", "-struct", f"{turned}.xmp"], capture_output=True, check=True)
    info = json.loads(done.stdout)[0]["RegionInfo"]
    assert (info["AppliedToDimensions"]["W"], info["AppliedToDimensions"]["H"]) == stored.size
    area = info["RegionList"][0]["Area"]
    wide, high = 340, 420
    x, y = middle[0] / wide, middle[1] / high
    expected = {1: (x, y), 3: (1 - x, 1 - y), 6: (y, 1 - x), 8: (1 - y, x)}[orientation]
    assert (area["X"], area["Y"]) == pytest.approx(expected, abs=0.01)


def test_all_that_was_learnt_is_forgotten(family: Family) -> None:
    family.run("--people", family.samples)
    family.run("--apply", family.say(("2020/dora.jpg", 1, "is", "Dora")))
    crop = next(family.folder.glob("people_files/*.jpg")).read_bytes()
    assert crop in (family.folder / "index").read_bytes()
    out = family.run("--forget-faces", "--dryrun")
    assert "would be deleted" in out and crop in (family.folder / "index").read_bytes()
    out = family.run("--forget-faces")
    assert "what was learnt from the faces of 7 pictures" in out and "every decision" in out
    left = b"".join(path.read_bytes() for path in family.folder.glob("index*"))
    assert crop not in left and not decisions.path_in(str(family.album)).exists()
    family.run("--people")
    assert {status for faces in family.names().values() for _, status in faces} == {"unknown"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--write-names", "--input", "."], "wants a run of its own"),
        (["--people-of", "Anna"], "--copy-to DIR"),
        (["--copy-to", "x", "--people"], "go with --people-of"),
        (["--people-of", "Nobody", "--copy-to", "x"], "nobody in the album has this name"),
        (["--people-of", "Anna", "--copy-to", "album/2019"], "lies in the album"),
        (["--people", "nowhere"], "no such folder"),
        (["--apply", "nowhere.csv"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(family: Family, options: list[str], words: str) -> None:
    assert words in family.run(*options, code=2)


def test_samples_that_cannot_serve_are_named(family: Family) -> None:
    photo(family.samples / "Ben/two.jpg", [(BEN, 0), (ANNA, 1)])
    jpeg(family.samples / "Ben/none.jpg", 7)
    (family.samples / "people.csv").write_text("name,born\nAnna,1980\n")
    out = family.run("--people", family.samples, code=1)
    assert "2 faces were found in this sample" in out and "no face was found in this sample" in out
    (family.samples / "people.csv").write_text("name,born\nAnna,last May\n")
    assert "no date of birth" in family.run("--people", family.samples, code=2)
