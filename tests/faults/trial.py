"""Try one case: undisturbed once, then with a fault at each call, each time on fresh ground, and hold the law against it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import law, points
from tests.faults.cases import Case, Ground
from tests.faults.law import Broken
from tests.faults.points import Done, Point

_MEMORY = Path("/dev/shm")
KILL, FULL, BROKEN_DISK, LOST_WRITE = "signal=KILL", "error=ENOSPC", "error=EIO", "retval"
_DISTURBING = ("write", "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync", "mkdir", "mkdirat", "openat")


@dataclass(slots=True)
class Trial:
    """A case on its ground: what was there before, what is there after an undisturbed run, and the points to try."""

    name: str
    ground: Ground
    command: Sequence[str]
    before: law.Tree
    after: law.Tree
    sums: dict[str, bytes]
    points: list[Point]
    lacks: Sequence[str] = ()
    plant: str = ""
    kept: list[tuple[Path, Path]] = field(default_factory=list)

    def fresh(self) -> None:
        """Put the ground back to what it was before the command."""
        for place, copy in self.kept:
            shutil.rmtree(place)
            subprocess.run(["cp", "-a", str(copy), str(place)], check=True)

    def attempt(self, point: Point, fault: str) -> None:
        """Have the fault at the point, and start again after it. Raises Broken."""
        self.fresh()
        try:
            if fault == KILL:
                self._kill(point)
            else:
                self._disturb(point, fault)
        except Broken as broken:
            raise Broken(f"{self.name}, {fault} at {point}\n{broken}") from broken

    def _kill(self, point: Point) -> None:
        killed = self._inject(point, KILL)
        if killed.code != -9:
            raise Broken(f"the point was not reached: {killed}")
        law.nothing_lost(self.before, law.look(self.ground.places), reserving=bool(self.lacks))
        again = points.run(self.command, cwd=self.ground.desk)
        now = law.look(self.ground.places)
        law.nothing_lost(self.before, now)
        if again.code and not (now == self.after and "was put back already" in again.err):
            raise Broken(f"started again, it ended with {again.code}: {again.err}{again.out}")
        if now != self.after:
            raise Broken(f"another end: {_difference(now, self.after)}\n{again.err}{again.out}")
        law.all_settled(self.ground.places)
        if dict(law.manifests(self.ground.places)) != self.sums:
            raise Broken("another manifest than after an undisturbed run")

    def _disturb(self, point: Point, fault: str) -> None:
        done = self._inject(point, f"retval={point.size}" if fault == LOST_WRITE else fault)
        law.nothing_lost(self.before, law.look(self.ground.places), reserving=bool(self.lacks))
        if done.code not in (0, 1, 2) or "Traceback" in done.err:
            raise Broken(f"not a word for people: {done}")
        if done.code and not done.err.strip():
            raise Broken(f"ended with {done.code} and said nothing")
        if fault == LOST_WRITE and OWN in point.what:
            return  # A journal that the system pretended to keep tells no later run anything
        if not done.code and law.look(self.ground.places) != self.after:
            raise Broken(f"ended well, but: {_difference(law.look(self.ground.places), self.after)}\n{done.err}")
        again = points.run(self.command, cwd=self.ground.desk)
        now = law.look(self.ground.places)
        law.nothing_lost(self.before, now)
        if again.code not in (0, 1, 2) or "Traceback" in again.err:
            raise Broken(f"started again: {again}")
        if now != self.after:
            raise Broken(f"started again, another end: {_difference(now, self.after)}\n{again.err}{again.out}")
        law.all_settled(self.ground.places)

    def _inject(self, point: Point, fault: str) -> Done:
        return points.inject(self.command, point, fault, cwd=self.ground.desk, plant=self.plant, lacks=self.lacks)

    def faults_at(self, point: Point) -> list[str]:
        """The faults that are tried at a point."""
        errors = [FULL, BROKEN_DISK] if point.call in _DISTURBING else [BROKEN_DISK]
        return [KILL, *errors, *([LOST_WRITE] if point.size else [])]


OWN = law.OWN + "/"


def _difference(now: law.Tree, wanted: law.Tree) -> str:
    other = sorted(path for path in now.keys() | wanted.keys() if now.get(path) != wanted.get(path))
    return "; ".join(f"{path}: {now.get(path, 'none')[:9]}, not {wanted.get(path, 'none')[:9]}" for path in other)


@contextlib.contextmanager
def _data_folder(folder: Path) -> Iterator[None]:
    """A data folder of its own for the user: the runs of all cases have the same names, and cases are tried side by side."""
    before = os.environ.get("XDG_DATA_HOME", "")
    os.environ["XDG_DATA_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ["XDG_DATA_HOME"] = before


@contextlib.contextmanager
def trial(case: Case, *, plant: str = "") -> Iterator[Trial]:
    """The case on ground of its own."""
    with contextlib.ExitStack() as stack:
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        desk, far = (Path(stack.enter_context(tempfile.TemporaryDirectory(dir=where))).resolve() for where in (None, memory))
        ground = Ground(desk, desk / "near", far / "far")
        for place in ground.places:
            place.mkdir()
        (desk / "cache").mkdir()
        stack.enter_context(_data_folder(desk / "data"))
        command = case.setup(ground)
        kept = [(place, place.with_name(f"{place.name}-kept")) for place in ground.places]
        for place, copy in kept:
            subprocess.run(["cp", "-a", str(place), str(copy)], check=True)
        before = law.look(ground.places)
        done, found = points.trace(command, ground.places, cwd=desk, plant=plant, lacks=case.lacks)
        if done.code:
            raise Broken(f"{case.name} does not even work undisturbed: {done}")
        after = law.look(ground.places)
        law.nothing_lost(before, after)
        yield Trial(case.name, ground, command, before, after, dict(law.manifests(ground.places)), found, case.lacks, plant, kept)
