"""The commands that are tried with faults. A case is a function that makes a tree and tells the command; `@case` adds it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.reporting import csv_tables
from lib.thumbnails import selection_names
from lib.transfer import journal
from tests import build
from tests.faults import points

ROOT = Path(__file__).parents[2]
IMPORT = str(ROOT / "import.py")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a case takes place: `source` and `album` lie on one file system, `far_album` on another one; `desk` holds reports."""

    desk: Path
    near: Path
    far: Path

    @property
    def source(self) -> Path:
        return self.near / "source"

    @property
    def album(self) -> Path:
        return self.near / "album"

    @property
    def far_album(self) -> Path:
        return self.far / "album"

    @property
    def places(self) -> list[Path]:
        return [self.near, self.far]

    def do(self, command: Sequence[str]) -> None:
        """Run a command that has to succeed: what went before the one that is tried."""
        done = points.run(command, cwd=self.desk)
        assert done.code == 0, done.err + done.out

    def import_to(self, album: Path, *words: str) -> list[str]:
        """The command that imports the source."""
        report = self.desk / "report.csv"
        return [IMPORT, "-i", str(self.source), "-o", str(album), "--no-index", "--workers", "1", "--report", str(report), *words]

    def undo(self, album: Path) -> list[str]:
        """The command that puts the last run back; it names the run, so that doing it twice is doing it once."""
        return [IMPORT, "--undo", journal.runs(str(album))[-1].run_id, "-o", str(album), "--no-index"]


Setup = Callable[[Ground], Sequence[str]]
NO_RENAME = ("renameat2:error=EINVAL",)
LIKE_FAT = ("renameat2:error=EINVAL", "linkat:error=EPERM")


@dataclass(frozen=True, slots=True)
class Case:
    """A command to try: `setup` makes what it works on, and tells it. `lacks` are the calls that its file system does not know."""

    name: str
    setup: Setup
    lacks: Sequence[str] = ()


CASES: dict[str, Case] = {}


def case(setup: Setup) -> Setup:
    """Have this tried as well."""
    CASES[setup.__name__] = Case(setup.__name__, setup)
    return setup


def _photos(ground: Ground) -> None:
    build.jpeg(ground.source / "IMG_1.jpg", 1, (64, 48), date="2019:07:03 12:00:00")
    build.jpeg(ground.source / "phone" / "IMG_1.jpg", 2, (64, 48), date="2019:07:04 12:00:00")
    build.png(ground.source / "phone" / "IMG_2.png", 3, (64, 48), date="2020:01:04 12:00:00")


def _photos_and_copies(ground: Ground) -> None:
    _photos(ground)
    for number, name in enumerate(("IMG_1 (1).jpg", "old/IMG_1.jpg")):
        copy = ground.source / name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(ground.source / "IMG_1.jpg", copy)
        os.utime(copy, (1_500_000_000 + number, 1_500_000_000 + number))


def _live_photo(ground: Ground) -> None:
    build.jpeg(ground.source / "IMG_7.jpg", 7, (64, 48), date="2021:05:01 10:00:00", offset="+00:00")
    build.video(ground.source / "IMG_7.mov", 7, (64, 48), created="2021-05-01T10:00:01Z")
    (ground.source / "IMG_7.jpg.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>")
    build.jpeg(ground.source / "IMG_8.jpg", 8, (64, 48), date="2021:05:02 10:00:00")


def _better_version(ground: Ground, album: Path) -> None:
    build.jpeg(ground.source / "IMG_5.jpg", 5, (160, 120), date="2022:02:02 12:00:00")
    ground.do(ground.import_to(album))
    build.jpeg(ground.source / "IMG_5.jpg", 5, (320, 240), date="2022:02:02 12:00:00")
    build.jpeg(ground.source / "IMG_6.jpg", 6, (64, 48), date="2022:02:03 12:00:00")


@case
def move_on_one_disk(ground: Ground) -> Sequence[str]:
    _photos(ground)
    return ground.import_to(ground.album)


@case
def move_to_another_disk(ground: Ground) -> Sequence[str]:
    _photos(ground)
    return ground.import_to(ground.far_album)


@case
def copy(ground: Ground) -> Sequence[str]:
    _photos(ground)
    return ground.import_to(ground.album, "--copy")


@case
def quarantine_on_one_disk(ground: Ground) -> Sequence[str]:
    _photos_and_copies(ground)
    return ground.import_to(ground.album, "--duplicates", "quarantine")


@case
def quarantine_on_another_disk(ground: Ground) -> Sequence[str]:
    _photos_and_copies(ground)
    return ground.import_to(ground.far_album, "--duplicates", "quarantine")


@case
def delete_on_one_disk(ground: Ground) -> Sequence[str]:
    _photos_and_copies(ground)
    return ground.import_to(ground.album, "--duplicates", "delete")


@case
def delete_on_another_disk(ground: Ground) -> Sequence[str]:
    _photos_and_copies(ground)
    return ground.import_to(ground.far_album, "--duplicates", "delete")


@case
def better_version_on_one_disk(ground: Ground) -> Sequence[str]:
    _better_version(ground, ground.album)
    return ground.import_to(ground.album)


@case
def better_version_from_another_disk(ground: Ground) -> Sequence[str]:
    _better_version(ground, ground.far_album)
    return ground.import_to(ground.far_album)


def _rotten(ground: Ground, album: Path) -> None:
    """A bit of an album file flipped, and its original comes in again."""
    _photos(ground)
    ground.do(ground.import_to(album))
    path = album / "2019" / "07" / "IMG_1.jpg"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    _photos(ground)


@case
def repair_on_one_disk(ground: Ground) -> Sequence[str]:
    _rotten(ground, ground.album)
    return ground.import_to(ground.album)


@case
def repair_from_another_disk(ground: Ground) -> Sequence[str]:
    _rotten(ground, ground.far_album)
    return ground.import_to(ground.far_album)


@case
def live_photo_on_one_disk(ground: Ground) -> Sequence[str]:
    _live_photo(ground)
    return ground.import_to(ground.album)


@case
def live_photo_to_another_disk(ground: Ground) -> Sequence[str]:
    _live_photo(ground)
    return ground.import_to(ground.far_album)


def _duplicates(ground: Ground) -> list[str]:
    _photos_and_copies(ground)
    script = str(ROOT / "find_duplicates.py")
    ground.do([script, "-i", str(ground.source), "-o", str(ground.desk), "--level", "identical", "--no-index", "--no-page"])
    return [script, "--apply", str(ground.desk / "duplicates.csv"), "--no-index"]


@case
def find_duplicates_apply(ground: Ground) -> Sequence[str]:
    return _duplicates(ground)


@case
def find_duplicates_apply_delete(ground: Ground) -> Sequence[str]:
    return [*_duplicates(ground), "--delete"]


def _matches(ground: Ground, *chosen: int) -> list[str]:
    """The command that makes `selected` hold these of the source's pictures, in the set "summer"."""
    photos = [ground.source / "IMG_1.jpg", ground.source / "phone/IMG_1.jpg", ground.source / "phone/IMG_2.png"]
    rows = [["summer", f"t{number}.jpg", "matched", str(photos[number]), "1", "", "", "", ""] for number in chosen]
    ground.near.joinpath("output").mkdir(exist_ok=True)
    csv_tables.write(ground.desk / "matches.csv", selection_names.COLUMNS, rows)
    return [str(ROOT / "match_thumbnails.py"), "--apply", str(ground.desk / "matches.csv"), "-o", str(ground.near / "output"), "--no-index"]


@case
def match_thumbnails_apply(ground: Ground) -> Sequence[str]:
    _photos(ground)
    return _matches(ground, 0, 1, 2)


@case
def match_thumbnails_apply_other(ground: Ground) -> Sequence[str]:
    _photos(ground)
    ground.do(_matches(ground, 0, 1))
    return _matches(ground, 1, 2)


def _undone(setup: Setup) -> Setup:
    def undo(ground: Ground) -> Sequence[str]:
        command = setup(ground)
        ground.do(command)
        if command[0] != IMPORT:
            (root,) = (found.parent for found in ground.near.glob("**/.photo-toolkit"))
            return [command[0], "--undo", journal.runs(str(root))[-1].run_id, "-i", str(root), "--no-index"]
        return ground.undo(Path(command[command.index("-o") + 1]))

    undo.__name__ = f"undo_of_{setup.__name__}"
    return undo


for _case in list(CASES.values()):
    if not _case.name.startswith("match_thumbnails"):  # there the way back is to edit the table and apply it again
        case(_undone(_case.setup))
for _name in ("move_on_one_disk", "undo_of_better_version_on_one_disk"):
    CASES[f"{_name}_without_rename"] = Case(f"{_name}_without_rename", CASES[_name].setup, NO_RENAME)
for _name in ("move_on_one_disk", "move_to_another_disk", "delete_on_another_disk", "undo_of_delete_on_one_disk"):
    CASES[f"{_name}_like_fat"] = Case(f"{_name}_like_fat", CASES[_name].setup, LIKE_FAT)
