"""Feed damaged files to the eyes, in sacrificial processes with limits on time and memory, and tell what breaks.

    python -m tests.fuzz [tags|pictures] [COUNT] [--first N]

`tags` asks for metadata and dates, `pictures` has everything decoded: looks, previews, frames and the hash of all pixels.

A finding is anything but an answer or `Unreadable`: another exception, a killed process, more than 10 seconds or 1 GiB for one input. Each
is printed with the number that makes it again (`--first N` and a COUNT of 1). Exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lib.analysis import appearance, decoding, hashing, metadata
from lib.dates import capture_date
from lib.model import Unreadable
from lib.thumbnails import album_sketches
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import more_pictures, seeds

SECONDS, BYTES = 10, 1 << 30
# The brake is far above what counts as a finding: eyes turn a library's MemoryError into a note, and a brake at the limit would hide it.
BRAKE = 4 * BYTES
_ENDS = ("read", "damaged", "refused")
_NOW = datetime(2024, 6, 1, tzinfo=UTC)


def tags(path: Path) -> str:
    """Everything that the rooms for dates do with one file; comes back with how it ended."""
    found = None
    with contextlib.suppress(Unreadable):
        found = metadata.read(os.fspath(path))
    sidecars = []
    with contextlib.suppress(Unreadable):
        sidecars.append(metadata.read_sidecar(os.fspath(path)))
    capture_date.decide(found, path.name, 0, sidecars=sidecars, zone=UTC, now=_NOW)
    return "damaged" if found and found.notes else "read" if found or sidecars else "refused"


def pictures(path: Path) -> str:
    """Everything that is decoded of one file for duplicates, thumbnails and pages; comes back with how it ended."""
    answers = 0
    for eye in (appearance.read_appearance, album_sketches.sketch, hashing.pixels, lambda name: decoding.preview(name, 320)):
        with contextlib.suppress(Unreadable):
            eye(os.fspath(path))
            answers += 1
    return "read" if answers == 4 else "damaged" if answers else "refused"


EYES: dict[str, Callable[[Path], str]] = {"tags": tags, "pictures": pictures}


def peak_memory() -> int:
    """The most bytes that this process has held so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def child(folder: Path, eye: str, first: int, count: int) -> None:
    """Try inputs one after the other; the number of the one in hand stands in a file, for whoever finds this process dead."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (BRAKE, BRAKE))
    names = sorted((folder / "seeds").iterdir())
    whole = [name.read_bytes() for name in names]
    ends = Counter[str]()
    for number in range(first, first + count):
        chance = random.Random(number)
        kind = chance.randrange(len(whole))
        target = folder / ("input" + names[kind].suffix)
        target.write_bytes(mutated(whole[kind], chance))
        (folder / "number").write_text(f"{number} {names[kind].name}")
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            ends[EYES[eye](target)] += 1
            if peak_memory() > BYTES:
                raise MemoryError(f"{peak_memory() >> 20} MiB were held")
        except BaseException:  # noqa: BLE001  a finding of any kind is told by the parent
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)
        faulthandler.cancel_dump_traceback_later()
    print(*(ends[end] for end in _ENDS), peak_memory() >> 20)


def main() -> int:
    """Run the children one after the other, and count."""
    parser = argparse.ArgumentParser(description="Feed damaged files to the eyes.")
    parser.add_argument("eye", nargs="?", choices=tuple(EYES), default="tags")
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(Path(arguments.child), arguments.eye, arguments.first, arguments.count)
        return 0
    total, peak = [0, 0, 0], 0
    findings, started, at, end = 0, time.monotonic(), arguments.first, arguments.first + arguments.count
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        seeds(folder / "seeds")
        if arguments.eye == "pictures":
            more_pictures(folder / "seeds")
        while at < end:
            count = min(5000, end - at)
            command = [sys.executable, "-m", "tests.fuzz", arguments.eye, str(count), "--first", str(at), "--child", name]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace")
            if done.returncode == 0:
                at += count
                *ends, held = map(int, done.stdout.split())
                total, peak = [sum(pair) for pair in zip(total, ends)], max(peak, held)
            else:
                number, kind = (folder / "number").read_text().split()
                findings += 1
                print(f"input {number} ({kind}): exit code {done.returncode}\n{done.stderr[-3000:]}", flush=True)
                at = int(number) + 1
            told = ", ".join(f"{number} {end}" for number, end in zip(total, _ENDS))
            print(
                f"{at - arguments.first} inputs ({told}), {findings} findings, {peak} MiB, {time.monotonic() - started:.0f} s", flush=True
            )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
