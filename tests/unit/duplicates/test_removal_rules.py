"""The human's word, and what of it may be done: a table, and the law that no group is emptied."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.duplicates import removal_rules
from lib.duplicates.removal_rules import ReportRow, SeenFile
from lib.model import BadRequest, Companion, FileSet, MediaFile, Role


def line(group: str, action: str, path: str, *, kind: str = "identical", checksum: str = "x", location: str = "") -> ReportRow:
    return ReportRow(group, kind, action, path, checksum, location)


def seen(*paths: str, checksum: str = "x") -> dict[str, SeenFile]:
    return {path: SeenFile(MediaFile("", path, 1, 1, 1, 1, number), checksum) for number, path in enumerate(paths, 1)}


@pytest.mark.parametrize(
    ("word", "action"),
    [("keep", "keep"), (" Remove ", "remove"), ("DELETE", "remove"), ("", ""), ("Not Duplicates", "ignore"), ("not_duplicates", "ignore")],
)
def test_a_word_is_understood_as_people_write_it(word: str, action: str) -> None:
    (row,) = removal_rules.rows([{"group": "1", "kind": "identical", "action": word, "path": "/a", "checksum": " x "}])
    assert (row.action, row.checksum, row.location) == (action, "x", "")


def test_another_word_stops_everything() -> None:
    with pytest.raises(BadRequest, match=r"Line 2: the action 'yes'"):
        removal_rules.rows([{"group": "1", "kind": "identical", "action": "yes", "path": "/a", "checksum": "x"}])


@pytest.mark.parametrize(
    ("rows", "now", "reason"),
    [
        ([line("1", "keep", "a"), line("1", "remove", "b", location="offline")], seen("a", "b"), "was not connected"),
        ([line("1", "keep", "a", location="offline"), line("1", "remove", "b")], seen("a", "b"), "nothing would be left of group 1"),
        ([line("1", "keep", "a"), line("1", "remove", "b", checksum="")], seen("a", "b"), "no checksum"),
        (
            [line("1", "keep", "a"), line("1", "remove", "b")],
            {**seen("a", "b"), "b": SeenFile(trouble="it is not there any more")},
            "not there",
        ),
        (
            [line("1", "keep", "a"), line("1", "remove", "b")],
            {**seen("b"), "a": SeenFile(trouble="it is not there any more")},
            "a: it is not there",
        ),
        ([line("1", "keep", "a"), line("1", "remove", "b")], {**seen("a"), **seen("b")}, "the same file under another name"),
        ([line("1", "keep", "a"), line("1", "remove", "b")], seen("a", "b", checksum="y"), "has changed"),
        (
            [line("1", "keep", "a"), line("1", "remove", "b"), line("2", "keep", "b"), line("2", "", "c")],
            seen("a", "b", "c"),
            "decide for one",
        ),
        (
            [line("1", "keep", "a"), line("1", "remove", "b"), line("2", "remove", "b"), line("2", "remove", "c")],
            seen("a", "b", "c"),
            "group 2",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_stays_for_a_reason(rows: list[ReportRow], now: dict[str, SeenFile], reason: str) -> None:
    going, refused = removal_rules.removals(rows, now)
    assert "b" not in {removal.path for removal in going}
    assert any(failure.path == "b" and reason in failure.reason for failure in refused), refused


def test_a_file_goes_for_one_that_is_still_good() -> None:
    rows = [line("1", "", "gone"), line("1", "keep", "good"), line("1", "remove", "spare")]
    (removal,), refused = removal_rules.removals(rows, {**seen("good", "spare"), "gone": SeenFile(trouble="it is not there any more")})
    assert (removal.path, removal.twin, refused) == ("spare", "good", [])


def test_only_identical_files_have_a_twin() -> None:
    (removal,), _ = removal_rules.removals([line("1", "", "a", kind="similar"), line("1", "remove", "b", kind="similar")], seen("a", "b"))
    assert removal.twin == ""


ROWS = st.lists(
    st.builds(line, st.sampled_from("123"), st.sampled_from(["keep", "remove", ""]), st.sampled_from("abcdef")), min_size=1, max_size=14
)


@given(ROWS, st.sets(st.sampled_from("abcdef")))
def test_of_each_group_that_is_touched_a_good_file_stays(rows: list[ReportRow], broken: set[str]) -> None:
    now = {**seen(*"abcdef"), **{path: SeenFile(trouble="it is not there any more") for path in broken}}
    going, refused = removal_rules.removals(rows, now)
    gone = {removal.path for removal in going}
    for group in "123":
        paths = {row.path for row in rows if row.group == group}
        marked = {row.path for row in rows if row.group == group and row.action == "remove"}
        if marked & gone:
            assert paths - gone - broken
    assert gone | {failure.path for failure in refused} == {row.path for row in rows if row.action == "remove"}
    assert gone.isdisjoint(broken)


def media(name: str) -> MediaFile:
    return MediaFile("/in", name, 1, 1, 1, 1, 1)


def test_a_live_photo_goes_whole_and_its_sidecar_with_it() -> None:
    photo, film, note = media("a.heic"), media("a.mov"), media("a.heic.xmp")
    group = FileSet(photo, (Companion(film, Role.LIVE_VIDEO, photo), Companion(note, Role.SIDECAR, photo)))
    along, stays = removal_rules.whole_sets({photo.path}, [group])
    assert [failure.path for failure in stays] == [photo.path] and not along
    along, stays = removal_rules.whole_sets({photo.path, film.path}, [group])
    assert not stays and along == {photo.path: [note.path]}


def test_an_edited_version_is_a_picture_of_its_own() -> None:
    photo, edited = media("a.jpg"), media("a-edited.jpg")
    group = FileSet(photo, (Companion(edited, Role.EDITED, photo),))
    assert removal_rules.whole_sets({os.path.join("/in", "a-edited.jpg")}, [group]) == ({}, [])
