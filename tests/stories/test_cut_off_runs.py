"""What was done always reaches a report: that of the run itself where it can still write, else that of the next one."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests import build
from tests.faults import law
from tests.run import Desk, read_report

MANY = 1000  # photos: several batches of a run, so that a signal meets it in the middle


@pytest.fixture
def photos(desk: Desk) -> dict[str, str]:
    """Many small photos of one day, each with its path."""
    for number in range(MANY):
        build.jpeg(desk.source / f"IMG_{number:04}.JPG", number + 1, (16, 16), date="2019:07:03 12:00:00")
    return law.look([desk.source])


@pytest.mark.skipif(os.name == "nt", reason="terminals are closed in another way there")
def test_a_terminal_that_is_closed_ends_the_run_gently_and_with_a_report(desk: Desk, far_path: Path, photos: dict[str, str]) -> None:
    import pty

    album, command = far_path / "album", desk.command(album=far_path / "album")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(desk.folder)
        os.execv(command[0], command)
    ended = time.monotonic() + 60
    while not list(album.glob("2019/07/*.JPG")) and time.monotonic() < ended:
        if select.select([terminal], [], [], 0.002)[0]:
            os.read(terminal, 4096)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    rows = read_report(desk.report)
    assert len(rows) == MANY and {row["action"] for row in rows} == {"moved", "skipped"}
    law.nothing_lost(photos, law.look([desk.source, album]))
    skipped = sum(row["action"] == "skipped" for row in rows)
    assert len(law.look([desk.source])) == skipped
    assert desk.run(album=album).counts["moved"] == skipped


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_what_a_killed_run_did_is_in_the_report_of_the_next_one(desk: Desk, far_path: Path, photos: dict[str, str]) -> None:
    album = far_path / "album"
    with subprocess.Popen(desk.command(album=album), cwd=desk.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None and len(law.look([desk.source])) == MANY:
            time.sleep(0.002)
        run.send_signal(signal.SIGKILL)
    left = set(law.look([desk.source]))
    assert 0 < len(left) < MANY and not desk.report.exists()
    again = desk.run(album=album)
    assert (again.code, len(again.rows)) == (0, MANY), again.err
    assert {row["source"] for row in again.rows} == set(photos) and again.counts["moved"] == MANY
    recovered = [row for row in again.rows if row["rule"] == "recovered"]
    assert {row["source"] for row in recovered} >= set(photos) - left
    assert all("had been cut off" in row["reason"] and (album / row["destination"]).exists() for row in recovered)
    assert len(law.visible(law.look([album]))) == MANY and law.look([desk.source]) == {}


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_ctrl_c_twice_stops_at_once_and_still_leaves_a_report(desk: Desk, far_path: Path, photos: dict[str, str]) -> None:
    album = far_path / "album"
    with subprocess.Popen(desk.command(album=album), cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        while run.poll() is None and not list(album.glob("2019/07/*.JPG")):
            time.sleep(0.002)
        for _ in range(2):
            run.send_signal(signal.SIGINT)
            time.sleep(0.005)
        out, _ = run.communicate(timeout=60)
    assert run.returncode == 130 and "Traceback" not in out, out
    rows = read_report(desk.report)
    assert len(rows) == MANY and {row["action"] for row in rows} <= {"moved", "skipped"}, out
    law.nothing_lost(photos, law.look([desk.source, album]))
    again = desk.run(album=album)
    assert again.code == 0 and {row["source"] for row in rows if row["action"] == "skipped"} <= {row["source"] for row in again.rows}
    assert len(law.visible(law.look([album]))) == MANY
