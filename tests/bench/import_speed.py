"""Import of 2,000 photos (1.5 GB) by copy, beside `cp -a` and exiftool on the same tree, in one run, as ratios.

python -m tests.bench.import_speed [FILES] [FOLDER]
"""

from __future__ import annotations

import io
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.build import exif, picture

ROOT = Path(__file__).parent.parent.parent
MEAN = 750_000


def make(folder: Path, count: int) -> int:
    """Photos of camera size, each with its own pixels' end, date and camera; the bytes in all."""
    rng, total = random.Random(5), 0
    bases = [_noisy(seed) for seed in range(8)]
    for number in range(count):
        date = f"{rng.randint(2008, 2023)}:{rng.randint(1, 12):02}:{rng.randint(1, 28):02} {rng.randint(0, 23):02}:{number % 60:02}:07"
        tags = exif(date, make="Canon", model=f"Canon EOS {number % 5}").tobytes()
        body = bases[number % len(bases)]
        data = body[:2] + b"\xff\xe1" + (len(tags) + 2).to_bytes(2, "big") + tags + body[2:] + rng.randbytes(rng.randint(1, 60_000))
        path = folder / f"card{number % 4}" / f"{number // 500:03}CANON" / f"IMG_{number:05}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        total += len(data)
    return total


def _noisy(seed: int) -> bytes:
    rng = random.Random(seed)
    grain = Image.frombytes("L", (1600, 1200), rng.randbytes(1600 * 1200)).convert("RGB")
    image = Image.blend(picture(seed, (1600, 1200)), grain, 0.25)
    best = b""
    for quality in range(70, 96, 3):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        best = buffer.getvalue()
        if len(best) > MEAN * 0.96:
            break
    return best


def timed(command: list[str], fresh: Callable[[], object]) -> float:
    fresh()
    os.sync()
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as name:
        base = Path(name)
        size = make(base / "in", count)
        print(f"{count:,} files, {size / 1e9:.2f} GB")

        def fresh() -> None:
            shutil.rmtree(base / "out", ignore_errors=True)
            (base / "index").unlink(missing_ok=True)

        script = [sys.executable, os.fspath(ROOT / "import.py"), "-i", os.fspath(base / "in"), "-o", os.fspath(base / "out"), "--copy"]
        script += ["--index", os.fspath(base / "index"), "--report", os.fspath(base / "report.csv")]
        contestants = {
            "cp -a": ["cp", "-a", os.fspath(base / "in"), os.fspath(base / "out")],
            "import.py --copy": script,
        }
        if shutil.which("exiftool"):
            pattern = os.fspath(base / "out" / "%Y" / "%m")
            contestants["exiftool"] = [
                "exiftool",
                "-q",
                "-r",
                "-o",
                ".",
                "-Directory<DateTimeOriginal",
                "-d",
                pattern,
                os.fspath(base / "in"),
            ]
        times: dict[str, list[float]] = {label: [] for label in contestants}
        for _ in range(3):
            for label, command in contestants.items():
                if label != "exiftool" or not times[label]:
                    times[label].append(timed(command, fresh))
        fresh()
        subprocess.run(script, check=True, capture_output=True)
        times["import.py again"] = [timed(script, lambda: None) for _ in range(3)]
        floor = statistics.median(times["cp -a"])
        for label, some in times.items():
            print(f"{label:18} {statistics.median(some):7.2f} s   {statistics.median(some) / floor:6.2f} x cp -a")


if __name__ == "__main__":
    main()
