"""find_duplicates.py as a person runs it: trees go in, a report comes out, and what is marked in it goes to quarantine and back."""

from __future__ import annotations

import csv
import importlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import build
from tests.run import ROOT, read_report

find_duplicates = importlib.import_module("find_duplicates")
SCRIPT = os.fspath(ROOT / "find_duplicates.py")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


class Table:
    """Folders to search, and one that the report goes to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.drive, self.report = folder, folder / "drive", folder / "out" / "duplicates.csv"
        self.drive.mkdir()
        self.report.parent.mkdir()

    def run(self, *options: str | Path) -> Ended:
        command = [sys.executable, SCRIPT, *(os.fspath(option) for option in options), "--index", os.fspath(self.folder / "index")]
        done = subprocess.run(
            command, capture_output=True, cwd=self.report.parent, env={**os.environ, "TZ": "UTC"}, timeout=300, check=False
        )
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in err, err
        return Ended(done.returncode, out, err)

    def search(self, *options: str | Path, code: int = 0) -> list[Row]:
        """The rows of a search below the drive (unless other folders are named), without the page."""
        inputs = () if "--input" in options else ("--input", self.drive)
        ended = self.run(*inputs, "--no-page", *options)
        assert ended.code == code, ended
        return read_report(self.report)

    def edit(self, decide: Callable[[Row], str]) -> list[Row]:
        """Write the action that `decide` gives into every row of the report."""
        rows = read_report(self.report)
        for row in rows:
            row["action"] = decide(row)
        save(self.report, rows)
        return rows

    def files(self) -> dict[str, bytes]:
        """What lies on the drive, but for the toolkit's own folder."""
        return {name: data for name, data in build.tree(self.drive).items() if ".photo-toolkit" not in name}


def save(path: Path, rows: list[Row], delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        lines.writeheader()
        lines.writerows(rows)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def put(root: Path, **contents: bytes) -> None:
    for name, data in contents.items():
        path = root / name.replace("__", "/").replace("_jpg", ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def groups(rows: list[Row], kind: str) -> set[frozenset[str]]:
    """The names of the files of each group of a kind."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row["kind"] == kind:
            found.setdefault(row["group"], set()).add(os.path.basename(row["path"]))
    return {frozenset(names) for names in found.values()}


def actions(rows: list[Row]) -> dict[str, str]:
    return {os.path.basename(row["path"]): row["action"] for row in rows}


def test_identical_files_are_found_whatever_they_are_called(table: Table) -> None:
    big, small = random.Random(1).randbytes(300_000), random.Random(2).randbytes(5_000)
    late, middle = bytearray(big), bytearray(big)
    late[-1] ^= 1
    middle[150_000] ^= 1
    put(table.drive, a__1_jpg=big, b__2_jpg=big, c__late_jpg=bytes(late), c__middle_jpg=bytes(middle), d__3_jpg=small, e__4_jpg=small)
    put(table.drive, empty1_jpg=b"", empty2_jpg=b"", notes=big)
    os.link(table.drive / "a" / "1.jpg", table.drive / "hard.jpg")
    os.symlink(table.drive / "a" / "1.jpg", table.drive / "soft.jpg")
    os.symlink(table.drive, table.drive / "loop")
    rows = table.search("--level", "identical")
    assert {len(group) for group in groups(rows, "identical")} == {2}
    assert frozenset({"3.jpg", "4.jpg"}) in groups(rows, "identical")
    assert {"late.jpg", "middle.jpg", "empty1.jpg", "notes", "soft.jpg"}.isdisjoint(actions(rows))
    assert len({"1.jpg", "hard.jpg"} & set(actions(rows))) == 1
    assert [row["action"] for row in rows] == ["keep", "remove", "keep", "remove"]
    assert rows[0]["size"] == "300000", "the biggest gain comes first"
    assert all(row["checksum"].startswith("xxh3_128:") for row in rows)
    everything = table.search("--level", "identical", "--all-files")
    assert any("notes" in group for group in groups(everything, "identical"))


def test_the_same_picture_is_told_from_a_similar_one(table: Table) -> None:
    original = build.jpeg(table.drive / "original.jpg", 1, (800, 600), date="2019:07:03 12:34:56", model="Pixel 3")
    build.jpeg(table.drive / "retagged.jpg", 1, (800, 600), model="Other")
    build.jpeg(table.drive / "flagged.jpg", 1, (800, 600), orientation=6)
    with Image.open(original) as picture:
        picture.load()
        picture.save(table.drive / "lossless.png")
        picture.resize((400, 300)).save(table.drive / "small.jpg", quality=80)
    build.heic(table.drive / "phone.heic", 1, (800, 600))
    build.jpeg(table.drive / "stranger.jpg", 2, (800, 600))
    same, similar = frozenset({"original.jpg", "retagged.jpg", "flagged.jpg", "lossless.png"}), {"phone.heic", "small.jpg"}
    rows = table.search("--level", "picture")
    assert groups(rows, "picture") == {same}
    assert actions(rows) == {"original.jpg": "keep", "retagged.jpg": "remove", "flagged.jpg": "remove", "lossless.png": "remove"}
    assert rows[0]["reason"] == "kept: has its date and tags"
    assert (rows[0]["width"], rows[0]["height"], rows[0]["capture_date"], rows[0]["camera"]) == (
        "800",
        "600",
        "2019-07-03 12:34:56",
        "Pixel 3",
    )
    rows = table.search()
    assert groups(rows, "picture") == {same}
    (found,) = groups(rows, "similar")
    assert similar < found and len(found & same) == 1
    assert {row["action"] for row in rows if row["kind"] == "similar"} == {""}
    assert "stranger.jpg" not in actions(rows)


def test_copies_of_the_same_picture_are_in_one_place_each(table: Table) -> None:
    first = build.jpeg(table.drive / "best.jpg", 1, date="2019:07:03 12:34:56", model="Pixel 3")
    second = build.jpeg(table.drive / "plain.jpg", 1)
    shutil.copy2(first, table.drive / "best copy.jpg")
    shutil.copy2(second, table.drive / "plain copy.jpg")
    rows = table.search()
    assert groups(rows, "identical") == {frozenset({"best.jpg", "best copy.jpg"})} or "best copy.jpg" in actions(rows)
    removed = [row["path"] for row in rows if row["action"] == "remove"]
    assert len(removed) == len(set(removed)) == 3
    kept = {row["path"] for row in rows if row["action"] == "keep"}
    assert len(kept) == 1 and kept.isdisjoint(removed)


def test_bursts_are_named_and_nothing_is_proposed_for_them(table: Table) -> None:
    scene = build.picture(5, (700, 520))
    for number in range(3):
        frame = scene.crop((number * 6, number * 4, 640 + number * 6, 480 + number * 4))
        frame.save(table.drive / f"B{number}.jpg", quality=92, exif=build.exif(f"2020:01:01 10:00:0{number}", make="Canon", model="EOS"))
    scene.crop((0, 0, 640, 480)).resize((320, 240)).save(
        table.drive / "small.jpg", exif=build.exif("2020:01:01 10:00:00", make="Canon", model="EOS")
    )
    rows = table.search()
    assert frozenset({"B0.jpg", "B1.jpg", "B2.jpg"}) in groups(rows, "burst")
    assert frozenset({"B0.jpg", "small.jpg"}) in groups(rows, "similar")
    assert set(actions(rows).values()) == {""}


def test_a_video_that_was_encoded_anew_is_similar_and_another_is_not(table: Table) -> None:
    build.video(table.drive / "one.mp4", 3)
    build.video(table.drive / "other.mov", 3)
    build.video(table.drive / "longer.mp4", 3, frames=60)
    build.video(table.drive / "stranger.mp4", 4)
    assert groups(table.search(), "similar") == {frozenset({"one.mp4", "other.mov"})}


def test_a_live_photo_and_a_raw_pair_are_no_duplicates(table: Table) -> None:
    with Image.open(build.jpeg(table.drive / "IMG_1.jpg", 3, (160, 120))) as picture:
        picture.save(table.drive / "IMG_1.dng", "TIFF")
    assert table.search() == []


def test_similarity_can_be_said_in_words_and_numbers(table: Table) -> None:
    scene = build.picture(5, (640, 480))
    scene.save(table.drive / "whole.jpg")
    scene.crop((40, 0, 640, 450)).save(table.drive / "part.jpg")
    assert len(table.search("--similarity", "loose")) == 2
    likeness = float(read_report(table.report)[1]["similarity"])
    assert 0.8 <= likeness < 1
    assert len(table.search("--similarity", f"{likeness * 100 - 1:.1f}")) == 2
    assert table.search("--similarity", "100") == []
    assert table.run("--input", table.drive, "--similarity", "rather").code == 2


def test_reference_folders_are_kept_and_not_held_against_each_other(table: Table) -> None:
    data = random.Random(1).randbytes(9000)
    put(table.folder, ref__1_jpg=data, ref__deeper__2_jpg=data, drive__3_jpg=data)
    put(table.folder, ref__4_jpg=data[::-1], ref__5_jpg=data[::-1])
    rows = table.search("--level", "identical", "--reference", table.folder / "ref")
    assert actions(rows) == {"1.jpg": "keep", "3.jpg": "remove"}
    assert rows[0]["reason"] == "kept: in a reference folder"
    rows = table.search("--level", "identical", "--reference", table.folder / "ref", "--within-reference")
    assert actions(rows) == {"1.jpg": "keep", "2.jpg": "keep", "3.jpg": "remove", "4.jpg": "keep", "5.jpg": "keep"}


def test_the_person_can_put_a_folder_first(table: Table) -> None:
    data = random.Random(1).randbytes(9000)
    put(table.drive, a__1_jpg=data, much_deeper__folder__2_jpg=data)
    assert actions(table.search("--level", "identical"))["1.jpg"] == "keep"
    rows = table.search("--level", "identical", "--keep-order", table.drive / "much_deeper")
    assert actions(rows) == {"2.jpg": "keep", "1.jpg": "remove"}
    assert rows[0]["reason"] == "kept: its folder was put first"


def test_a_second_run_reads_no_picture(table: Table) -> None:
    build.jpeg(table.drive / "a.jpg", 1)
    build.jpeg(table.drive / "b.jpg", 1, model="Other")
    first = table.search()
    trace = table.folder / "trace"
    if shutil.which("strace"):
        words = ["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", os.fspath(trace)]
        command = [
            *words,
            sys.executable,
            SCRIPT,
            "--input",
            os.fspath(table.drive),
            "--no-page",
            "--index",
            os.fspath(table.folder / "index"),
        ]
        subprocess.run(command, cwd=table.report.parent, check=True, capture_output=True)
        assert "a.jpg" not in trace.read_text() and "b.jpg" not in trace.read_text()
    assert table.search() == first


def test_a_broken_file_is_named_and_the_rest_is_compared(table: Table) -> None:
    data = random.Random(1).randbytes(9000)
    put(table.drive, broken1_jpg=data, broken2_jpg=data)
    build.jpeg(table.drive / "a.jpg", 1)
    build.jpeg(table.drive / "b.jpg", 1, quality=50)
    ended = table.run("--input", table.drive, "--no-page")
    assert ended.code == 1
    assert "broken1.jpg" in ended.err or "broken2.jpg" in ended.err
    assert len(read_report(table.report.with_name("unreadable.csv"))) == 1
    rows = read_report(table.report)
    assert groups(rows, "identical") == {frozenset({"broken1.jpg", "broken2.jpg"})}
    assert groups(rows, "similar") == {frozenset({"a.jpg", "b.jpg"})}


def test_strange_names_survive_report_and_apply(table: Table) -> None:
    data = random.Random(1).randbytes(9000)
    names = ["=cmd|calc.jpg", "-rf.jpg", 'a,b"c.jpg', "line\nbreak.jpg", "snow☃.png", os.fsdecode(b"latin\xe9.jpg"), "'quoted.jpg"]
    for name in names:
        (table.drive / name).write_bytes(data)
    rows = table.search("--level", "identical")
    assert {os.path.basename(row["path"].removeprefix("'")) for row in rows} == set(names)
    assert table.run("--apply", "duplicates.csv").code == 0
    assert len([name for name in table.files() if not name.startswith("quarantine")]) == 1
    assert table.run("--undo").code == 0
    assert table.files() == dict.fromkeys(names, data)


def test_json_lines_say_what_the_report_says(table: Table) -> None:
    data = random.Random(1).randbytes(9000)
    put(table.drive, a_jpg=data, b_jpg=data)
    ended = table.run("--input", table.drive, "--no-page", "--level", "identical", "--json")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert [{name: str(value) for name, value in row.items()} for row in told] == read_report(table.report)


def test_the_output_folder_is_made_where_it_does_not_exist(table: Table) -> None:
    assert table.run("--input", table.drive, "--output", "new/folder").code == 0
    assert (table.report.parent / "new" / "folder" / "duplicates.csv").is_file()


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--input", "nowhere"],
        ["--input", ".", "--level", "vague"],
        ["--input", ".", "--output", sys.executable],
        ["--input", ".", "--reference", "nowhere"],
        ["--input", ".", "--delete"],
        ["--input", ".", "--remember", "--no-index"],
        ["--apply", "nowhere.csv"],
        ["--undo", "--input", "."],
        ["--frobnicate"],
    ],
    ids=" ".join,
)
def test_a_bad_request_is_one_sentence(table: Table, options: list[str]) -> None:
    ended = table.run(*options)
    assert ended.code == 2
    assert len(ended.err.strip().splitlines()) == 1


def test_level_identical_decodes_nothing(table: Table) -> None:
    data = random.Random(1).randbytes(9000)
    put(table.drive, a_jpg=data, b_jpg=data)
    code = (
        "import os, runpy, sys; os._exit = sys.exit\n"
        "sys.argv = ['find_duplicates.py', '--input', sys.argv[1], '--level', 'identical', '--no-index']\n"
        f"try: runpy.run_path({SCRIPT!r}, run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'numpy', 'PIL', 'av', 'imagehash', 'exifread', 'pillow_heif', 'tqdm'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, os.fspath(table.drive)], cwd=table.report.parent, check=True, timeout=60)


@pytest.mark.parametrize("options", [["--remember"], []], ids=["every file remembered", "compared once"])
def test_a_drive_that_is_away_is_compared_by_what_is_known_of_it(table: Table, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """The drive is a made-up mount, since a real one needs rights."""
    from lib.analysis import index as room
    from lib.files.volumes import Volume

    def find(*options: str | Path) -> None:
        find_duplicates.main([*(os.fspath(option) for option in options), "--no-page", "--index", os.fspath(table.folder / "index")])

    monkeypatch.chdir(table.report.parent)
    data = random.Random(1).randbytes(9000)
    put(table.folder, red__1_jpg=data, red__2_jpg=data[::-1], drive__3_jpg=data)
    red, here = Volume("uuid:red", os.fspath(table.folder / "red")), Volume("uuid:here", "/")
    monkeypatch.setattr(room, "mounted", lambda: [red, here])
    find("--input", table.folder / "red", *options, "--level", "identical")
    monkeypatch.setattr(room, "mounted", lambda: [here])
    shutil.rmtree(table.folder / "red")
    for _ in range(2):
        find("--input", table.drive, "--known", "--level", "identical")
        rows = read_report(table.report)
        assert {(os.path.basename(row["path"]), row["action"], row["location"]) for row in rows} == {
            ("3.jpg", "keep", os.fspath(table.drive)),
            ("1.jpg", "keep", "offline"),
        }
        assert "not connected" in rows[1]["reason"]
        find("--input", table.drive, "--level", "identical")
        assert read_report(table.report) == []


def test_a_drive_that_is_away_is_compared_by_the_looks_that_are_known_of_it(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    from lib.analysis import index as room
    from lib.files.volumes import Volume

    def find(*options: str | Path) -> list[dict[str, str]]:
        words = [*(os.fspath(option) for option in options), "--no-page", "--index", os.fspath(table.folder / "index")]
        find_duplicates.main(words)
        return read_report(table.report)

    monkeypatch.chdir(table.report.parent)
    red, here = Volume("uuid:red", os.fspath(table.folder / "red")), Volume("uuid:here", "/")
    build.jpeg(table.drive / "large.jpg", 5, (640, 480))
    build.jpeg(table.drive / "other.jpg", 6, (640, 480))
    small = build.jpeg(table.folder / "red" / "small.jpg", 9)
    build.picture(5, (640, 480)).resize((320, 240)).save(small, quality=70)
    monkeypatch.setattr(room, "mounted", lambda: [red, here])
    assert find("--input", table.folder / "red", "--remember") == []
    monkeypatch.setattr(room, "mounted", lambda: [here])
    shutil.rmtree(table.folder / "red")
    assert find("--input", table.drive) == []
    rows = find("--input", table.drive, "--known")
    assert [(os.path.basename(row["path"]), row["kind"], row["action"]) for row in rows] == [
        ("large.jpg", "similar", ""),
        ("small.jpg", "similar", ""),
    ]
    assert [row["location"] for row in rows] == [os.fspath(table.drive), "offline"]


def pair(table: Table, folder: str = "a", seed: int = 1) -> bytes:
    """Two files with the same bytes, the one to keep called keep.jpg."""
    data = random.Random(seed).randbytes(9000)
    put(table.drive / folder, keep_jpg=data, much__longer__path_jpg=data)
    return data


def test_what_is_marked_goes_to_quarantine_and_comes_back(table: Table) -> None:
    data = pair(table)
    before = table.files()
    table.search("--level", "identical")
    assert "1 file would go" in table.run("--apply", "duplicates.csv", "--dryrun").out
    assert table.files() == before
    assert table.run("--apply", "duplicates.csv").code == 0
    assert table.files() == {"a/keep.jpg": data, "quarantine/a/much/longer/path.jpg": data}
    assert table.search("--level", "identical") == [], "the quarantine is passed over"
    assert table.run("--undo", "--input", table.drive).code == 0
    assert table.files() == before
    assert table.run("--undo", "--input", table.drive).code == 2, "there is nothing left to put back"


def test_what_a_spreadsheet_makes_of_the_report_is_understood(table: Table) -> None:
    data = pair(table)
    rows = table.search("--level", "identical")
    rows = [{name: row[name] for name in ("path", "checksum", "action", "kind", "group", "reason")} for row in reversed(rows)]
    rows[0]["action"], rows[1]["action"] = " Keep ", "REMOVE"
    save(table.report, rows, ";")
    table.report.write_bytes(table.report.read_bytes().replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n"))
    ended = table.run("--apply", "duplicates.csv")
    assert ended.code == 0, ended
    left = [name for name in table.files() if "quarantine" not in name]
    assert left == ["a/much/longer/path.jpg"]
    assert sorted(table.files().values()) == [data, data]


def test_a_group_is_never_emptied(table: Table) -> None:
    pair(table)
    before = table.files()
    table.search("--level", "identical")
    table.edit(lambda row: "remove")
    ended = table.run("--apply", "duplicates.csv")
    assert ended.code == 1
    assert "nothing would be left of group 1" in ended.err
    assert table.files() == before


@pytest.mark.parametrize("change", ["kept file gone", "kept file other", "removed file other", "no checksum", "kept is the same file"])
def test_a_file_stays_when_something_is_not_as_the_report_says(table: Table, change: str) -> None:
    pair(table)
    table.search("--level", "identical")
    keep, spare = table.drive / "a" / "keep.jpg", table.drive / "a" / "much" / "longer" / "path.jpg"
    if change == "kept file gone":
        keep.unlink()
    elif change == "kept file other":
        keep.write_bytes(keep.read_bytes()[::-1])
    elif change == "removed file other":
        spare.write_bytes(spare.read_bytes()[::-1])
    elif change == "kept is the same file":
        keep.unlink()
        os.link(spare, keep)
    else:
        rows = read_report(table.report)
        save(table.report, [{**row, "checksum": ""} for row in rows])
    before = table.files()
    ended = table.run("--apply", "duplicates.csv")
    assert ended.code == 1
    assert "path.jpg" in ended.err
    assert table.files() == before


def test_what_was_rewritten_with_size_and_time_kept_is_found_as_it_is_by_the_next_search(table: Table) -> None:
    """As `exiftool -P` does it on a stick with FAT: nothing but a look at the bytes tells."""
    pair(table)
    table.search("--level", "identical")
    spare = table.drive / "a" / "much" / "longer" / "path.jpg"
    base = sqlite3.connect(table.folder / "index")
    spare.write_bytes(spare.read_bytes()[::-1])
    now = spare.stat()
    base.execute(
        "update file set mtime_ns = ?, ctime_ns = ?, inode = ? where name = ?", (now.st_mtime_ns, now.st_ctime_ns, now.st_ino, b"path.jpg")
    )
    base.commit()
    base.close()
    assert len(table.search("--level", "identical")) == 2
    assert table.run("--apply", "duplicates.csv").code == 1
    assert table.search("--level", "identical") == []


def test_a_word_that_is_no_action_stops_everything(table: Table) -> None:
    pair(table)
    table.search("--level", "identical")
    before = table.files()
    table.edit(lambda row: "remvoe" if row["action"] == "remove" else row["action"])
    ended = table.run("--apply", "duplicates.csv")
    assert ended.code == 2 and "remvoe" in ended.err
    assert table.files() == before


def test_only_identical_files_are_deleted_and_only_when_told(table: Table) -> None:
    data = pair(table)
    picture = build.jpeg(table.drive / "b" / "1.jpg", 1, model="Pixel 3")
    build.jpeg(table.drive / "b" / "2.jpg", 1)
    table.search("--level", "picture", code=1)
    assert table.run("--apply", "duplicates.csv", "--delete").code == 0
    files = table.files()
    assert files["a/keep.jpg"] == data and data not in [content for name, content in files.items() if name != "a/keep.jpg"]
    assert files["b/1.jpg"] == picture.read_bytes()
    assert "quarantine/b/2.jpg" in files
    assert table.run("--undo", "--input", table.drive).code == 0
    assert set(table.files()) == {"a/keep.jpg", "a/much/longer/path.jpg", "b/1.jpg", "b/2.jpg"}


def test_similar_pictures_go_when_the_human_says_so(table: Table) -> None:
    build.jpeg(table.drive / "good.jpg", 1, (640, 480))
    build.jpeg(table.drive / "poor.jpg", 1, (320, 240), quality=40)
    table.search()
    assert table.run("--apply", "duplicates.csv").code == 0
    assert set(table.files()) == {"good.jpg", "poor.jpg"}, "nothing was marked"
    table.edit(lambda row: "remove" if row["path"].endswith("poor.jpg") else "")
    assert table.run("--apply", "duplicates.csv").code == 0
    assert set(table.files()) == {"good.jpg", "quarantine/poor.jpg"}


def test_a_sidecar_goes_with_its_picture_and_comes_back_with_it(table: Table) -> None:
    data = pair(table)
    put(table.drive, a__much__longer__path_jpg=data)
    sidecar = table.drive / "a" / "much" / "longer" / "path.jpg.xmp"
    sidecar.write_text("<x:xmpmeta/>")
    table.search("--level", "identical")
    table.edit(lambda row: "keep" if row["path"].endswith("keep.jpg") else "remove")
    assert table.run("--apply", "duplicates.csv").code == 0
    assert {"quarantine/a/much/longer/path.jpg", "quarantine/a/much/longer/path.jpg.xmp"} < set(table.files())
    assert table.run("--undo", "--input", table.drive).code == 0
    assert sidecar.exists()


def test_a_set_goes_or_stays_as_one(table: Table) -> None:
    with Image.open(build.jpeg(table.drive / "old" / "IMG_1.jpg", 3)) as picture:
        picture.save(table.drive / "old" / "IMG_1.dng", "TIFF")
    (table.drive / "new").mkdir()
    shutil.copy2(table.drive / "old" / "IMG_1.jpg", table.drive / "new")
    table.search("--level", "identical")
    table.edit(lambda row: "remove" if "old" in row["path"] else "keep")
    ended = table.run("--apply", "duplicates.csv")
    assert ended.code == 1 and "they go or stay as one" in ended.err
    assert set(table.files()) == {"old/IMG_1.jpg", "old/IMG_1.dng", "new/IMG_1.jpg"}
    shutil.copy2(table.drive / "old" / "IMG_1.dng", table.drive / "new")
    table.search("--level", "identical")
    table.edit(lambda row: "remove" if "old" in row["path"] else "keep")
    assert table.run("--apply", "duplicates.csv").code == 0
    assert set(table.files()) == {"new/IMG_1.jpg", "new/IMG_1.dng", "quarantine/old/IMG_1.jpg", "quarantine/old/IMG_1.dng"}


def test_groups_that_are_no_duplicates_do_not_come_back(table: Table) -> None:
    pair(table)
    build.jpeg(table.drive / "b" / "1.jpg", 1)
    build.jpeg(table.drive / "b" / "2.jpg", 1, quality=40)
    assert len(table.search(code=1)) == 4
    table.edit(lambda row: "ignore" if row["kind"] == "similar" else "")
    assert "2 decisions" in table.run("--apply", "duplicates.csv").out
    assert {row["kind"] for row in table.search(code=1)} == {"identical"}
    table.edit(lambda row: "not duplicates")
    table.run("--apply", "duplicates.csv")
    assert table.search(code=1) == []
    put(table.drive, third_jpg=(table.drive / "a" / "keep.jpg").read_bytes())
    assert len(table.search(code=1)) == 3, "a new copy is news"


def test_an_edited_report_is_not_overwritten_its_actions_come_back(table: Table) -> None:
    """Also after a folder was renamed, and with one file more beside the group."""
    names = ("a/1.jpg", "b/1.jpg", "a/2.jpg", "b/2.jpg", "a/3.jpg", "b/3.jpg")
    for place, name in enumerate(names):
        build.jpeg(table.drive / name, place // 2, quality=40 if name[0] == "b" else 90)
    words = {"a/1.jpg": "remove", "b/1.jpg": "keep", "a/2.jpg": "keep", "b/2.jpg": "keep"}

    def called(row: Row) -> str:
        return os.path.relpath(row["path"], table.drive).replace("renamed", "b")

    assert len(table.search()) == 6
    table.edit(lambda row: words.get(called(row), ""))
    ended = table.run("--input", table.drive, "--no-page")
    assert "2 groups have actions of yours" in ended.err and "1 group passed over" in ended.out and "1 group has the actions" in ended.out
    assert {called(row): row["action"] for row in read_report(table.report)} == {
        "a/1.jpg": "remove", "b/1.jpg": "keep", "a/3.jpg": "", "b/3.jpg": "",
    }  # fmt: skip
    kept = (table.report.parent / "decisions.csv").read_bytes()
    (table.drive / "b").rename(table.drive / "renamed")
    build.jpeg(table.drive / "new" / "1.jpg", 0, quality=60)
    rows = {called(row): row["action"] for row in table.search()}
    assert rows == {"a/1.jpg": "remove", "b/1.jpg": "keep", "new/1.jpg": "", "a/3.jpg": "", "b/3.jpg": ""}
    assert (table.report.parent / "decisions.csv").read_bytes() == kept, "what was decided by nobody is not written down"


def test_a_slip_of_the_pen_in_an_edited_report_stops_the_search_before_it_is_overwritten(table: Table) -> None:
    pair(table)
    table.search("--level", "identical")
    table.edit(lambda row: "kepe")
    edited = table.report.read_bytes()
    ended = table.run("--input", table.drive, "--no-page")
    assert ended.code == 2 and "'kepe'" in ended.err and table.report.read_bytes() == edited


def test_what_is_decided_in_a_saved_table_is_known_where_the_reports_lie(table: Table) -> None:
    build.jpeg(table.drive / "a.jpg", 1)
    build.jpeg(table.drive / "b.jpg", 1, quality=40)
    table.search()
    downloads = table.folder / "Downloads"
    downloads.mkdir()
    table.edit(lambda row: "keep")
    shutil.move(table.report, downloads / "duplicates-decided.csv")
    applied = table.run("--apply", downloads / "duplicates-decided.csv", "--output", table.report.parent)
    assert applied.code == 0 and "1 decision of yours" in applied.out, applied
    assert table.search() == [] and not (downloads / "decisions.csv").exists()


def test_groups_of_the_earlier_list_are_still_passed_over_and_go_along(table: Table) -> None:
    build.jpeg(table.drive / "a.jpg", 1)
    build.jpeg(table.drive / "b.jpg", 1, quality=40)
    rows = table.search()
    earlier = [{name: row[name] for name in ("group", "checksum", "path")} for row in rows]
    save(table.report.parent / "ignored.csv", earlier)
    assert table.search() == []
    pair(table)
    table.search(code=1)
    table.edit(lambda row: "keep")
    assert table.search(code=1) == []
    assert len(read_report(table.report.parent / "decisions.csv")) == 4


def test_the_page_is_written_beside_the_report(table: Table) -> None:
    build.jpeg(table.drive / "a.jpg", 1)
    build.heic(table.drive / "b.heic", 1)
    ended = table.run("--input", table.drive)
    assert ended.code == 0, ended
    page = table.report.with_suffix(".html")
    assert os.fspath(page) in ended.out
    assert "b.heic" in page.read_text(encoding="utf-8")
    assert list((table.report.parent / "duplicates_files").iterdir())
    shutil.copytree(table.report.parent, table.drive / "here")
    assert {os.path.basename(row["path"]) for row in table.search()} == {"a.jpg", "b.heic"}, "previews are no pictures of one's own"
    table.run("--input", table.drive, "--no-page", "--output", table.folder)
    assert not (table.folder / "duplicates.html").exists()


ACTIONS = st.sampled_from(["keep", "remove", "", "ignore"])


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(ACTIONS, min_size=12, max_size=12),
    st.booleans(),
)
def test_whatever_the_report_says_no_content_disappears(
    tmp_path_factory: pytest.TempPathFactory, tree: list[list[int]], words: list[str], delete: bool
) -> None:
    table = Table(tmp_path_factory.mktemp("law"))
    for folder, contents in enumerate(tree):
        for number, content in enumerate(contents):
            put(table.drive / f"f{folder}", **{f"n{number}_jpg": random.Random(content).randbytes(2000 + content)})
    before = table.files()
    table.search("--level", "identical")
    if read_report(table.report):
        decided = iter(words)
        rows = table.edit(lambda row: next(decided))
        table.run("--apply", "duplicates.csv", *(["--delete"] if delete else []))
        after = table.files()
        assert set(after.values()) == set(before.values())
        in_place = {name: data for name, data in after.items() if not name.startswith("quarantine")}
        assert set(in_place.values()) == set(before.values()), "of each group one file stays where it was"
        assert in_place.items() <= before.items()
        for row in rows:
            if row["action"] != "remove":
                assert Path(row["path"]).exists()
        table.run("--undo", "--input", table.drive)
        assert table.files() == before
