"""Model a power cut, which keeps only what was brought to the disk: the image of a drive at a moment, and the order of calls before it.

A process that is killed leaves to the system what it wrote, so killing it tells nothing of power cuts.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import disks
from tests.faults import points
from tests.faults.cases import Case, Ground
from tests.faults.law import Broken

# Nothing is written back by itself while a test runs, and a rename brings no content with it.
_LAZY = "loop,commit=600,noauto_da_alloc"
_CALLS = "read,readv,fadvise64,write,fsync,rename,renameat,renameat2,link,linkat,unlink,unlinkat"
_LINE = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_PATH = re.compile(r'<(/[^>]*)>|"([^"]*)"')


class Drive:
    """A drive of 16 MB at `place`, of which only what was synced is left once the power is cut."""

    def __init__(self, place: Path) -> None:
        """Format it; nothing is mounted yet."""
        self.place = place
        self._image, self._first = (place.with_name(f"{place.name}.{name}") for name in ("image", "first"))
        place.mkdir()
        with self._image.open("wb") as file:
            file.truncate(16 << 20)
        disks.do("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self._image)

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """Mounted for the block."""
        self._mount()
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self.place)], check=True)

    def keep(self) -> None:
        """What is on the drive now, all of it on the disk, is what `fresh` brings back."""
        subprocess.run(["umount", str(self.place)], check=True)
        shutil.copyfile(self._image, self._first)
        self._mount()

    def fresh(self) -> None:
        """The drive as it was when `keep` was called."""
        self._exchange(self._first)

    def cut(self) -> None:
        """Cut the power and connect the drive again."""
        now = self._image.with_suffix(".now")
        shutil.copyfile(self._image, now)
        self._exchange(now)

    def _exchange(self, image: Path) -> None:
        subprocess.run(["umount", str(self.place)], check=True)
        shutil.copyfile(image, self._image)
        self._mount()

    def _mount(self) -> None:
        disks.do("mount", "-t", "ext4", "-o", _LAZY, self._image, self.place)


@contextlib.contextmanager
def drive(place: Path) -> Iterator[Drive]:
    """A drive whose power can be cut. Skips the test where mounting is not allowed."""
    if not disks.may_mount():
        pytest.skip("only root may mount")
    made = Drive(place)
    with made.connected():
        yield made


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the system that went well, and the paths that it was about."""

    name: str
    paths: tuple[str, ...]
    text: str = ""


@dataclass(slots=True)
class Order:
    """The calls of a run, in their order, and the places where its files lie."""

    places: Sequence[Path]
    calls: list[Call] = field(default_factory=list)

    def after(self, start: int, what: str, name: str, path: str, text: str = "") -> int:
        """The place of the first call of that name on the path behind `start`. Raises Broken, telling `what` is missing."""
        for number in range(start + 1, len(self.calls)):
            call = self.calls[number]
            if call.name.startswith(name) and path in call.paths and text in call.text:
                return number
        raise Broken(f"{what}: no {name} of {path}")

    def before(self, end: int, what: str, name: str, path: str, text: str = "") -> int:
        """The place of the last such call before `end`. Raises Broken."""
        for number in range(end - 1, -1, -1):
            call = self.calls[number]
            if call.name.startswith(name) and path in call.paths and text in call.text:
                return number
        raise Broken(f"{what}: no {name} of {path}")


def order_of(case: Case, ground: Ground, *, plant: str = "") -> Order:
    """Run the case and tell its calls."""
    command, log = case.setup(ground), ground.desk / "order.txt"
    strace = ("-y", "-s", "400", "-o", str(log), "-e", f"trace={_CALLS}")
    done = points.run(command, cwd=ground.desk, plant=plant, still=True, strace=strace)
    if done.code:
        raise Broken(f"{case.name} does not even work undisturbed: {done}")
    order = Order(ground.places)
    for line in log.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if found and int(found[3]) >= 0:
            order.calls.append(Call(found[1], tuple(_paths(found[1], found[2])), found[2]))
    return order


def _paths(name: str, arguments: str) -> Iterator[str]:
    """The paths of a call: of an open file, or of a name in an open folder."""
    if name in ("read", "readv", "write", "fsync", "fadvise64"):
        arguments = arguments.partition(">")[0] + ">"
    folder = ""
    for found in _PATH.finditer(arguments):
        if found[1]:
            folder = found[1]
        else:
            yield os.path.join(folder, found[2])
            folder = ""
    if folder:
        yield folder


def require_order(order: Order) -> int:
    """Hold the order of calls against what a power cut allows; how many files came to a final name. Raises Broken.

    A file: content synced < cache dropped < read back < rename < folder synced < journal synced < source unlinked.
    """
    arrived = 0
    for number, call in enumerate(order.calls):
        if not call.name.startswith("rename") or len(call.paths) != 2:
            continue
        old, new = call.paths
        own = ".photo-toolkit" in new or new.endswith((".aside", "SHA256SUMS"))
        if own or not any(Path(new).is_relative_to(place) for place in order.places):
            continue  # put aside, or a file of the toolkit's own
        arrived += 1
        synced = order.before(number, "content is not synced before the rename", "fsync", old)
        if old.endswith(".tmp"):
            dropped = order.before(number, "the cache is not dropped", "fadvise64", old, "DONTNEED")
            read = order.before(number, "not read back", "read", old)
            if not synced < dropped < read:
                raise Broken(f"{old}: synced {synced}, cache dropped {dropped}, read back {read}")
        in_folder = order.after(number, "folder is not synced", "fsync", os.path.dirname(new))
        placed = order.after(in_folder, "PLACED is not written down", "write", _journal(order, number), '\\"placed\\"')
        in_journal = order.after(placed, "PLACED is not synced", "fsync", _journal(order, number))
        unlinked = next((n for n in range(number, len(order.calls)) if _is_unlink_of_a_source(order.calls[n])), len(order.calls))
        if not in_journal < unlinked:
            raise Broken(f"{order.calls[unlinked].paths}: unlinked at {unlinked}, journal synced at {in_journal}")
        if order.before(number, "the plan is not synced", "fsync", _journal(order, number)) > number:
            raise Broken("the plan is not on the disk")
    return arrived


def _is_unlink_of_a_source(call: Call) -> bool:
    return call.name.startswith("unlink") and any(path.endswith(".aside") for path in call.paths)


def _journal(order: Order, number: int) -> str:
    """The journal that was written last before a call."""
    return next(path for call in reversed(order.calls[:number]) for path in call.paths if call.name == "write" and path.endswith(".jsonl"))


def spread(found: Sequence[points.Point], count: int) -> Iterator[points.Point]:
    """Some of the points, from the first to the last."""
    yield from (found[number * (len(found) - 1) // max(1, count - 1)] for number in range(min(count, len(found))))
