"""Find the calls by which a command changes files, and run the command again with a fault at one of them."""

from __future__ import annotations

import importlib
import logging
import os
import re
import runpy
import select
import shutil
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tests.faults import planted
from tests.faults import still as stillness

# Loaded here, they need not be loaded at every point.
for _room in ("exifread", "lib.album.command", "lib.album.maintenance", "lib.duplicates.apply", "lib.thumbnails.selected_folder"):
    importlib.import_module(_room)

STRACE = shutil.which("strace")
CALLS = (
    "open,openat,link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,write,pwrite64,"
    "ftruncate,truncate,copy_file_range,sendfile,fchmod,fchown,utimensat,fsetxattr"
)
_LINE = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_PATIENCE = 300.0
_PATH = re.compile(r'<(/[^>]*)>|"(/[^"]*)"')


@dataclass(frozen=True, slots=True)
class Point:
    """The `ordinal`-th call of its name on one of the `watched` paths. `size`: the bytes that it was asked to write, else 0."""

    call: str
    ordinal: int
    size: int
    what: str
    watched: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.call} number {self.ordinal}: {self.what}"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: `code` is negative where a signal ended it."""

    code: int
    out: str
    err: str


def run(command: Sequence[str], *, cwd: Path, plant: str = "", still: bool = False, strace: Sequence[str] = ()) -> Done:
    """Run a script of the toolkit, `command` being the script and its words, in a process of its own, under strace on demand.

    The process is forked from this one, where all libraries are loaded already: that makes a point several times cheaper.
    """
    out, err = cwd / "out.txt", cwd / "err.txt"
    gate, opener = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(opener)
        _become(command, cwd, out, err, gate, plant=plant, still=still)
    os.close(gate)
    try:
        tracer = _attach(child, strace) if strace else None
    finally:
        os.close(opener)
    code = _wait(child)
    if tracer:
        tracer.communicate()
    return Done(code, out.read_text(errors="replace"), err.read_text(errors="replace"))


def _become(command: Sequence[str], cwd: Path, out: Path, err: Path, gate: int, *, plant: str, still: bool) -> NoReturn:
    """Be the script from here on, as soon as the gate is opened."""
    code = 99
    try:
        for number, name, flags in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
            handle = os.open(name, flags if not number else flags | os.O_CREAT | os.O_TRUNC)
            os.dup2(handle, number)
            os.close(handle)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        logging.root.handlers.clear()
        os.chdir(cwd)
        if plant:
            planted.BUGS[plant]()
        if still:
            stillness.stand_still()
        sys.argv = list(command)
        os.read(gate, 1)
        os.close(gate)
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001  # what the interpreter would do with it
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _attach(child: int, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Have strace follow the process, which waits for it."""
    tracer = subprocess.Popen([STRACE or "strace", "-qq", "-p", str(child), *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    status = Path(f"/proc/{child}/status")
    while f"TracerPid:\t{tracer.pid}\n" not in status.read_text():
        if tracer.poll() is not None:
            os.kill(child, signal.SIGKILL)
            raise OSError(f"strace could not follow the process: {tracer.communicate()[1].decode()}")
        os.sched_yield()
    return tracer


def _wait(child: int) -> int:
    """The exit code, negative for a signal."""
    end = os.pidfd_open(child)
    try:
        if not select.select([end], [], [], _PATIENCE)[0]:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(end)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def trace(
    command: Sequence[str], places: Sequence[Path], *, cwd: Path, plant: str = "", lacks: Sequence[str] = ()
) -> tuple[Done, list[Point]]:
    """Run the command undisturbed, but for calls that the system `lacks`; every call that changes something below `places`, in order."""
    log = cwd / "calls.txt"
    words = ("-y", "-s", "300", "-o", str(log), "-e", f"trace={CALLS}", *_injections(lacks))
    done = run(command, cwd=cwd, plant=plant, still=True, strace=words)
    calls = [found for line in log.read_text(errors="replace").splitlines() if (found := _LINE.match(line))]
    touching = [(call, paths) for call in calls if (paths := tuple(_paths(call, places)))]
    watched = tuple(sorted({path for _, paths in touching for path in paths}))
    counted: Counter[str] = Counter()
    points = []
    for call, _ in touching:
        counted[call[1]] += 1
        if any(lack.startswith(f"{call[1]}:") for lack in lacks):
            continue
        if call[1] not in ("open", "openat") or "O_CREAT" in call[2]:
            size = int(call[2].rpartition(" ")[2]) if call[1] == "write" else 0
            points.append(Point(call[1], counted[call[1]], size, call[2][:200], watched))
    return done, points


def _paths(call: re.Match[str], places: Sequence[Path]) -> Iterator[str]:
    """The paths below `places` that a call is about; what a write writes is none."""
    arguments = call[2].partition(", ")[0] if call[1] in ("write", "pwrite64") else call[2]
    for found in _PATH.finditer(arguments):
        path = found[1] or found[2]
        if any(Path(path).is_relative_to(place) for place in places):
            yield path


def inject(command: Sequence[str], point: Point, fault: str, *, cwd: Path, plant: str = "", lacks: Sequence[str] = ()) -> Done:
    """Run the command with `fault` (as strace has it: "signal=KILL", "error=EIO", "retval=7") at the point."""
    paths = [word for path in point.watched for word in ("-P", path)]
    injections = _injections((*lacks, f"{point.call}:{fault}:when={point.ordinal}"))
    return run(command, cwd=cwd, plant=plant, still=True, strace=("-o", "/dev/null", *paths, "-e", f"trace={CALLS}", *injections))


def _injections(faults: Sequence[str]) -> list[str]:
    return [word for fault in faults for word in ("-e", f"inject={fault}")]
