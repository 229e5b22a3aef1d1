"""Where chaos takes place: folders, a drive that comes and goes, an album; what lies there; and the law about it."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests import build
from tests.faults import law
from tests.faults.law import Broken

_MEMORY = Path("/dev/shm")
DAYS = ("2019:07:03 12:00:00", "2019:07:03 12:00:01", "2020:01:31 08:15:00", "")
NAMES = ("IMG_1", "IMG_2", "img_1", "IMG_1 (1)", "DSC 7", "20200131_081500", "ä", "=1")


@dataclass(slots=True)
class Ground:
    """Folders of a person: `camera` and `stick` on one disk with the `album`, a `drive` on another one.

    `known` are all contents that a person ever put there, `story` is what has happened so far, `plant` a bug that the commands have.
    """

    desk: Path
    far: Path
    chance: random.Random
    known: set[str] = field(default_factory=set)
    story: list[str] = field(default_factory=list)
    plant: str = ""
    is_mounted: bool = False
    below_mount: int = -1

    @property
    def near(self) -> Path:
        return self.desk / "near"

    @property
    def album(self) -> Path:
        return self.near / "album"

    @property
    def found(self) -> Path:
        return self.near / "found"

    @property
    def drive(self) -> Path:
        return self.near / "drive"

    @property
    def sources(self) -> list[Path]:
        return [self.near / "camera", self.near / "stick", self.drive]

    def look(self) -> dict[str, str]:
        """Every file that is anywhere, also on the drive when it is away, and in the folder that it hides when it is there."""
        places = [self.near, self.far]
        if self.is_mounted:
            places.append(Path(f"/proc/self/fd/{self.below_mount}/."))
        return law.look(places)

    def note(self, words: str) -> None:
        """Write down what happens."""
        self.story.append(words)

    def files(self, *below: Path) -> list[Path]:
        """The files that a person sees there, in an order that the seed decides alone."""
        return [Path(path) for path in sorted(law.visible(law.look(below or (self.near,)))) if "/quarantine/" not in path]

    def folders(self) -> list[Path]:
        """The folders that a person sees."""
        walk = os.walk(self.near)
        seen = [Path(top, name) for top, names, _ in walk for name in names if not (Path(top) / name).is_symlink()]
        return sorted(path for path in seen if not any(part.startswith(".") for part in path.relative_to(self.near).parts))

    def put(self, folder: Path) -> Path | None:
        """A picture in the folder, perhaps one that is somewhere already, perhaps under a name that is there already."""
        name = self.chance.choice(NAMES)
        data, ending = picture(self.chance.randrange(6), self.chance.randrange(3), self.chance.randrange(len(DAYS)))
        path = folder / f"{name}{ending}"
        if os.path.lexists(path):
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_500_000_000 + self.chance.randrange(5), 1_500_000_000 + self.chance.randrange(5)))
        return path

    def mount(self) -> bool:
        """Connect the drive; False where that cannot be done here."""
        if not self.is_mounted and subprocess.run(["mount", "--bind", self.far, self.drive], capture_output=True).returncode == 0:
            self.is_mounted = True
        return self.is_mounted

    def unmount(self) -> bool:
        """Pull the drive out."""
        if self.is_mounted and subprocess.run(["umount", "--lazy", self.drive], capture_output=True).returncode == 0:
            self.is_mounted = False
            return True
        return False


@functools.cache
def picture(number: int, version: int, day: int) -> tuple[bytes, str]:
    """The bytes and the ending of a picture; versions are larger ones of it, or another container."""
    with tempfile.TemporaryDirectory() as folder:
        size = (64, 48) if version == 0 else (128, 96)
        made = (
            build.png(Path(folder, "a.png"), number, size, date=DAYS[day])
            if version == 2
            else build.jpeg(Path(folder, "a.jpg"), number, size, date=DAYS[day])
        )
        return made.read_bytes(), made.suffix


@contextlib.contextmanager
def ground(seed: int, *, may_mount: bool, plant: str = "") -> Iterator[Ground]:
    """Fresh ground, with some pictures in each of the sources."""
    with contextlib.ExitStack() as stack:
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        desk, far = (Path(stack.enter_context(tempfile.TemporaryDirectory(dir=where))).resolve() for where in (None, memory))
        made = Ground(desk, far, random.Random(seed), plant=plant)
        stack.callback(_make_deletable, made)
        for folder in made.sources:
            folder.mkdir(parents=True)
        made.below_mount = os.open(made.drive, os.O_RDONLY)
        stack.callback(os.close, made.below_mount)
        (desk / "cache").mkdir()
        for name in ("out.txt", "err.txt"):  # a command may be killed before it has made them
            (desk / name).touch()
        if may_mount:
            made.mount()
        for folder in made.sources:
            for _ in range(made.chance.randrange(2, 7)):
                made.put(folder / made.chance.choice(("", "2019", "holiday/raw")))
        made.known |= set(made.look().values())
        yield made


def _make_deletable(made: Ground) -> None:
    made.unmount()
    subprocess.run(["chattr", "-R", "-i", made.near, made.far], capture_output=True)
    subprocess.run(["chmod", "-R", "u+rwX", made.near, made.far], capture_output=True)


def hold(made: Ground, before: law.Tree) -> dict[str, str]:
    """The law after a command: no content of before is gone, and no visible file is anything that nobody ever put there."""
    now = made.look()
    # What was only half copied when a command was killed is nobody's content.
    lost = (set(before.values()) & made.known) - set(now.values())
    if lost:
        raise Broken(f"lost: {sorted(path for path, content in before.items() if content in lost)}")
    torn = sorted(path for path, content in law.visible(now).items() if content not in made.known)
    if torn:
        raise Broken(f"not whole under a final name: {torn}")
    return now
