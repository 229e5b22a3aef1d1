"""Names for the album: safe on every file system, never outside it, whatever tags and patterns say."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.album.decision import PictureFacts
from lib.album.naming import Layout, check
from lib.files.names import byte_length, cut, fit_for_windows, fold, safe, shorten, split_name
from lib.model import BadRequest, CaptureDate, DateSource, MediaFile


def studied(name: str = "IMG_1.JPG", camera: str = "Canon", source: DateSource = DateSource.EXIF_ORIGINAL) -> PictureFacts:
    date = CaptureDate(datetime(987, 7, 3, 4, 5, 6), source)
    return PictureFacts(MediaFile("/in", name, 1, 0, 0, 0, 0), "", "", date, camera)


def layout(folders: str = "{year}/{month}", names: str = "{name}", *, apart: bool = False, windows: bool = False) -> Layout:
    return Layout(check(folders, "--folders", folders=True), check(names, "--names", folders=False), apart, windows)


def test_patterns_are_filled_with_a_pictures_facts() -> None:
    made = layout("{year}/{month}-{day}/{camera}", "{hour}{minute}{second} {name} {counter:03}")
    assert made.folder_of(studied()) == "0987/07-03/Canon"
    assert made.name_of(studied(), 7) == "040506 IMG_1 007.JPG"
    assert layout().name_of(studied(), 1) == "IMG_1.JPG"
    assert layout().name_of(studied(), 12) == "IMG_1_12.JPG"
    assert layout("{{{year}}}").folder_of(studied()) == "{0987}"


def test_files_that_tell_no_date_may_lie_apart() -> None:
    assert layout(apart=True).folder_of(studied(source=DateSource.MTIME)) == "undated"
    assert layout(apart=True).folder_of(studied(source=DateSource.EXIF_MODIFIED)) == "0987/07"


@pytest.mark.parametrize(
    "pattern", ["{year", "year}", "{yeer}", "{}", "{0}", "{name!r}", "{name:>9}", "{name.x}", "{name[0]}", "{counter:0}", "{counter:04d}"]
)
def test_bad_fields_are_named(pattern: str) -> None:
    with pytest.raises(BadRequest, match=r"\{"):
        check(pattern, "--names", folders=False)


@pytest.mark.parametrize("pattern", ["", " ", "/x", "..", "x/../y", "./x", ".x", "a//b", "a\\b", "a:b", "a\nb", "{counter}"])
def test_bad_folders_are_refused(pattern: str) -> None:
    with pytest.raises(BadRequest):
        check(pattern, "--folders", folders=True)


TAGS = {
    "../../x": "_.._x",
    "/etc/passwd": "_etc_passwd",
    "C:\\Users": "C__Users",
    "CON": "_CON",
    "com1.x": "_com1.x",
    "COM¹": "_COM¹",
    "Console": "Console",
    "a\nb\x00c\x7f": "a_b_c_",
    "evil\u202egnp.exe": "evil_gnp.exe",
    "line\u2028end": "line_end",
    " .hidden. ": "hidden",
    "...": "",
    "x" * 300: "x" * 80,
    "é" * 300: "é" * 40,
}


@pytest.mark.parametrize("tag", TAGS)
def test_tags_become_one_harmless_part_of_a_path(tag: str) -> None:
    assert safe(tag) == TAGS[tag]


@pytest.mark.parametrize("camera", ["@eaDir", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information"])
def test_no_tag_makes_a_folder_that_no_walk_enters(camera: str) -> None:
    assert layout("{camera}/{year}").folder_of(studied(camera=camera)) == f"_{camera}/0987"
    assert layout("{year}/{name}").folder_of(studied(f"{camera}.jpg")) == f"0987/_{camera}"


@pytest.mark.parametrize("camera", ["SHA256SUMS", "sha256sums", "superseded", "Quarantine"])
def test_no_tag_takes_a_name_that_the_album_itself_needs(camera: str) -> None:
    assert layout("{camera}/{year}").folder_of(studied(camera=camera)) == f"_{camera}/0987"
    assert layout("{year}/{camera}").folder_of(studied(camera=camera)) == f"0987/{camera}"


@pytest.mark.parametrize("pattern", ["superseded/{year}", "Quarantine", "SHA256SUMS", "@eaDir/{year}", "{year}/thumbs.db"])
def test_a_pattern_does_not_ask_for_such_names(pattern: str) -> None:
    with pytest.raises(BadRequest, match="another name"):
        check(pattern, "--folders", folders=True)


def test_an_empty_camera_has_a_name_too() -> None:
    assert layout("{camera}").folder_of(studied(camera="//")) == "__"
    assert layout("{camera}").folder_of(studied(camera="..")) == "unknown camera"


texts = st.text(st.characters(codec=None, exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300)


@given(texts, texts, st.integers(1, 10**6), st.booleans())
def test_no_tag_and_no_name_leads_out_of_the_folder_or_is_too_long(name: str, camera: str, number: int, windows: bool) -> None:
    file = studied(f"{name}.jpg", camera)
    made = layout("{camera}/{name}", "{camera} {name}", windows=windows)
    folder, last = made.folder_of(file), made.name_of(file, number)
    for part in (*folder.split("/"), last):
        assert part not in ("", ".", "..") and "/" not in part and "\0" not in part
        assert len(part.encode()) <= 255
    assert len(folder.split("/")) == 2
    assert not folder.startswith(".") and not last.startswith(".")


@given(texts, st.integers(1, 10**6))
def test_a_files_own_name_stays_as_it_is(name: str, number: int) -> None:
    whole = f"{name}.jpg"
    if len(whole.encode()) <= 255:
        assert layout().name_of(studied(whole), 1) == whole
    numbered = layout().name_of(studied(whole), number)
    assert len(numbered.encode()) <= 255 and numbered.endswith(".jpg")


def test_names_that_are_no_utf8_are_cut_whole() -> None:
    odd = "\udcff" * 300
    assert byte_length(odd) == 300
    assert shorten(odd, ".jpg") == "\udcff" * 251 + ".jpg"
    assert cut("aé", 2) == "a"
    assert cut("é", 1) == "_"


def test_windows_gets_names_that_it_can_hold() -> None:
    cases = {"a:b?.jpg": "a_b_.jpg", "CON.jpg": "_CON.jpg", "x. ": "x", "ok.jpg": "ok.jpg"}
    assert {name: fit_for_windows(name) for name in cases} == cases


def test_stem_and_ending_are_told_apart() -> None:
    cases = {"a.jpg": ("a", ".jpg"), "a.b.jpg": ("a.b", ".jpg"), ".jpg": (".jpg", ""), "a": ("a", "")}
    assert {name: split_name(name) for name in cases} == cases


def test_letter_case_and_composition_make_no_difference() -> None:
    assert fold("É.JPG") == fold("e\u0301.jpg")
    assert fold("STRASSE") == fold("straße")
