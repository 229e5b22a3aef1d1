"""`--safe-to-erase` of a drive whose files are all in an album, beside `sha256sum` of both trees, in one run: seconds, ratio, memory.

python -m tests.bench.safe_to_erase_speed [FILES] [FOLDER]
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lib.transfer import manifest

ROOT = Path(__file__).parent.parent.parent
MEAN = 40_000


def make(disk: Path, album: Path, count: int) -> int:
    """The same files in both trees, in folders of 500, and a manifest; the bytes of one tree."""
    rng, total = random.Random(3), 0
    for number in range(count):
        data = b"\xff\xd8\xff\xe0" + rng.randbytes(rng.randint(MEAN // 2, MEAN * 3 // 2))
        for root in (disk, album):
            path = root / f"{number // 500:04}" / f"IMG_{number:06}.JPG"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        total += len(data)
    manifest.write(str(album), {})
    return total


def timed(command: list[str], cwd: Path) -> tuple[float, int]:
    """Seconds, and the memory in KiB of the largest process so far, with nothing of the trees in memory where that can be had."""
    os.sync()
    if os.access("/proc/sys/vm/drop_caches", os.W_OK):
        Path("/proc/sys/vm/drop_caches").write_text("1", encoding="ascii")
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main(count: int, place: str | None) -> None:
    """Make the trees, run both by turns, print."""
    folder = Path(tempfile.mkdtemp(prefix="safe-to-erase-", dir=place))
    try:
        disk, album = folder / "disk", folder / "album"
        size = make(disk, album, count)
        sums = ["sh", "-c", "find disk album -type f -print0 | xargs -0 sha256sum"]
        ask = [sys.executable, str(ROOT / "import.py"), "--safe-to-erase", "--no-index", "-i", str(disk), "-o", str(album)]
        ratios = []
        for _ in range(3):
            (by_sums, _), (by_us, memory) = timed(sums, folder), timed([*ask, "--report", str(folder / "proof.csv")], folder)
            ratios.append(by_us / by_sums)
            print(f"{count:,} files, {size / 1e9:.2f} GB: sha256sum {by_sums:.1f} s, safe-to-erase {by_us:.1f} s, {by_us / by_sums:.2f}")
        print(f"median ratio {sorted(ratios)[1]:.2f}; largest process {memory / 1024:.0f} MiB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, sys.argv[2] if len(sys.argv) > 2 else None)
