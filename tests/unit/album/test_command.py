"""The stages of an import where no whole run shows what they do."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from lib.album import command
from lib.files.volumes import Volume
from lib.reporting import csv_tables
from tests import build
from tests.run import Desk, read_report

DAY = "2019:07:03 12:34:56"


def run(desk: Desk, *words: str) -> int:
    """Import in this process, so that a test can stand in the way."""
    code: int = importlib.import_module("import").main([*desk.command()[2:], "--workers", "1", *words])
    return code


def test_a_report_that_cannot_be_written_is_written_elsewhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    real = csv_tables.write

    def full(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        if path == desk.report:
            raise OSError(28, "No space left on device")
        real(path, columns, rows)

    monkeypatch.setattr(csv_tables, "write", full)
    monkeypatch.setattr("tempfile.tempdir", os.fspath(desk.folder))

    assert run(desk) == 1
    (written,) = [Path(line.removeprefix("Report: ")) for line in capsys.readouterr().out.splitlines() if line.startswith("Report: ")]
    assert [row["action"] for row in read_report(written)] == ["moved"]
    assert any("no space left" in message for message in caplog.messages)
    assert set(desk.in_album()) == {"2019/07/a.jpg"}


def test_a_drive_as_windows_formats_them_gets_names_that_it_can_hold(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    build.jpeg(desk.source / "12:30 what?.jpg", 1, date=DAY)

    def stick(folder: str, volumes: Any) -> Volume:
        return Volume("uuid:1234-ABCD", "/", style="exfat")

    monkeypatch.setattr(command, "volume_of", stick)
    assert run(desk) == 0
    assert set(desk.in_album()) == {"2019/07/12_30 what_.jpg"}


def test_one_file_under_two_names_comes_in_once_and_the_next_run_tidies_up(desk: Desk) -> None:
    first = build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    data = first.read_bytes()
    os.link(first, desk.source / "b.jpg")
    for _ in range(2):
        done = desk.run("--duplicates", "delete")
        assert desk.in_album() == {"2019/07/a.jpg": data}
        assert all("run again" in row["error"] for row in done.rows if row["action"] == "failed")
    assert not build.tree(desk.source)
    assert done.code == 0
