"""What was planned and done, read back after whatever happened in between."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lib.model import BadRequest
from lib.transfer import journal
from lib.transfer.journal import Progress, Run
from lib.transfer.operation import OperationKind
from tests.moves import NOW, carry_out, copy, media, move, remove, write


def only_run(root: Path) -> Run:
    (run,) = journal.runs(str(root))
    return run


def begin(root: Path, *names: str) -> journal.Journal:
    """A run that has planned to move these files, and no more."""
    writing = journal.start(str(root), "import", now=NOW)
    writing.plan([move(write(root.parent / "source" / name, name), root, name) for name in names])
    return writing


@pytest.fixture
def album(tmp_path: Path) -> Path:
    (tmp_path / "album").mkdir()
    return tmp_path / "album"


def test_a_run_is_read_back_as_it_was_done(album: Path) -> None:
    photos = [write(album.parent / "source" / name, text) for name, text in (("a", "1"), ("b", "2"), ("c", "1"))]
    operations = [move(photos[0], album, "x/a"), copy(photos[1], album, "b"), remove(photos[2], album, "x/a")]
    carry_out(album, operations)
    run = only_run(album)
    assert (run.command, run.started, run.ended, run.undoes) == ("import", "2024-05-06 07:08:09", "complete", "")
    assert run.operations == operations and [number for number, _ in run.done()] == [0, 1, 2]


def test_names_of_any_bytes_are_read_back(album: Path) -> None:
    names = ["new\nline", "quote\"'\\", "ümläut", "写真", "no utf-8 \udcff\udcfe.jpg"]
    photo = write(album.parent / "source/a", "a")
    writing = journal.start(str(album), "import", now=NOW)
    writing.plan([replace(move(photo, album, name), source=replace(media(photo), name=name)) for name in names])
    writing.close()
    assert [(operation.source.name, operation.destination) for operation in only_run(album).operations] == [(name, name) for name in names]


def test_a_torn_last_line_is_what_a_kill_leaves(album: Path) -> None:
    writing = begin(album, "a", "b")
    writing.mark([0], Progress.PLACED, sync=True)
    writing.close()
    path = only_run(album).path
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        lines = whole[:cut].split(b"\n")[:-1]
        runs = journal.runs(str(album))
        assert len(runs) == bool(lines)
        assert not runs or len(runs[0].operations) == sum(b'"plan"' in line for line in lines)


def test_what_follows_a_torn_line_is_written_behind_what_is_whole(album: Path) -> None:
    writing = begin(album, "a")
    writing.close()
    path = only_run(album).path
    with path.open("ab") as file:
        file.write(b'{"k":"pla')
    writing = journal.resume(str(album), only_run(album))
    writing.mark([0], Progress.DONE, sync=False)
    writing.end("recovered")
    run = only_run(album)
    assert run.ended == "recovered" and run.progress == [Progress.DONE]


@pytest.mark.parametrize(
    "line", [b"rubbish", b'{"k":"done","n":7}', b'{"k":"done","n":-1}', b'{"k":"slept","n":0}', b'{"n":0}', b"[]", b"\xff\x00"]
)
def test_a_damaged_journal_is_named_with_its_line(album: Path, line: bytes) -> None:
    begin(album, "a").close()
    path = only_run(album).path
    head, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(b"\n".join((head, line, rest)))
    with pytest.raises(BadRequest, match="damaged at line 2; move it away"):
        journal.runs(str(album))


def test_runs_come_in_their_order_also_when_the_clock_goes_backwards(album: Path) -> None:
    for hours in (3, 1, 2, 2, 0):
        writing = journal.start(str(album), f"after {hours} hours", now=NOW + timedelta(hours=hours))
        writing.end("complete")
    assert [run.command for run in journal.runs(str(album))] == [f"after {hours} hours" for hours in (3, 1, 2, 2, 0)]


def test_an_album_that_is_mounted_elsewhere_is_still_the_same(album: Path) -> None:
    photo = write(album / "2019/a.jpg", "photo")
    carry_out(album, [move(photo, album, "superseded/a.jpg"), move(write(album.parent / "source/b", "b"), album, "2019/a.jpg")])
    elsewhere = album.parent / "album of another name"
    album.rename(elsewhere)
    first, second = only_run(elsewhere).operations
    assert (first.source.path, first.target) == (str(elsewhere / "2019/a.jpg"), str(elsewhere / "superseded/a.jpg"))
    assert (second.source.path, second.target) == (str(album.parent / "source/b"), str(elsewhere / "2019/a.jpg"))


def test_a_move_whose_source_was_kept_is_read_back_as_a_copy(album: Path) -> None:
    writing = begin(album, "a")
    writing.mark([0], Progress.KEPT, sync=False)
    writing.end("complete")
    run = only_run(album)
    assert [(operation.kind, run.progress[0]) for operation in run.operations] == [(OperationKind.COPY, Progress.DONE)]


def test_a_journal_that_the_disk_did_not_keep_is_found_out_before_anything_is_done(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = journal.start(str(album), "import", now=NOW)
    os.truncate(next(album.glob(".photo-toolkit/runs/*")), 0)
    with pytest.raises(OSError, match="did not keep"):
        writing.plan([move(write(album.parent / "source/a", "a"), album, "a")])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_journal_is_never_written_over_a_planted_link(album: Path) -> None:
    outside = album.parent / "outside"
    outside.mkdir()
    (album / ".photo-toolkit").symlink_to(outside)
    with pytest.raises(OSError):
        journal.start(str(album), "import", now=NOW)
    assert list(outside.iterdir()) == []
