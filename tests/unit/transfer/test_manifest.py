"""SHA256SUMS: what sha256sum itself writes and checks, whatever the names are, and always what the album holds."""

from __future__ import annotations

import hashlib
import os
import shutil
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.model import BadRequest
from lib.transfer import manifest
from tests.moves import carry_out, copy, move, remove, undo, write

needs_sha256sum = pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
HOSTILE = [
    "new\nline.jpg",
    "back\\slash.jpg",
    "back\\nslash.jpg",
    "carriage\rreturn.jpg",
    " leading and trailing ",
    "-dash.jpg",
    "*star.jpg",
    "tab\t.jpg",
    "ümläut 写真 🙂.jpg",
    os.fsdecode(b"\xff\xfe no utf-8.jpg") if os.name != "nt" else "x",
    "\u202eright to left.jpg",
]

names = st.text(st.characters(exclude_characters="\0/", codec="utf-8"), min_size=1, max_size=20)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_true(album: Path) -> bool:
    """The real sha256sum is content, and every file is listed."""
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=album, capture_output=True)
    there = [
        path for path in album.rglob("*") if path.is_file() and not path.relative_to(album).as_posix().startswith((".photo", "SHA256"))
    ]
    listed = manifest.read(str(album))
    return (done.returncode == 0 or not listed) and set(listed) == {path.relative_to(album).as_posix() for path in there}


@needs_sha256sum
@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_the_real_sha256sum_checks_hostile_names(tmp_path: Path) -> None:
    for name in HOSTILE:
        (tmp_path / name).write_text(name, errors="surrogateescape")
    manifest.write(str(tmp_path), {name: hashlib.sha256(os.fsencode(name)).hexdigest() for name in HOSTILE})
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count(b": OK") == len(HOSTILE)
    own = subprocess.run([b"sha256sum", b"--", *map(os.fsencode, sorted(HOSTILE))], cwd=tmp_path, capture_output=True)
    assert own.stdout == (tmp_path / "SHA256SUMS").read_bytes()


@given(st.dictionaries(names, st.text(string.hexdigits.lower()[:16], min_size=64, max_size=64), max_size=5))
def test_what_is_written_is_read_back(sums: dict[str, str]) -> None:
    assert manifest.parse("".join(manifest.line_of(name, sums[name]) for name in sums)) == sums


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "saved by an editor on Windows"])
def test_lines_of_other_tools_are_understood(end: str) -> None:
    a, b = digest("a"), digest("b").upper()
    assert manifest.parse(f"{a} *in/binary mode.jpg{end}{b}  b.jpg{end}") == {"in/binary mode.jpg": a, "b.jpg": b.lower()}


@pytest.mark.parametrize("text", ["SHA256 (a) = 00", "# a comment", f"{digest('a')} a", f"{digest('a')[1:]}  a", "\n"])
def test_a_line_that_makes_no_sense_is_named(text: str) -> None:
    with pytest.raises(BadRequest, match="Line 2 of SHA256SUMS"):
        manifest.parse(f"{digest('a')}  a\n{text}\n")


def test_a_manifest_that_makes_no_sense_stops_a_run_before_it_begins(tmp_path: Path) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    write(tmp_path / "album/SHA256SUMS", "my notes\n")
    with pytest.raises(BadRequest, match="Line 1 of SHA256SUMS"):
        carry_out(tmp_path / "album", [move(photo, tmp_path / "album", "a.jpg")])
    assert photo.exists() and (tmp_path / "album/SHA256SUMS").read_text() == "my notes\n"


@needs_sha256sum
def test_it_is_true_after_every_run_and_undo(tmp_path: Path) -> None:
    album = tmp_path / "album"
    texts = {"a": "small", "b": "large", "c": "large", "d": "other", "e": "large"}
    first, better, twin, other, fourth = (write(tmp_path / "source" / name, text) for name, text in texts.items())
    carry_out(album, [move(first, album, "2019/a.jpg")])
    assert is_true(album) and set(manifest.read(str(album))) == {"2019/a.jpg"}
    operations = [
        move(album / "2019/a.jpg", album, "superseded/2019/a.jpg"),
        move(better, album, "2019/a.jpg"),
        move(twin, album, "quarantine/c"),
        copy(other, album, "d"),
        remove(fourth, album, "2019/a.jpg"),
    ]
    carry_out(album, operations)
    assert is_true(album) and set(manifest.read(str(album))) == {"2019/a.jpg", "superseded/2019/a.jpg", "quarantine/c", "d"}
    assert undo(album) == (undo_id(album), [])
    assert is_true(album) and manifest.read(str(album)) == {"2019/a.jpg": digest("small")}
    undo(album)
    assert is_true(album) and manifest.read(str(album)) == {}


def undo_id(album: Path) -> str:
    from lib.transfer import journal

    return journal.runs(str(album))[-1].undoes


def test_a_reader_sees_the_old_manifest_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest.write(str(tmp_path), {"a": digest("a")})
    old = (tmp_path / "SHA256SUMS").read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        manifest.write(str(tmp_path), {"a": digest("a"), "b": digest("b")})
    assert [path.name for path in tmp_path.iterdir()] == ["SHA256SUMS"] and (tmp_path / "SHA256SUMS").read_bytes() == old


@pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")
@pytest.mark.parametrize("plant", ["link", "pipe", "folder"])
def test_what_is_no_file_is_no_manifest(tmp_path: Path, plant: str) -> None:
    path = tmp_path / "SHA256SUMS"
    if plant == "link":
        path.symlink_to("/etc/passwd")
    elif plant == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(BadRequest, match="cannot be read"):
        manifest.read(str(tmp_path))
