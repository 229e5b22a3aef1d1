"""What lies in `selected` by our doing is taken out again only while it is ours, and never when it is the last of its kind."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from lib.analysis.index import Index
from lib.thumbnails import selected_folder, selected_ledger
from lib.thumbnails.selected_folder import Change
from lib.thumbnails.selection_names import MatchRow, SelectionOptions
from tests.moves import carry_out, files, remove, undo, write

NOW = datetime(2024, 5, 6)
needs_links = pytest.mark.skipif(os.name == "nt", reason="links need rights there")


def realize(output: Path, *photos: Path, link: bool = False) -> Change:
    """Have `selected` hold these photos, in the set "summer"."""
    ledger = selected_ledger.read(str(output))
    ledger.options = SelectionOptions(link=link)
    rows = [MatchRow("summer", f"{photo.name}.thumbnail.jpg", "matched", str(photo)) for photo in photos]
    return selected_folder.update_selected(str(output), rows, ledger, Index(None), workers=1, now=NOW)


def stays(change: Change) -> list[tuple[str, str]]:
    return [(os.path.basename(failure.path), failure.reason) for failure in change.failures]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    made = tmp_path / "output"
    made.mkdir()
    return made


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write(tmp_path / "album/a.jpg", "a photo")


@needs_links
def test_a_link_goes_when_nobody_wants_it_any_more(output: Path, photo: Path) -> None:
    assert realize(output, photo, link=True).added == 1
    link = output / "selected/summer/a.jpg"
    assert link.samefile(photo)
    assert realize(output).removed == 1
    assert photo.read_text() == "a photo" and not link.parent.exists()


def _nothing(photo: Path, link: Path) -> None:
    photo.unlink()


def _link_to_the_selected_one(photo: Path, link: Path) -> None:
    photo.unlink()
    photo.symlink_to(link)


def _folder_is_a_link_to_the_selected_one(photo: Path, link: Path) -> None:
    photo.unlink()
    photo.parent.rmdir()
    photo.parent.symlink_to(link.parent)


def _folder_is_a_link_and_a_third_name_is_somewhere(photo: Path, link: Path) -> None:
    os.link(photo, photo.parents[1] / "backup of a friend")
    _folder_is_a_link_to_the_selected_one(photo, link)


def _another_photo(photo: Path, link: Path) -> None:
    photo.unlink()
    photo.write_text("another photo")


@needs_links
@pytest.mark.parametrize(
    "meddle",
    [
        _nothing,
        _link_to_the_selected_one,
        _folder_is_a_link_to_the_selected_one,
        _folder_is_a_link_and_a_third_name_is_somewhere,
        _another_photo,
    ],
)
def test_a_link_stays_when_the_photo_has_no_other_name(output: Path, photo: Path, meddle: object) -> None:
    realize(output, photo, link=True)
    link = output / "selected/summer/a.jpg"
    assert callable(meddle)
    meddle(photo, link)
    change = realize(output)
    assert link.read_text() == "a photo"
    assert stays(change) == [("a.jpg", "is no longer the link that was made here, so it stays")] and not change.removed


@needs_links
def test_a_symbolic_link_that_was_made_here_goes_and_another_one_stays(output: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    other = write(photo.parent / "b.jpg", "b")
    realize(output, photo, other, link=True)
    links = [output / "selected/summer" / name for name in ("a.jpg", "b.jpg")]
    assert [os.readlink(link) for link in links] == [str(photo), str(other)]
    links[1].unlink()
    links[1].symlink_to(photo)
    assert stays(realize(output)) == [("b.jpg", "is no longer the link that was made here, so it stays")]
    assert not os.path.lexists(links[0]) and links[1].is_symlink()


HOSTILE_PLACES = (
    "../victim.jpg",
    "selected/../../victim.jpg",
    "/victim.jpg",
    "victim.jpg",
    "selected/./victim.jpg",
    "selected//victim.jpg",
    "",
)


@pytest.mark.parametrize("place", HOSTILE_PLACES)
@pytest.mark.parametrize("size", [-1, 7])
def test_a_ledger_is_believed_only_within_the_selected_folder(output: Path, photo: Path, place: str, size: int) -> None:
    victim = write(output.parent / "victim.jpg", "a photo")
    os.utime(victim, ns=(1, 1))
    if os.name != "nt":
        os.link(victim, output.parent / "second name")
    realize(output, photo)
    ledger = output / ".photo-toolkit/selected.json"
    told = json.loads(ledger.read_text())
    told["copies"][str(victim) if place == "/victim.jpg" else place] = [str(photo), size, 1]
    told["copies"]["selected/../../victim.jpg"] = [str(output.parent / "second name"), -1, 0]
    ledger.write_text(json.dumps(told))
    realize(output)
    assert victim.read_text() == "a photo"
    assert not (output / "selected/summer").exists()


@pytest.mark.parametrize(
    "entry",
    [None, [], ["/a.jpg"], ["/a.jpg", "7", 7], [7, 7, 7], ["/a.jpg", 7.5, 7], ["/a.jpg", True, 7], {"photo": "a"}, "abc"],
)
def test_an_entry_of_the_ledger_that_makes_no_sense_is_none(output: Path, photo: Path, entry: object) -> None:
    realize(output, photo)
    ledger = output / ".photo-toolkit/selected.json"
    told = json.loads(ledger.read_text())
    told["copies"]["selected/summer/b.jpg"] = entry
    told["told"]["summer/b.jpg"] = entry
    told["options"]["link"] = entry
    ledger.write_text(json.dumps(told))
    known = selected_ledger.read(str(output))
    assert list(known.copies) == ["selected/summer/a.jpg"] and not known.told and known.options == SelectionOptions(link=entry is True)
    assert realize(output).removed == 1


@pytest.mark.parametrize("whole", ["[]", "null", '{"copies": [], "told": 7, "options": "x"}', "{", "\x00"])
def test_a_ledger_that_makes_no_sense_is_made_anew_from_the_journals(output: Path, photo: Path, whole: str) -> None:
    realize(output, photo)
    (output / ".photo-toolkit/selected.json").write_text(whole)
    write(output / "selected/summer/b.jpg", "the person's own")
    change = realize(output, photo)
    assert (change.added, change.kept) == (0, 1)
    assert realize(output).removed == 1
    assert files(output) == {"selected/summer/b.jpg": "the person's own"}


def test_a_run_that_was_put_back_is_known_of(output: Path, photo: Path) -> None:
    realize(output, photo)
    realize(output)
    assert undo(output)[1] == [] and files(output) == {"selected/summer/a.jpg": "a photo"}
    assert realize(output, photo).kept == 1
    assert realize(output).removed == 1 and files(output) == {}


def test_a_place_that_another_photo_has_taken_is_known_as_that_ones(output: Path, photo: Path) -> None:
    realize(output, photo)
    old = (output / ".photo-toolkit/selected.json").read_bytes()
    other = write(photo.parent / "other/a.jpg", "another one")
    realize(output, other)
    (output / ".photo-toolkit/selected.json").write_bytes(old)
    assert realize(output, other).kept == 1
    assert realize(output).removed == 1


def test_a_run_of_an_earlier_version_that_wrote_no_checksum_down_is_left_as_it_is(output: Path, photo: Path) -> None:
    realize(output, photo)
    carry_out(output, [replace(remove(output / "selected/summer/a.jpg", photo.parent, photo.name), checksum="", sha256="")], "select")
    (reason,) = undo(output)[1]
    assert "no checksum" in reason


def test_many_copies_write_the_ledger_once(output: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(selected_ledger, "write", lambda output, ledger: sizes.append(len(ledger.copies)))
    realize(output, *(write(photo.parent / f"{number}.jpg", str(number)) for number in range(10)))
    assert sizes == [10]
