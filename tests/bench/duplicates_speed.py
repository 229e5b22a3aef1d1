"""find_duplicates.py --level identical beside jdupes, rdfind, fdupes and rmlint, warm cache, in one run, as ratios to `jdupes -Q`.

python -m tests.bench.duplicates_speed [TREE] [--rounds N] [--make FILES MEAN_KB]

Each round runs every tool once, so that a busy machine is unfair to all alike; told is the median. Without TREE one is made:
photo-like sizes, copies under other names, files that differ in their last or middle byte alone.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "find_duplicates.py"


def make(root: Path, wanted: int, mean_kb: float) -> None:
    rng = random.Random(3)
    pool = rng.randbytes(64 << 20)
    sizes = [max(64, int(rng.lognormvariate(0, 0.5) * mean_kb * 1024)) for _ in range(max(1, wanted // 8))]
    made = 0

    def put(data: bytes | bytearray) -> None:
        nonlocal made
        folder = root / f"drive{rng.randrange(4)}" / str(rng.randrange(2008, 2020)) / f"{rng.randrange(1, 13):02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"IMG_{made:06}.jpg").write_bytes(data)
        made += 1

    while made < wanted:
        size, kind = rng.choice(sizes), rng.random()
        start = rng.randrange(len(pool) - size)
        data = bytearray(rng.randbytes(16) + pool[start : start + size - 24] + rng.randbytes(8))
        for _ in range(rng.choice([2, 2, 2, 3, 5]) if kind < 0.12 else 1):
            put(data)
        if 0.12 <= kind < 0.17:
            data[-1 if kind < 0.15 else len(data) // 2] ^= 1
            put(data)


def measure(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Seconds on the clock, seconds of processor time, and the peak memory in MB of the largest process."""
    told = folder / "told"
    timed = ["/usr/bin/time", "-f", "%e %U %S %M", "-o", os.fspath(told), *command]
    # As on a person's machine, where Python keeps what it compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(timed, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=False)
    wall, user, system, peak = map(float, told.read_text().split()[-4:])
    return wall, user + system, peak / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("tree", nargs="?", type=Path)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--make", nargs=2, type=float, default=(8000, 300), metavar=("FILES", "MEAN_KB"))
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="duplicates-") as text:
        folder = Path(text)
        tree = arguments.tree
        if tree is None:
            tree = folder / "tree"
            make(tree, int(arguments.make[0]), arguments.make[1])
        ours = [sys.executable, os.fspath(SCRIPT), "--input", os.fspath(tree), "--level", "identical"]
        index = ["--index", os.fspath(folder / "index")]
        commands = {
            "jdupes -Q": ["jdupes", "-Q", "-r", "-q", os.fspath(tree)],
            "jdupes": ["jdupes", "-r", "-q", os.fspath(tree)],
            "rdfind": ["rdfind", "-n", "true", "-outputname", "results", os.fspath(tree)],
            "fdupes": ["fdupes", "-r", "-q", os.fspath(tree)],
            "rmlint": ["rmlint", "-T", "df", "-o", "summary:stdout", os.fspath(tree)],
            "find_duplicates.py --no-index": [*ours, "--no-index"],
            "find_duplicates.py, again with its index": [*ours, *index],
        }
        commands = {name: command for name, command in commands.items() if shutil.which(command[0])}
        for command in commands.values():
            measure(command, folder)
        told: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                told[name].append(measure(command, folder))
        print(f"{sum(len(files) for _, _, files in os.walk(tree)):,} files, {arguments.rounds} rounds, {os.cpu_count()} cores")
        base = [statistics.median(column) for column in zip(*told["jdupes -Q"])]
        print(f"{'':42}{'seconds':>9}{'ratio':>8}{'cpu':>8}{'ratio':>8}{'MB':>8}")
        for name, runs in told.items():
            wall, cpu, peak = (statistics.median(column) for column in zip(*runs))
            print(f"{name:42}{wall:9.2f}{wall / base[0]:8.2f}{cpu:8.2f}{cpu / base[1]:8.2f}{peak:8.0f}")


if __name__ == "__main__":
    main()
