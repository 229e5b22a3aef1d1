"""An album heals itself: what went bad or missing comes back from any good copy, and goes again by undo."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from lib.album import repair, verification
from lib.analysis.index import Index, OfflineFile
from lib.model import MediaFile
from lib.reporting import command_line
from lib.transfer import manifest
from lib.transfer.locked_folder import lock_folder
from tests import build
from tests.run import Desk, Done, album_files

PHOTOS = 48


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    for number in range(PHOTOS):
        build.jpeg(made.source / f"{number:02}.jpg", number, (48, 32), date=f"2020:01:{number % 28 + 1:02} 12:00:00")
    assert made.run("--copy").code == 0
    made.source.rename(tmp_path / "second-copy")
    made.source.mkdir()
    return made


def do(desk: Desk, *options: str | Path) -> Done:
    words = desk.command(*options, source=None if "--input" in options else desk.source)
    at = words.index("--input")
    return desk.start(words if "--input" in options else words[:at] + words[at + 2 :])


def flip(path: Path, bit: int) -> None:
    seen, data = path.stat(), bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def harm(desk: Desk) -> None:
    """Flip a bit in each of 32 files, and remove 8."""
    rng, names = random.Random(20), sorted(desk.album.rglob("*.jpg"))
    rng.shuffle(names)
    for path in names[:32]:
        flip(path, rng.randrange(path.stat().st_size * 8))
    for path in names[32:40]:
        path.unlink()


def test_forty_are_restored_undone_and_restored_again(desk: Desk) -> None:
    whole = album_files(desk.album)
    harm(desk)
    harmed = album_files(desk.album)
    dry = do(desk, "--repair", "--dryrun", "--input", desk.folder / "second-copy")
    assert "40 of 40 files can be repaired" in dry.out and album_files(desk.album) == harmed
    copies = album_files(desk.folder / "second-copy")

    def is_restored(done: Done) -> bool:
        now = album_files(desk.album)
        aside = {name.removeprefix("superseded/"): data for name, data in now.items() if name.startswith("superseded/")}
        assert {name: data for name, data in now.items() if not name.startswith("superseded/")} == whole
        assert aside == {name: data for name, data in harmed.items() if data != whole[name]} and len(aside) == 32
        return done.code == 0 and "40 of 40 files repaired" in done.out

    assert is_restored(do(desk, "--repair", "--input", desk.folder / "second-copy"))
    assert do(desk, "--verify").code == 0
    assert do(desk, "--undo").code == 0
    assert album_files(desk.album) == harmed
    seen = do(desk, "--verify")
    assert seen.code == 1 and "32 changed, 8 missing" in seen.out
    assert is_restored(do(desk, "--repair", "--input", desk.folder / "second-copy"))
    assert do(desk, "--verify").code == 0 and album_files(desk.folder / "second-copy") == copies
    nothing = do(desk, "--repair")
    assert nothing.code == 0 and "nothing to repair" in nothing.out


def test_a_copy_in_the_album_itself_serves(desk: Desk) -> None:
    (path,) = desk.album.rglob("07.jpg")
    good = path.read_bytes()
    shutil.copy2(path, path.with_name("copy of 07.jpg"))
    flip(path, 3000)
    done = do(desk, "--repair")
    assert done.code == 0 and path.read_bytes() == good, done.out


def test_without_a_copy_nothing_is_touched_and_the_damage_is_told(desk: Desk) -> None:
    (path,) = desk.album.rglob("07.jpg")
    path.write_bytes(path.read_bytes()[:1500])
    before = album_files(desk.album)
    done = do(desk, "--repair")
    assert done.code == 1 and "not repaired: 2020/01/07.jpg (no copy was found" in done.out and "cut off" in done.out, done.out
    assert album_files(desk.album) == before


def test_what_somebody_edited_stays(desk: Desk) -> None:
    (path,) = desk.album.rglob("07.jpg")
    edited = build.jpeg(desk.folder / "edited.jpg", 99).read_bytes()
    path.write_bytes(edited)
    done = do(desk, "--repair", "--input", desk.folder / "second-copy")
    assert done.code == 1 and "somebody edited it" in done.out and path.read_bytes() == edited


def test_a_name_that_something_else_took_is_left(desk: Desk) -> None:
    (path,) = desk.album.rglob("07.jpg")
    path.unlink()
    path.symlink_to(desk.folder / "second-copy" / "07.jpg")
    done = do(desk, "--repair", "--input", desk.folder / "second-copy")
    assert done.code == 1 and path.is_symlink() and "a link" in done.out


def test_a_copy_that_vanishes_on_the_way_leaves_the_promise(desk: Desk) -> None:
    (path,) = desk.album.rglob("07.jpg")
    promised = manifest.read(str(desk.album))["2020/01/07.jpg"]
    flip(path, 3000)
    found = verification.inspect(str(desk.album))
    made = repair.needed(found, verification.verify(found, workers=1, advance=lambda files, size: None))
    with Index(None) as index, lock_folder(str(desk.album), stop=threading.Event()) as locked:
        repair.search(made, [str(desk.folder / "second-copy")], index, 1, command_line.progress)
        operations = list(made.operations())
        (desk.folder / "second-copy/07.jpg").rename(desk.folder / "07.jpg")
        repair._carry_out(locked, operations, index, datetime.now().astimezone())
    assert not path.exists() and (desk.album / "superseded/2020/01/07.jpg").exists()
    assert manifest.read(str(desk.album))["2020/01/07.jpg"] == promised
    (desk.folder / "07.jpg").rename(desk.folder / "second-copy/07.jpg")
    assert do(desk, "--repair", "--input", desk.folder / "second-copy").code == 0
    assert do(desk, "--verify").code == 0


def test_a_copy_on_a_drive_that_is_away_is_named(desk: Desk) -> None:
    (path,) = desk.album.rglob("07.jpg")
    promised = manifest.read(str(desk.album))["2020/01/07.jpg"]
    flip(path, 3000)
    found = verification.inspect(str(desk.album))
    made = repair.needed(found, verification.verify(found, workers=1, advance=lambda files, size: None))

    class Remembering(Index):
        def away(self, columns: Sequence[str]) -> Iterator[OfflineFile]:
            yield OfflineFile(MediaFile("/media/red", "x.jpg", 1, 1, 1, 0, 1), "label:red", (bytes.fromhex(promised),))

    with Remembering(None) as index:
        told = repair.copies_away(made, {"2020/01/07.jpg": promised}, index, 1)
    assert "on the drive label:red, at /media/red" in told["2020/01/07.jpg"]


@pytest.mark.faults
@pytest.mark.skipif(not shutil.which("strace"), reason="kills need strace")
def test_what_a_cut_off_repair_had_promised_is_missing_still(desk: Desk) -> None:
    """A kill between the two steps leaves the bad file aside and nothing at its place: the next repair brings it to its end."""
    (path,) = desk.album.rglob("07.jpg")
    good = path.read_bytes()
    flip(path, 3000)
    second = desk.folder / "second-copy"
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=renameat2:signal=KILL:when=3"]  # after the lock and the move
    desk.start([*trace, *desk.command("--repair", "--input", second)])
    assert not path.exists()
    assert do(desk, "--repair", "--input", second).code == 0
    assert path.read_bytes() == good and do(desk, "--verify").code == 0
