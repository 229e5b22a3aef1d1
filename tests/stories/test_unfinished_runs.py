"""A start looks for runs that were cut off, and does not read the whole history of an album for it."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from lib.files import own_files
from lib.files.folders import Folder
from lib.files.scanning import OWN_FOLDER
from lib.transfer import journal

NOW = datetime(2020, 1, 1)


def start(root: Path) -> journal.Journal:
    (root / OWN_FOLDER).mkdir(exist_ok=True)
    return journal.start(os.fspath(root), "import", now=NOW)


def test_only_runs_that_were_cut_off_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for state in ("complete", "stopped", "recovered"):
        start(tmp_path).end(state)
    cut_off = start(tmp_path)
    cut_off.plan([])
    cut_off.close()
    read: list[Path] = []
    reader = own_files.read_file

    def noted(folder: Folder, name: str) -> bytes:
        read.append(Path(folder.path, name))
        return reader(folder, name)

    monkeypatch.setattr(journal, "read_file", noted)
    assert [run.run_id for run in journal.unfinished(os.fspath(tmp_path))] == [cut_off.run_id]
    assert read == [cut_off.path]


@pytest.mark.parametrize("rest", [b'{"k":"end","sta', b'{"k":"end","state":"complete"}', b""], ids=["cut", "no line end", "no end"])
def test_a_torn_end_is_no_end(tmp_path: Path, rest: bytes) -> None:
    torn = start(tmp_path)
    torn.close()
    with torn.path.open("ab") as file:
        file.write(rest)
    assert [run.run_id for run in journal.unfinished(os.fspath(tmp_path))] == [torn.run_id]


def test_a_journal_of_nothing_is_no_run(tmp_path: Path) -> None:
    assert journal.unfinished(os.fspath(tmp_path)) == []
    made = start(tmp_path)
    made.close()
    made.path.write_bytes(b"")
    assert journal.unfinished(os.fspath(tmp_path)) == []
