"""Quarantine is emptied only of what still has its kept copy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import build
from tests.run import ROOT, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An album of three photos, and their copies in its quarantine."""
    made = Desk(tmp_path)
    for number in range(3):
        build.jpeg(made.source / f"{number}.jpg", number, (48, 32), date="2020:01:02 12:00:00")
    assert made.run("--copy").code == 0
    assert made.run("--duplicates", "quarantine").code == 0
    assert in_quarantine(made) == ["0.jpg", "1.jpg", "2.jpg"]
    return made


def in_quarantine(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.album / "quarantine").rglob("*.jpg"))


def find_duplicates(desk: Desk, *options: str, answer: str = "") -> tuple[int, str]:
    command = [sys.executable, os.fspath(ROOT / "find_duplicates.py"), "--input", os.fspath(desk.album), "--no-index", *options]
    done = subprocess.run(command, input=answer, capture_output=True, text=True, cwd=desk.folder, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_what_has_its_copy_goes_and_comes_back_by_undo(desk: Desk) -> None:
    code, told = find_duplicates(desk, "--empty-quarantine", answer="yes\n")
    assert (code, in_quarantine(desk)) == (0, []) and "3 files deleted" in told
    assert desk.start(desk.command("--verify")).code == 0
    assert desk.start(desk.command("--undo")).code == 0 and in_quarantine(desk) == ["0.jpg", "1.jpg", "2.jpg"]


@pytest.mark.parametrize("options, answer, code", [((), "no\n", 0), ((), "", 2), (("--dryrun",), "", 0)])
def test_without_a_yes_nothing_goes(desk: Desk, options: tuple[str, ...], answer: str, code: int) -> None:
    assert find_duplicates(desk, "--empty-quarantine", *options, answer=answer)[0] == code
    assert in_quarantine(desk) == ["0.jpg", "1.jpg", "2.jpg"]


def test_what_has_lost_its_copy_stays(desk: Desk) -> None:
    kept = {path.name: path for path in (desk.album / "2020").rglob("*.jpg")}
    kept["0.jpg"].unlink()
    data, seen = bytearray(kept["1.jpg"].read_bytes()), kept["1.jpg"].stat()
    data[300] ^= 1
    kept["1.jpg"].write_bytes(data)
    os.utime(kept["1.jpg"], ns=(seen.st_atime_ns, seen.st_mtime_ns))
    code, told = find_duplicates(desk, "--empty-quarantine", answer="yes\n")
    assert (code, in_quarantine(desk)) == (1, ["0.jpg", "1.jpg"]) and "1 file deleted" in told
