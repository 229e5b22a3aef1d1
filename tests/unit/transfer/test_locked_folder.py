"""A run as a whole: alone in its folder, in batches, with a manifest and a journal that tell the truth."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lib.analysis.index import Index
from lib.model import BadRequest
from lib.transfer import batches, execution, file_transfer, journal, manifest
from lib.transfer.locked_folder import lock_folder
from lib.transfer.operation import OperationKind, Outcome, Result
from tests.moves import NOW, carry_out, copy, files, media, move, plan, write


def test_a_second_run_at_once_is_refused_with_one_sentence(tmp_path: Path) -> None:
    with (
        lock_folder(str(tmp_path / "album"), stop=threading.Event()),
        pytest.raises(BadRequest, match="Another run"),
        lock_folder(str(tmp_path / "album"), stop=threading.Event()),
    ):
        pass


def test_a_large_run_goes_through_in_batches_and_is_listed_whole(tmp_path: Path) -> None:
    photos = [write(tmp_path / f"source/{number % 7}/{number}.jpg", str(number)) for number in range(300)]
    album = tmp_path / "album"
    outcomes = carry_out(album, [move(photo, album, f"{number % 5}/{photo.name}") for number, photo in enumerate(photos)])
    assert [outcome.number for outcome in outcomes] == list(range(300))
    assert len(files(album)) == len(manifest.read(str(album))) == 300 and files(tmp_path / "source") == {}


def test_an_empty_plan_leaves_no_trace(tmp_path: Path) -> None:
    carry_out(tmp_path / "album", [])
    assert journal.runs(str(tmp_path / "album")) == [] and not (tmp_path / "album/SHA256SUMS").exists()


def test_what_is_known_of_a_file_goes_with_it(tmp_path: Path) -> None:
    photo, album = write(tmp_path / "source/a.jpg", "photo"), tmp_path / "album"
    with Index(str(tmp_path / "index")) as index:
        index.remember(media(photo), {"sha256_1": "known"})
        stop = threading.Event()
        with lock_folder(str(album), stop=stop) as locked:
            list(locked.perform("import", [move(photo, album, "a.jpg")], index, now=NOW, stop=stop, advance=lambda f, c: None))
        assert index.recall(str(album), [media(album / "a.jpg")], ["sha256_1"]) == [("known",)]


@pytest.mark.parametrize("kind", [OperationKind.COPY, OperationKind.REMOVE])
def test_what_the_index_knew_of_other_bytes_is_void(tmp_path: Path, kind: OperationKind) -> None:
    """On FAT and FUSE a file may be rewritten with its size and time kept: the index cannot see that, the transfer does."""
    photo, kept = write(tmp_path / "source/a.jpg", "as it is now"), write(tmp_path / "album/b.jpg", "as it was ...")
    other = write(tmp_path / "source/c.jpg", "another")
    destination = "a.jpg" if kind is OperationKind.COPY else "b.jpg"
    stale = replace(plan(kind, photo, tmp_path / "album", destination), checksum=f"sha256:{'0' * 64}")
    with Index(str(tmp_path / "index")) as index:
        for path in (photo, kept, other):
            index.remember(media(path), {"sha256_1": "known"})
        stop = threading.Event()
        with lock_folder(str(tmp_path / "album"), stop=stop) as locked:
            operations = [stale, copy(other, tmp_path / "album", "b.jpg")]
            first, second = locked.perform("import", operations, index, now=NOW, stop=stop, advance=lambda f, c: None)
        assert (first.result, second.result) == (Result.FAILED, Result.FAILED)
        void = {path.name: index.recall(str(path.parent), [media(path)], ["sha256_1"]) == [(None,)] for path in (photo, kept, other)}
    # What failed for another reason, a name that is taken or a disk that is full, need not be read anew.
    assert void == {"a.jpg": True, "b.jpg": kind is OperationKind.REMOVE, "c.jpg": False}


def test_stopping_leaves_what_had_not_its_turn(tmp_path: Path) -> None:
    photos = [write(tmp_path / f"source/{number}.jpg", str(number)) for number in range(200)]
    album, stop = tmp_path / "album", threading.Event()
    outcomes: list[Outcome] = []
    with Index(None) as index, lock_folder(str(album), stop=stop) as locked:
        operations = [move(photo, album, photo.name) for photo in photos]
        for outcome in locked.perform("import", operations, index, now=NOW, stop=stop, advance=lambda f, c: None):
            outcomes.append(outcome)
            stop.set()
    results = [outcome.result for outcome in outcomes]
    assert len(results) == 200 and set(results) == {Result.DONE, Result.STOPPED}
    assert len(files(album)) == len(manifest.read(str(album))) == results.count(Result.DONE)
    assert journal.runs(str(album))[0].ended == "stopped"


def test_names_that_differ_by_case_alone_do_not_meet_in_one_batch(tmp_path: Path) -> None:
    old, new = write(tmp_path / "album/A.jpg", "small"), write(tmp_path / "source/b", "large")
    operations = [move(old, tmp_path / "album", "superseded/A.jpg"), move(new, tmp_path / "album", "a.jpg")]
    assert [len(batch) for batch in batches.batches(enumerate(operations))] == [1, 1]


def test_a_folder_that_cannot_be_synced_is_told_of_and_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, album = write(tmp_path / "source/a.jpg", "photo"), tmp_path / "album"

    def failing(self: object, *, sources: bool) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("lib.transfer.batches.Handles.sync", failing)
        (outcome,) = carry_out(album, [move(photo, album, "a.jpg")])
    assert outcome.result is Result.DONE and "could not be made sure" in outcome.reason
    assert journal.runs(str(album))[0].ended == ""
    with lock_folder(str(album), stop=threading.Event()) as locked:
        assert [run.failures for run in locked.recovered] == [()]
    assert journal.runs(str(album))[0].ended == "recovered" and files(album) == {"a.jpg": "photo"}


def test_a_full_disk_ends_the_copying_but_not_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [write(tmp_path / f"source/{number}.jpg", "photo" * number) for number in range(1, 151)]
    album = tmp_path / "album"
    pour, written = file_transfer._pour, [0]

    def filling(reading: int, writing: int, checksum: str, advance: object) -> str:
        written[0] += 1
        if written[0] > 100:
            raise OSError(28, os.strerror(28))
        return pour(reading, writing, checksum, lambda count: None)

    monkeypatch.setattr(file_transfer, "_pour", filling)
    outcomes = carry_out(album, [plan(OperationKind.COPY, photo, album, photo.name) for photo in photos])
    failed = [outcome for outcome in outcomes if outcome.result is Result.FAILED]
    assert len(outcomes) == 150 and len(failed) == 50 and {outcome.reason for outcome in failed} == {"the disk is full"}
    assert written[0] <= 128, "what comes after a full disk is not tried"
    assert len(files(album)) == 100


def test_a_set_torn_apart_by_an_error_is_brought_together_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, video, album = write(tmp_path / "source/a.heic", "photo"), write(tmp_path / "source/a.mov", "video"), tmp_path / "album"
    place = execution._Batch._place

    def failing(self: execution._Batch, step: batches.Step) -> None:
        if step.operation.source.name == "a.mov":
            raise OSError(5, "Input/output error")
        place(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(execution._Batch, "_place", failing)
        carry_out(album, [move(path, album, path.name, group=1) for path in (photo, video)])
    assert files(tmp_path) == {"album/a.heic": "photo", "source/a.mov": "video"}
    with lock_folder(str(album), stop=threading.Event()):
        pass
    assert files(tmp_path) == {"album/a.heic": "photo", "album/a.mov": "video"}
    assert len(manifest.read(str(album))) == 2


def test_nothing_can_be_changed_once_the_lock_is_given_back(tmp_path: Path) -> None:
    photo, album, stop = write(tmp_path / "source/a.jpg", "photo"), tmp_path / "album", threading.Event()
    with lock_folder(str(album), stop=stop) as locked:
        pass
    with Index(None) as index, pytest.raises(ValueError, match="not locked any more"):
        list(locked.perform("import", [move(photo, album, "a.jpg")], index, now=NOW, stop=stop, advance=lambda f, c: None))
    assert files(tmp_path) == {"source/a.jpg": "photo"}
