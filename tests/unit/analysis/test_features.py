"""Questions to files: read once, remembered, and a failure is an answer too."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis import features
from lib.analysis.features import APPEARANCE, PIXELS, QUICK_HASH, SHA256, STORED_PIXELS, XXH3, Feature, analyse
from lib.analysis.hashing import sha256, xxh3
from lib.analysis.index import Index, Value
from lib.files.scanning import scan
from lib.model import Appearance, DateClaim, DateSource, Failure, MediaFile, Metadata, Unreadable
from tests import build


def text(log: str, path: str) -> str:
    """What stands in the file; each reading leaves a line in `log`."""
    with open(log, "a", encoding="utf-8") as file:
        file.write(os.path.basename(path) + "\n")
    content = Path(path).read_text(encoding="utf-8")
    if content == "bad":
        raise Unreadable("is no picture")
    if content == "locked":
        raise Unreadable("could not be read") from PermissionError(13, "permission denied")
    return content


def question(log: Path, column: str = "text", version: int = 1) -> Feature[str]:
    return Feature(column, version, partial(text, os.fspath(log)), str.encode, bytes.decode)


def put(folder: Path, **contents: str) -> list[MediaFile]:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [file for file in scan([os.fspath(folder)]) if isinstance(file, MediaFile)]


def told(files: list[MediaFile], asked: Feature[str], index: Index, **options: Any) -> dict[str, str | Failure]:
    """What `asked` is answered, by the names of the files."""
    return {file.name: answer for file, (answer,) in analyse(files, (asked,), index, workers=2, **options)}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.touch()
    return path


def test_checksums_that_are_asked_for_together_are_those_asked_for_alone(tmp_path: Path) -> None:
    """Also where the index knows one of them already, and where a file is not there any more."""
    files = put(tmp_path / "in", a="1", b="", c="x" * 700_000)
    with Index(os.fspath(tmp_path / "index")) as index:
        assert told(files[:1], XXH3, index)
        together = {file.path: answers for file, answers in analyse(files, (SHA256, XXH3), index, workers=1)}
        assert together == {file.path: (sha256(file.path), xxh3(file.path)) for file in files}
    os.unlink(files[0].path)
    ((_, answers),) = analyse(files[:1], (XXH3, SHA256), Index(None), workers=1)
    assert [isinstance(answer, Failure) and "no such file" in answer.reason for answer in answers] == [True, True]


def test_every_file_gets_its_answers_and_a_second_run_reads_nothing(tmp_path: Path, log: Path) -> None:
    files = put(tmp_path / "in", a="1", b="bad", c="3")
    folder = os.fspath(tmp_path / "in")
    for _ in range(2):
        with Index(os.fspath(tmp_path / "index")) as index:
            assert told(files, question(log), index) == {"a": "1", "b": Failure(os.path.join(folder, "b"), "is no picture"), "c": "3"}
    assert sorted(log.read_text().split()) == ["a", "b", "c"]


def test_what_the_system_refused_is_asked_again(tmp_path: Path, log: Path) -> None:
    files = put(tmp_path / "in", a="locked")
    for _ in range(2):
        with Index(os.fspath(tmp_path / "index")) as index:
            assert isinstance(told(files, question(log), index)["a"], Failure)
    assert log.read_text().split() == ["a", "a"]


def test_a_file_that_changed_is_read_again_and_no_other(tmp_path: Path, log: Path) -> None:
    with Index(os.fspath(tmp_path / "index")) as index:
        told(put(tmp_path / "in", a="1", b="2"), question(log), index)
        log.write_text("")
        assert told(put(tmp_path / "in", b="two"), question(log), index) == {"a": "1", "b": "two"}
    assert log.read_text().split() == ["b"]


def test_only_what_is_missing_is_asked_and_a_new_version_makes_the_old_void(tmp_path: Path, log: Path) -> None:
    files = put(tmp_path / "in", a="1")
    other = tmp_path / "other"
    with Index(os.fspath(tmp_path / "index")) as index:
        told(files, question(log), index)
        ((_, answers),) = analyse(files, (question(log), question(other, "more")), index, workers=1)
        assert answers == ("1", "1")
        assert log.read_text().split() == other.read_text().split() == ["a"]
        told(files, question(log, version=2), index)
    assert log.read_text().split() == ["a", "a"]


def test_an_entry_that_makes_no_sense_is_asked_anew(tmp_path: Path, log: Path) -> None:
    files = put(tmp_path / "in", a="1")
    with Index(os.fspath(tmp_path / "index")) as index:
        index.remember(files[0], {"text_1": b"\xff\xfe"})
        assert told(files, question(log), index) == {"a": "1"}


@pytest.mark.parametrize("damaged", [b"", b"\x00", b"\x00" * 31, b"\x00" * 33], ids=len)
@pytest.mark.parametrize("feature", [SHA256, XXH3], ids=lambda feature: feature.column)
def test_a_checksum_of_another_length_is_none(tmp_path: Path, feature: Feature[str], damaged: bytes) -> None:
    """Else it stood in SHA256SUMS, which nobody could read any more."""
    files = put(tmp_path / "in", a="1")
    with Index(os.fspath(tmp_path / "index")) as index:
        index.remember(files[0], {feature.name: damaged})
        assert told(files, feature, index) == {"a": feature.read(files[0].path)}


@pytest.mark.parametrize("feature", [QUICK_HASH, PIXELS, STORED_PIXELS, APPEARANCE], ids=lambda feature: feature.column)
def test_a_look_of_another_length_is_none(tmp_path: Path, feature: Feature[object]) -> None:
    photo = build.jpeg(tmp_path / "a.jpg", 1, (64, 48))
    (file,) = [file for file in scan([str(tmp_path)]) if isinstance(file, MediaFile)]
    with Index(os.fspath(tmp_path / "index")) as index:
        ((_, (fresh,)),) = analyse([file], (feature,), index, workers=1)
        ((_, (known,)),) = analyse([file], (feature,), index, workers=1)
        index.remember(file, {feature.name: b"\x01\x02\x03"})
        ((_, (anew,)),) = analyse([file], (feature,), index, workers=1)
    assert fresh == known == anew and not isinstance(fresh, Failure)
    assert photo.exists()


def test_what_is_known_of_a_large_folder_is_fetched_in_portions(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "_PORTION", 2)
    files = put(tmp_path / "in", b="1", a="2", ä="3", Z="4", c="5")
    fetched: list[int] = []
    recall = Index.recall

    def watched(self: Index, folder: str, some: list[MediaFile], columns: list[str]) -> list[tuple[Value | None, ...]]:
        fetched.append(len(some))
        return recall(self, folder, some, columns)

    monkeypatch.setattr(Index, "recall", watched)
    for _ in range(2):
        log.write_text("")
        with Index(os.fspath(tmp_path / "index")) as index:
            assert told(files[::-1], question(log), index) == {"a": "2", "b": "1", "c": "5", "ä": "3", "Z": "4"}
    assert log.read_text() == ""
    assert fetched == [2, 2, 1]


def test_progress_counts_every_file_and_byte_once(tmp_path: Path, log: Path) -> None:
    done: list[tuple[int, int]] = []
    with Index(os.fspath(tmp_path / "index")) as index:
        told(put(tmp_path / "in", a="12"), question(log), index)
        files = put(tmp_path / "in", b="345", c="bad")
        told(files, question(log), index, advance=lambda some, size: done.append((some, size)))
    assert tuple(map(sum, zip(*done))) == (3, 8)


def test_an_interrupted_run_keeps_what_it_found_out(tmp_path: Path, log: Path) -> None:
    files = put(tmp_path / "in", a="1", b="2", c="3")
    with Index(os.fspath(tmp_path / "index")) as index:
        for file, _ in analyse(files, (question(log),), index, workers=1):
            first = file.name
            break
    with Index(os.fspath(tmp_path / "index")) as index:
        log.write_text("")
        assert len(told(files, question(log), index)) == 3
    assert first not in log.read_text().split()


def test_real_questions_give_what_the_eyes_say(tmp_path: Path) -> None:
    path = os.fspath(build.jpeg(tmp_path / "in" / "a.jpg", orientation=6))
    files = put(tmp_path / "in")
    for _ in range(2):
        with Index(os.fspath(tmp_path / "index")) as index:
            ((_, (checksum, fast, glance, seen)),) = analyse(files, (SHA256, XXH3, QUICK_HASH, PIXELS), index, workers=1)
            ((_, (stored,)),) = analyse(files, (STORED_PIXELS,), index, workers=1)
        assert (checksum, fast) == (sha256(path), xxh3(path))
        assert isinstance(glance, bytes) and isinstance(seen, str) and isinstance(stored, str) and stored != seen


claims = st.builds(DateClaim, st.sampled_from(DateSource), st.text(), st.text(), st.text())
numbers = st.none() | st.floats(allow_nan=False)
counts = st.none() | st.integers(0, 1 << 40)
metadata = st.builds(
    Metadata,
    format=st.text(),
    width=counts,
    height=counts,
    orientation=st.integers(1, 8),
    make=st.text(),
    latitude=numbers,
    duration=numbers,
    motion_photo=st.booleans(),
    claims=st.lists(claims, max_size=3).map(tuple),
    notes=st.lists(st.text(), max_size=3).map(tuple),
)


@given(metadata)
def test_metadata_survives_being_kept(found: Metadata) -> None:
    assert features.METADATA.decode(features.METADATA.encode(found)) == found


@given(st.builds(Appearance, st.integers(0, (1 << 64) - 1), st.binary(min_size=768, max_size=768), st.floats(0.01, 100), st.floats(0, 128)))
def test_an_appearance_survives_being_kept(seen: Appearance) -> None:
    assert features.APPEARANCE.decode(features.APPEARANCE.encode(seen)) == seen
