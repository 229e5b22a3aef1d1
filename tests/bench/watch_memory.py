"""Does a watch keep its memory flat? Run: python -m tests.bench.watch_memory

The same 500 files are dropped 20 times below a folder that `import.py --watch --duplicates delete` looks after: 10,000 files, each of
them several events, into an album that stays as it is (an album that grows needs memory for its names while a batch is decided on,
about 1 kB a file). The memory of the watching process is read when a round has been imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import build

SCRIPT = Path(__file__).parent.parent.parent / "import.py"
ROUNDS, EACH = 20, 500


def main() -> None:
    """Print one line for each round, and what was gained from the fifth to the last."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        folder = place / "in"
        folder.mkdir()
        picture = build.jpeg(place / "picture.jpg", size=(32, 24), date="2019:07:03 12:34:56").read_bytes()
        words = [
            "--watch",
            "--settle",
            "0.5",
            "-i",
            os.fspath(folder),
            "-o",
            os.fspath(place / "album"),
            "--index",
            os.fspath(place / "index"),
        ]
        command = [sys.executable, os.fspath(SCRIPT), *words, "--duplicates", "delete"]
        with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            sizes = [_round(process, folder, picture, number) for number in range(ROUNDS)]
            process.terminate()
        print(f"from the fifth round to the last: {sizes[-1] - sizes[4]:+.1f} MB with {EACH * (ROUNDS - 5):,} more files")


def _round(process: subprocess.Popen[str], folder: Path, picture: bytes, number: int) -> float:
    began = time.monotonic()
    for shot in range(0, EACH, 2):
        stem = folder / f"IMG_{shot}"
        stem.with_suffix(".jpg").write_bytes(picture + stem.name.encode())
        stem.with_suffix(".xmp").write_text(f"<x>{shot}</x>")
    assert process.stdout
    while not process.stdout.readline().startswith("Report: "):
        assert process.poll() is None
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    size = next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmRSS"))
    print(f"round {number + 1:2}: {size:6.1f} MB, {time.monotonic() - began:.1f} s", flush=True)
    return size


if __name__ == "__main__":
    main()
