"""A file is taken when it stands still, a batch when it is whole, and nothing twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.model import MediaFile
from lib.watch.stability import PATIENCE, StabilityTracker, is_unfinished


@dataclass
class Folder:
    """A watched folder in a world where time passes when we say so."""

    settle: float = 5
    now: float = 1000
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    given: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settling = StabilityTracker(self.settle)

    def put(self, *names: str, size: int = 100, written: int = 1) -> Folder:
        self.files.update(dict.fromkeys(names, (size, written)))
        return self

    def remove(self, *names: str) -> Folder:
        for name in names:
            del self.files[name]
        return self

    def after(self, seconds: float) -> list[str]:
        """What is given when the folder is looked at `seconds` later."""
        self.now += seconds
        self.settling.look([self.file(name) for name in self.files], ["/in"], self.now)
        batch = self.settling.batch(self.now)
        self.settling.give(batch, self.now)
        names = [file.path.removeprefix("/in/") for file in batch]
        self.given += [names] if names else []
        return names

    def file(self, name: str) -> MediaFile:
        folder, _, last = f"/in/{name}".rpartition("/")
        size, written = self.files[name]
        return MediaFile(folder, last, size, written, written, 1, hash(name))


def test_a_file_is_given_once_when_it_stood_still() -> None:
    folder = Folder().put("a.jpg")
    assert [folder.after(seconds) for seconds in (0, 4.9, 0.1, 5, 500)] == [[], [], ["a.jpg"], [], []]


@pytest.mark.parametrize("change", [{"size": 200}, {"written": 2}], ids=["grown", "preallocated, so that only its time changes"])
def test_a_file_that_is_still_written_waits(change: dict[str, int]) -> None:
    folder = Folder().put("a.jpg")
    folder.after(0)
    folder.put("a.jpg", **change)
    assert [folder.after(seconds) for seconds in (4.9, 4.9, 0.1)] == [[], [], ["a.jpg"]]


def test_a_card_comes_in_as_one() -> None:
    folder = Folder()
    for number in range(400):
        assert folder.put(f"DCIM/{number // 100}/IMG_{number}.JPG").after(3) == []
    assert len(folder.after(5)) == 400


def test_a_companion_that_comes_a_little_later_joins() -> None:
    folder = Folder().put("IMG_1.HEIC")
    folder.after(0)
    folder.put("IMG_1.MOV")
    assert [folder.after(seconds) for seconds in (3, 2, 3)] == [[], [], ["IMG_1.HEIC", "IMG_1.MOV"]]


def test_a_photo_waits_for_its_companions_even_where_files_settle_at_once() -> None:
    folder = Folder(settle=0.5).put("IMG_1.HEIC")
    assert [folder.after(seconds) for seconds in (0, 1, 2)] == [[], [], []]
    assert folder.put("IMG_1.MOV").after(0.1) == []
    assert folder.after(0.5) == ["IMG_1.HEIC", "IMG_1.MOV"]
    folder.put("IMG_2.JPG").after(0)
    assert folder.after(PATIENCE) == ["IMG_2.JPG"]


@pytest.mark.parametrize("late", ["IMG_1.HEIC.xmp", "IMG_1.AAE", "IMG_1.HEIC.supplemental-meta.json", "IMG_E1.HEIC", "IMG_1.MOV"])
def test_with_a_late_companion_comes_the_photo_that_still_lies_there(late: str) -> None:
    folder = Folder().put("IMG_1.HEIC", "IMG_2.HEIC")
    folder.after(0)
    folder.after(5)
    folder.put(late).after(100)
    assert sorted(folder.after(5)) == sorted(["IMG_1.HEIC", late] if late != "IMG_E1.HEIC" else ["IMG_E1.HEIC"])


@pytest.mark.parametrize("name", ["a.jpg.part", "a.jpg.crdownload", "a.tmp", "a~", "Unconfirmed 1.crdownload", "~$a.jpg", "a.jpg.FilePart"])
def test_an_unfinished_file_is_not_taken_until_it_has_its_name(name: str) -> None:
    assert is_unfinished(name)
    folder = Folder().put(name, "b.jpg")
    folder.after(0)
    folder.put(name, size=200)
    assert folder.after(4) == []
    assert folder.after(5) == ["b.jpg"]
    folder.remove(name).put("a.jpg", size=200)
    assert [folder.after(seconds) for seconds in (100, 5)] == [[], ["a.jpg"]]


def test_what_a_browser_keeps_in_a_folder_of_its_own_is_unfinished() -> None:
    folder = Folder().put("a.jpg.download/a.jpg", "b.jpg")
    folder.after(0)
    assert folder.after(5) == ["b.jpg"]


@pytest.mark.parametrize("name", ["a.jpg", "part.jpg", "download.heic", "a.tmp.jpg", "a~b.jpg"])
def test_ordinary_names_are_finished(name: str) -> None:
    assert not is_unfinished(name)


def test_a_folder_that_never_is_quiet_still_gets_on() -> None:
    folder = Folder().put("a.jpg", "b.heic")
    for number in range(2000):
        folder.put("b.mov", "log.jpg", size=number + 1).after(1)
    assert folder.given == [["a.jpg"]]


def test_a_file_that_some_program_holds_open_waits_and_lets_others_go() -> None:
    folder = Folder().put("a.jpg", "held.jpg")
    folder.after(0)
    for elapsed in range(5, 150, 5):
        folder.now += 5
        folder.settling.look([folder.file("a.jpg"), folder.file("held.jpg")], ["/in"], folder.now)
        folder.settling.disturb([folder.file("held.jpg")], folder.now)
        batch = folder.settling.batch(folder.now)
        folder.settling.give(batch, folder.now)
        folder.given += [[file.name for file in batch]] if batch else []
        assert folder.given == ([["a.jpg"]] if elapsed >= 60 else [])
    assert folder.after(5) == ["held.jpg"]


def test_an_empty_file_may_yet_be_filled() -> None:
    folder = Folder().put("a.jpg", size=0).put("b.jpg")
    assert [folder.after(seconds) for seconds in (0, 5, 10, 60)] == [[], ["b.jpg"], [], ["a.jpg"]]


def test_other_files_come_along_but_neither_begin_nor_hinder_a_batch() -> None:
    folder = Folder().put("notes.txt", "log.txt")
    folder.after(0)
    assert folder.after(100) == []
    folder.put("a.jpg").after(0)
    assert folder.put("log.txt", size=7).after(5) == ["notes.txt", "a.jpg"]


def test_a_file_that_changed_after_it_was_given_is_given_again() -> None:
    folder = Folder().put("a.jpg")
    folder.after(0)
    folder.after(5)
    folder.put("a.jpg", size=200).after(1)
    assert folder.after(5) == ["a.jpg"]


def test_what_was_given_in_vain_comes_with_the_next_batch() -> None:
    folder = Folder().put("a.jpg")
    folder.after(0)
    folder.after(5)
    folder.settling.try_again([folder.file("a.jpg")])
    assert folder.after(5) == []
    folder.put("z.jpg").after(0)
    assert folder.after(5) == ["a.jpg", "z.jpg"]
    folder.put("y.jpg").after(0)
    assert folder.after(5) == ["y.jpg"]


def test_what_is_gone_is_forgotten() -> None:
    folder = Folder()
    for number in range(50):
        folder.put(f"{number}.jpg").after(0)
        folder.after(5)
        folder.remove(f"{number}.jpg").after(1)
    assert len(folder.settling) == 0
    assert len(folder.given) == 50


def test_due_tells_when_to_look_again() -> None:
    folder = Folder()
    folder.after(0)
    assert folder.settling.due(folder.now) is None
    folder.put("a.jpg").after(0)
    assert folder.settling.due(folder.now) == 5


NAMES = st.sampled_from(["a.jpg", "a.mov", "b.heic", "b.xmp", "b.heic.part", "c.txt", "d/a.jpg"])
STEPS = st.lists(st.tuples(NAMES, st.sampled_from(["write", "remove", "wait"]), st.integers(0, 9)), max_size=60)


@settings(deadline=None)
@given(STEPS, st.sampled_from([0.5, 5.0]))
def test_every_version_is_given_after_it_stood_still_and_nothing_is_forgotten(steps: list[tuple[str, str, int]], settle: float) -> None:
    folder = Folder(settle)
    written: dict[str, float] = {}
    given: set[tuple[str, tuple[int, int]]] = set()
    for number, (name, kind, seconds) in enumerate(steps):
        if kind == "write":
            folder.put(name, written=number)
            written[name] = folder.now + seconds
        elif kind == "remove":
            folder.files.pop(name, None)
        for each in folder.after(seconds):
            assert folder.now - written[each] >= settle
            assert not is_unfinished(each)
            given.add((each, folder.files[each]))
    for _ in range(4):
        given |= {(each, folder.files[each]) for each in folder.after(70)}
    pictures = {name for name in folder.files if name.endswith((".jpg", ".mov", ".heic", ".xmp"))}
    assert {name for name, version in given if folder.files.get(name) == version} >= pictures


def test_half_a_file_is_waited_for_a_minute_and_then_taken_with_those_that_came_along() -> None:
    folder = Folder().put("half.jpg", "half.xmp", "b.jpg")
    folder.after(0)
    folder.now += 5
    folder.settling.look([folder.file(name) for name in folder.files], ["/in"], folder.now)
    assert len(folder.settling.batch(folder.now)) == 3
    assert folder.settling.distrust([folder.file("half.jpg")])
    assert folder.settling.batch(folder.now) == []
    assert not folder.settling.distrust([folder.file("half.jpg")]), "it was known"
    assert [folder.after(seconds) for seconds in (5, 49, 1, 60)] == [[], [], ["half.jpg", "half.xmp", "b.jpg"], []]


def test_half_a_file_that_grows_counts_anew() -> None:
    folder = Folder().put("half.jpg")
    folder.after(0)
    folder.now += 5
    folder.settling.look([folder.file("half.jpg")], ["/in"], folder.now)
    folder.settling.distrust([folder.file("half.jpg")])
    folder.put("half.jpg", size=200)
    assert [folder.after(seconds) for seconds in (1, 4.9, 0.1)] == [[], [], ["half.jpg"]]
