"""One undo for all three scripts: the dry run tells what happens, and the line that was printed works where it is pasted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib.reporting import command_hint, csv_tables
from lib.thumbnails.selection_names import COLUMNS
from lib.transfer import journal
from tests import build
from tests.run import ROOT, Done

SCRIPTS = ("import.py", "find_duplicates.py", "match_thumbnails.py")


def run(script: str, *words: str | Path, cwd: Path) -> Done:
    command = [sys.executable, os.path.join(ROOT, script), *(os.fspath(word) for word in words)]
    return ended(subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False))


def ended(done: subprocess.CompletedProcess[str]) -> Done:
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, [], done.stdout, done.stderr)


def folder(path: Path) -> dict[str, bytes]:
    """What a person sees there."""
    return {name: data for name, data in build.tree(path).items() if ".photo-toolkit" not in name and "SHA256SUMS" not in name}


def imported(place: Path) -> tuple[Path, list[str]]:
    """An album, and how the undo is told of it."""
    for number in (1, 2, 3):
        build.jpeg(place / f"in it/{number}.jpg", number, (64, 48), date="2019:07:03 12:00:00")
    done = run("import.py", "-i", place / "in it", "-o", place / "it's my album", "--no-index", cwd=place)
    assert done.code == 0, done.err
    return place, ["--output", str(place / "it's my album")]


def cleared(place: Path) -> tuple[Path, list[str]]:
    """A drive from which copies went to quarantine."""
    for number in (1, 2, 3):
        build.jpeg(place / f"the drive/{number}.jpg", number, (64, 48))
        (place / f"the drive/copy of {number}.jpg").write_bytes((place / f"the drive/{number}.jpg").read_bytes())
    search = ("-i", place / "the drive", "-o", place, "--level", "identical", "--no-index")
    assert run("find_duplicates.py", *search, cwd=place).code == 0
    assert run("find_duplicates.py", "--apply", place / "duplicates.csv", "--no-index", cwd=place).code == 0
    return place, ["--input", str(place / "the drive")]


def chosen(place: Path) -> tuple[Path, list[str]]:
    """A folder of selected photos, of which three were taken out again."""
    photos = [build.jpeg(place / f"photos/{number}.jpg", number, (64, 48)) for number in (1, 2, 3)]
    for status in ("matched", "none"):
        rows = [("summer", f"{photo.name}.png", status, str(photo), "", "", "", "", "") for photo in photos]
        csv_tables.write(place / "matches.csv", COLUMNS, rows)
        done = run("match_thumbnails.py", "--apply", place / "matches.csv", "-o", place / "found it", "--no-index", cwd=place)
        assert done.code == 0, done.err
    return place, ["--output", str(place / "found it")]


@pytest.mark.parametrize(("script", "make"), list(zip(SCRIPTS, (imported, cleared, chosen))), ids=SCRIPTS)
def test_the_dry_run_tells_what_the_undo_does(tmp_path: Path, script: str, make: object) -> None:
    assert callable(make)
    place, words = make(tmp_path)
    changed = {imported: "it's my album/2019/07/2.jpg", cleared: "the drive/quarantine/copy of 2.jpg", chosen: "photos/2.jpg"}[make]
    (place / changed).write_bytes(b"edited since")
    before = folder(place)
    tried = run(script, "--undo", "--dryrun", *words, "--no-index", cwd=place)
    assert folder(place) == before
    done = run(script, "--undo", *words, "--no-index", cwd=place)
    assert folder(place) != before
    assert (tried.code, tried.err) == (done.code, done.err) and "changed since" in done.err and tried.code == 1
    told = re.search(r"the run (\S+) would be put back: (2 files; 1 stays as it is\.)", tried.out)
    assert told and f"The run {told[1]} was put back: {told[2]}" in done.out


@pytest.mark.parametrize(("script", "make"), list(zip(SCRIPTS, (imported, cleared, chosen))), ids=SCRIPTS)
@pytest.mark.parametrize("other", SCRIPTS)
def test_a_run_that_is_named_is_put_back_by_any_of_the_scripts(tmp_path: Path, script: str, make: object, other: str) -> None:
    assert callable(make)
    place, (_, root) = make(tmp_path)
    run_id = journal.runs(root)[-1].run_id
    done = run(other, "--undo", run_id, "--input" if other == "find_duplicates.py" else "--output", root, "--no-index", cwd=place)
    assert done.code == 0 and f"The run {run_id} was put back: 3 files; 0 stay as they are." in done.out, done.err


@pytest.mark.skipif(os.name == "nt", reason="the shell is another one there")
def test_the_line_that_is_printed_works_where_it_is_pasted(tmp_path: Path) -> None:
    place = tmp_path / "a 'quoted' $(place)"
    place.mkdir()
    nowhere = tmp_path / "elsewhere"
    nowhere.mkdir()
    for script, make in zip(SCRIPTS, (_import_said, _clear_said, _choose_said)):
        said, before = make(place / script)
        (line,) = [line.partition("To put it back: ")[2] for line in said.splitlines() if "To put it back: " in line]
        done = ended(subprocess.run(["sh", "-c", f"{line} --no-index"], cwd=nowhere, capture_output=True, text=True, check=False))
        assert done.code == 0 and "was put back" in done.out, (line, done.err)
        assert folder(place / script) == before


def _import_said(place: Path) -> tuple[str, dict[str, bytes]]:
    build.jpeg(place / "in/1.jpg", 1, (64, 48), date="2019:07:03 12:00:00")
    before = folder(place)
    words = ("-i", place / "in", "-o", place / "album", "--no-index", "--report", place.parent / "r.csv")
    return run("import.py", *words, cwd=place).out, before


def _clear_said(place: Path) -> tuple[str, dict[str, bytes]]:
    for name in ("1.jpg", "copy.jpg"):
        build.jpeg(place / "drive" / name, 1, (64, 48))
    run("find_duplicates.py", "-i", place / "drive", "-o", place, "--level", "identical", "--no-index", cwd=place)
    before = folder(place)
    return run("find_duplicates.py", "--apply", place / "duplicates.csv", "--no-index", cwd=place).out, before


def _choose_said(place: Path) -> tuple[str, dict[str, bytes]]:
    photo = build.jpeg(place / "photos/1.jpg", 1, (64, 48))
    csv_tables.write(place / "matches.csv", COLUMNS, [("summer", "1.png", "matched", str(photo), "", "", "", "", "")])
    before = folder(place)
    return run("match_thumbnails.py", "--apply", place / "matches.csv", "-o", place / "found", "--no-index", cwd=place).out, before


@pytest.mark.skipif(os.name == "nt", reason="the shell is another one there")
@pytest.mark.parametrize("word", ["plain", "it's", "a b", "\x1b[31m\n", "ä", "\udcff", "$(touch x)", "`x`", "'\x07\\", "-x", "~"])
def test_every_word_survives_the_shell(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x.py"])
    monkeypatch.setattr(sys, "executable", "printf")
    line = command_hint.to_paste(word)
    assert line.isprintable()
    shown = line.replace(os.path.abspath("x.py"), "'[%s]'")
    assert subprocess.run(["bash", "-c", shown], capture_output=True, check=True).stdout == b"[" + os.fsencode(word) + b"]"


def test_a_run_that_was_cut_off_is_what_an_undo_puts_back(tmp_path: Path) -> None:
    """Its end is found out first: else the run before it would be put back."""
    place, words = imported(tmp_path)
    build.jpeg(place / "in it/4.jpg", 4, (64, 48), date="2019:07:03 12:00:00")
    assert run("import.py", "-i", place / "in it", *words, "--no-index", cwd=place).code == 0
    last = journal.runs(words[1])[-1]
    lines = last.path.read_bytes().splitlines(keepends=True)
    last.path.write_bytes(b"".join(line for line in lines if b'"done"' not in line and b'"end"' not in line))
    done = run("import.py", "--undo", *words, "--no-index", cwd=place)
    assert done.code == 0 and f"The run {last.run_id} was put back: 1 file" in done.out, done.out + done.err
    assert [name for name in folder(place) if name.startswith("in it")] == ["in it/4.jpg"]


def test_unnamed_each_script_puts_back_what_it_did_itself(tmp_path: Path) -> None:
    place, (_, root) = imported(tmp_path)
    done = run("find_duplicates.py", "--undo", "--input", root, "--no-index", cwd=place)
    assert done.code == 2 and "no run left to put back" in done.err
