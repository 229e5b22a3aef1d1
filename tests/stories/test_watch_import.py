"""`import.py --watch` as a person meets it: a real process, real files that come slowly, at once, late, or not at all."""

from __future__ import annotations

import contextlib
import csv
import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import pytest

from lib.album import command
from lib.album.decision import Action, Decision, Rule
from lib.model import BadRequest, MediaFile
from lib.watch import command as attending_room
from tests import build

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "import.py"
DEADLINE = 60.0  # seconds after which something that does not happen fails its test
SHOT = "2019:07:03 12:34:56"


@dataclass
class Attended:
    """A running watch: where to drop files, what has become of them, and what the person reads."""

    folder: Path
    album: Path
    place: Path
    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def rows(self) -> dict[str, dict[str, str]]:
        """All rows of all reports by the source's name."""
        found = [row for report in self.reports for row in csv.DictReader(report.open(encoding="utf-8-sig"))]
        assert len({row["source"] for row in found}) == len(found), "a file was reported twice"
        return {Path(row["source"]).name: row for row in found}

    @property
    def reports(self) -> list[Path]:
        return sorted(self.place.glob("import-report-*.csv"))

    @property
    def summaries(self) -> list[str]:
        return [line for line in self.printed if " found = " in line]

    def in_album(self) -> dict[str, bytes]:
        return {name: data for name, data in build.tree(self.album).items() if name[0] != "." and name != "SHA256SUMS"}

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            assert self.process.poll() is None, f"ended before: {what}\n{self.told}"
            assert time.monotonic() < end, f"never: {what}\n{self.told}\n{self.printed}"
            time.sleep(0.02)

    def imports(self, count: int) -> None:
        """Return when so many batches have been imported and told."""
        self.eventually(lambda: sum(line.startswith("Report: ") for line in self.printed) >= count, f"{count} batches imported")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@contextlib.contextmanager
def attending(place: Path, *options: str) -> Iterator[Attended]:
    folder, album = place / "in", place / "album"
    folder.mkdir(exist_ok=True)
    words = ["--watch", "--settle", "0.3", "--workers", "1", "--index", os.fspath(place / "index.sqlite"), *options]
    command = [sys.executable, os.fspath(SCRIPT), "--input", os.fspath(folder), "--output", os.fspath(album), *words]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        attended = Attended(folder, album, place, process)
        readers = [follow(process.stdout, attended.printed), follow(process.stderr, attended.told)]
        try:
            attended.eventually(lambda: any("Watching" in line for line in attended.told), "watching")
            yield attended
        finally:
            process.kill()
            for reader in readers:
                reader.join(DEADLINE)


def follow(stream: IO[str] | None, lines: list[str]) -> threading.Thread:
    """Read along for as long as there is something to read."""
    assert stream is not None
    reader = threading.Thread(target=lines.extend, args=[iter(stream)])
    reader.start()
    return reader


def drop(folder: Path, name: str, seed: int = 1) -> bytes:
    """A photo with its sidecar, made elsewhere and moved in, so that it waits for nothing."""
    folder.mkdir(exist_ok=True)
    made = build.jpeg(folder.parent / f"made-{name}", seed, date=SHOT)
    data = made.read_bytes()
    (folder / f"{name}.xmp").write_text("<x/>")
    os.rename(made, folder / name)
    return data


SLOW_COPIES = {
    "held open": "f = open(to, 'wb')\nfor part in parts: f.write(part); f.flush(); time.sleep(0.25)\nf.close()",
    "opened for each part": "for part in parts:\n    with open(to, 'ab') as f: f.write(part)\n    time.sleep(0.25)",
    "at full size from the start": """
f = open(to, 'wb'); f.truncate(len(data)); f.close()
for number, part in enumerate(parts):
    with open(to, 'r+b') as f: f.seek(sum(map(len, parts[:number]))); f.write(part)
    time.sleep(0.25)
""",
}
# Longer without a word than the others take and settle: only that it is held open tells that more is to come
if sys.platform == "linux":
    SLOW_COPIES["stalled"] = "f = open(to, 'wb'); f.write(data[:99]); f.flush(); time.sleep(6); f.write(data[99:]); f.close()"
SLOW_COPIER = """
import sys, time
print('ready', flush=True)
sys.stdin.read()
data = open(sys.argv[1], 'rb').read()
to = sys.argv[2]
parts = [data[start:start + len(data) // 9 + 1] for start in range(0, len(data), len(data) // 9 + 1)]
"""


@contextlib.contextmanager
def copier(way: str, source: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that waits at the start for the end of its input, then copies `source` into `folder`."""
    command = [sys.executable, "-c", SLOW_COPIER + SLOW_COPIES[way], os.fspath(source), os.fspath(folder / source.name)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        yield process


def test_slow_copies_are_imported_once_and_whole(tmp_path: Path) -> None:
    sources = {way: build.jpeg(tmp_path / f"{way}.jpg", seed, (640, 480), date=SHOT) for seed, way in enumerate(SLOW_COPIES)}
    with attending(tmp_path, "--settle", "2") as watch:
        with contextlib.ExitStack() as all_of_them:
            copiers = [all_of_them.enter_context(copier(way, path, watch.folder)) for way, path in sources.items()]
            for each in copiers:
                assert each.stdin
                each.stdin.close()
        assert [each.returncode for each in copiers] == [0] * len(copiers)
        watch.imports(1)
        assert watch.end() == 0
    assert watch.in_album() == {f"2019/07/{path.name}": path.read_bytes() for path in sources.values()}
    assert [row["action"] for row in watch.rows.values()] == ["moved"] * len(sources)
    assert len(watch.reports) == 1


def test_five_hundred_files_at_once_come_in_as_one_run(tmp_path: Path) -> None:
    card = tmp_path / "card"
    for number in range(500):
        build.jpeg(card / f"{number // 100}CARD" / f"IMG_{number:04}.JPG", number, size=(24, 16), date=SHOT)
    content = sorted(build.tree(card).values())
    with attending(tmp_path) as watch:
        shutil.copytree(card, watch.folder / "DCIM")
        watch.imports(1)
        assert watch.end() == 0
    assert watch.summaries == [f"500 found = 500 moved{''.join(f' + 0 {word}' for word in NOT_MOVED)}\n"]
    assert sorted(watch.in_album().values()) == content
    assert len(watch.reports) == 1
    assert len(watch.rows) == 500


NOT_MOVED = ("copied", "duplicate", "superseded", "in place", "skipped", "failed")


def test_a_live_photo_whose_video_comes_three_seconds_later_stays_together(tmp_path: Path) -> None:
    video = build.video(tmp_path / "made.mov", created="2019-07-03T10:34:56Z")
    with attending(tmp_path) as watch:
        build.heic(watch.folder / "IMG_1.HEIC", date=SHOT, offset="+02:00")
        time.sleep(3)  # what this is about
        shutil.copy(video, watch.folder / "IMG_1.MOV")
        watch.imports(1)
        assert watch.end() == 0
    assert set(watch.in_album()) == {"2019/07/IMG_1.HEIC", "2019/07/IMG_1.MOV"}
    assert watch.rows["IMG_1.MOV"]["belongs_to"] == os.fspath(watch.folder / "IMG_1.HEIC")
    assert len(watch.reports) == 1


def test_a_folder_that_is_replaced_is_watched_on(tmp_path: Path) -> None:
    with attending(tmp_path) as watch:
        content = [drop(watch.folder, "a.jpg", 1)]
        watch.imports(1)
        shutil.rmtree(watch.folder)
        watch.eventually(lambda: any("gone" in line for line in watch.told), "told that the folder is gone")
        content.append(drop(watch.folder, "b.jpg", 2))
        watch.imports(2)
        shutil.rmtree(watch.folder)
        content.append(drop(watch.folder, "c.jpg", 3))
        watch.imports(3)
        assert watch.end() == 0
    assert [watch.in_album()[f"2019/07/{name}.jpg"] for name in "abc"] == content


def test_a_download_is_taken_under_its_last_name(tmp_path: Path) -> None:
    with attending(tmp_path) as watch:
        made = build.jpeg(tmp_path / "made.jpg", date=SHOT)
        shutil.copy(made, watch.folder / "a.jpg.crdownload")
        drop(watch.folder, "b.jpg", 2)
        watch.imports(1)
        (watch.folder / "a.xmp").write_text("<x/>")
        os.rename(watch.folder / "a.jpg.crdownload", watch.folder / "a.jpg")
        watch.imports(2)
        assert watch.end() == 0
    assert watch.in_album()["2019/07/a.jpg"] == made.read_bytes()
    assert "a.jpg.crdownload" not in watch.rows


@pytest.mark.parametrize("option", [["--poll", "0.3"], ["--dryrun"], ["--copy"]], ids=str)
def test_other_ways_to_watch(tmp_path: Path, option: list[str]) -> None:
    with attending(tmp_path, *option) as watch:
        data = drop(watch.folder, "a.jpg", 1)
        watch.imports(1)
        drop(watch.folder, "b.jpg", 2)
        watch.imports(2)
        assert watch.end() == 0
    assert set(watch.rows) == {"a.jpg", "a.jpg.xmp", "b.jpg", "b.jpg.xmp"}
    assert watch.album.exists() == (option != ["--dryrun"])
    assert (watch.folder / "a.jpg").exists() == (option != ["--poll", "0.3"])
    if watch.album.exists():
        assert watch.in_album()["2019/07/a.jpg"] == data


def test_a_sidecar_that_comes_late_still_joins_a_photo_that_was_copied(tmp_path: Path) -> None:
    with attending(tmp_path, "--copy", "--names", "{year}-{month}-{day}") as watch:
        build.jpeg(watch.folder / "IMG_1.jpg", date=SHOT)
        watch.imports(1)
        (watch.folder / "IMG_1.jpg.supplemental-metadata.json").write_text("{}")
        watch.imports(2)
        assert watch.end() == 0
    assert set(watch.in_album()) == {"2019/07/2019-07-03.jpg", "2019/07/2019-07-03.jpg.json"}


def test_a_broken_file_is_told_and_the_watch_goes_on(tmp_path: Path) -> None:
    with attending(tmp_path) as watch:
        (watch.folder / "broken.jpg").write_bytes(b"no picture")
        drop(watch.folder, "a.jpg")
        watch.imports(1)
        assert watch.end() == 1
    assert watch.rows["broken.jpg"]["action"] == "skipped"
    assert watch.rows["a.jpg"]["action"] == "moved"


def test_an_album_whose_drive_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with attending(tmp_path) as watch:
        drop(watch.folder, "a.jpg", 1)
        watch.imports(1)
        os.rename(watch.album, tmp_path / "elsewhere")
        data = drop(watch.folder, "b.jpg", 2)
        watch.eventually(lambda: any("is gone; connect" in line for line in watch.told), "told that the album is gone")
        assert watch.end() == 0
    assert not watch.album.exists()
    assert (watch.folder / "b.jpg").read_bytes() == data


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_it_stops_in_the_middle_with_every_file_whole_and_goes_on_from_there(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "in"
    for each in range(120):
        build.jpeg(folder / f"IMG_{each // 2:03}{'-edited' * (each % 2)}.jpg", each, size=(64, 48), date=SHOT)
    content = sorted(build.tree(folder).values())
    with attending(tmp_path) as watch:
        watch.eventually(lambda: watch.album.exists() and bool(watch.in_album()), "begun")
        code = watch.end(number)
    assert code in ((0, 130) if len(watch.in_album()) == len(content) else (130,))
    assert sorted([*build.tree(folder).values(), *watch.in_album().values()]) == content
    if not any(folder.iterdir()):
        return  # the signal came after the last file
    with attending(tmp_path) as watch:
        watch.eventually(lambda: not any(folder.iterdir()), "all imported")
        watch.imports(1)
        assert watch.end() == 0
    assert sorted(watch.in_album().values()) == content


def job(place: Path) -> command.ImportJob:
    (place / "in").mkdir()
    script = importlib.import_module("import")
    words = f"--input {place}/in --output {place}/album --report {place}/report.csv --no-index".split()
    return command.job(script.parser().parse_args(words), datetime.now().astimezone())


def test_a_batch_that_could_not_begin_is_tried_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending_room, "_RETRY", 0.5)
    asked = job(tmp_path)
    drop(tmp_path / "in", "a.jpg")
    batches: list[set[str]] = []

    def run(turn: command.ImportJob, files: Sequence[MediaFile]) -> list[Decision]:
        batches.append({file.name for file in files})
        if len(batches) < 3:
            raise BadRequest("Another run is at work.")
        turn.stopped = True
        return []

    assert attending_room.watch_folders(asked, run, settle=0.2, poll=0.1) == 130
    assert batches == [{"a.jpg", "a.jpg.xmp"}] * 3


def test_a_file_that_failed_is_tried_again_with_the_next_batch(tmp_path: Path) -> None:
    asked = job(tmp_path)
    drop(tmp_path / "in", "a.jpg")
    batches: list[set[str]] = []

    def run(turn: command.ImportJob, files: Sequence[MediaFile]) -> list[Decision]:
        batches.append({file.name for file in files})
        if len(batches) == 1:
            drop(tmp_path / "in", "b.jpg")
        turn.stopped = len(batches) == 2
        return [Decision(file, Action.FAILED, Rule.UNREADABLE, error="no") for file in files if file.name == "a.jpg"]

    assert attending_room.watch_folders(asked, run, settle=0.2, poll=0.1) == 130
    assert batches == [{"a.jpg", "a.jpg.xmp"}, {"a.jpg", "b.jpg", "b.jpg.xmp"}]


@pytest.mark.parametrize("words", [["--settle", "0"], ["--poll", "never"], ["--settle", "-1"]], ids=str)
def test_a_time_that_is_none_is_wrong_usage(tmp_path: Path, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "-i", tmp_path, "-o", tmp_path / "album", "--watch", *words],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 2
    assert "seconds" in done.stderr


def test_an_upload_that_stalls_is_not_taken_for_a_whole_picture(tmp_path: Path) -> None:
    with attending(tmp_path) as attended:
        whole = build.jpeg(tmp_path / "made.jpg", 1, (1200, 900), date=SHOT).read_bytes()
        (attended.folder / "a.jpg.xmp").write_text("<x/>")
        (attended.folder / "a.jpg").write_bytes(whole[: len(whole) // 2])
        time.sleep(1.5)  # five times as long as a file has to stand still here
        assert attended.in_album() == {} and not attended.reports
        with (attended.folder / "a.jpg").open("ab") as file:
            file.write(whole[len(whole) // 2 :])
        attended.imports(1)
        assert attended.in_album()["2019/07/a.jpg"] == whole
        assert attended.rows["a.jpg"]["damaged"] == ""
