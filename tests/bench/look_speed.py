"""Photos looked at per second and core, beside `imagehash.phash` over a plain `Image.open`; and all pairs of 100,000 made-up pictures.

The floor is what libjpeg takes to decode at an eighth of the size, with nothing done to the result.

python -m tests.bench.look_speed
"""

from __future__ import annotations

import io
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
import pillow_heif
from PIL import Image

from lib.analysis.appearance import read_appearance
from lib.duplicates.similarity import Looks, alike
from tests.build import picture

SIZE = (4000, 3000)
PICTURES = 100_000


def per_second(function: Callable[[Path], object], paths: list[Path]) -> float:
    """Files per second of processor time."""
    function(paths[0])
    begun = time.process_time()
    for path in paths:
        function(path)
    return len(paths) / (time.process_time() - begun)


def _phash(path: Path) -> object:
    with Image.open(path) as image:
        return imagehash.phash(image)


def _floor(path: Path) -> object:
    with Image.open(path) as image:
        image.draft("RGB", (SIZE[0] // 8, SIZE[1] // 8))
        return image.load()


def _look(path: Path) -> object:
    return read_appearance(str(path))


def main() -> None:
    pillow_heif.register_heif_opener()
    rng = random.Random(1)
    grain = Image.frombytes("L", SIZE, rng.randbytes(SIZE[0] * SIZE[1])).convert("RGB")
    photo = picture(1, (1000, 750)).resize(SIZE)
    with tempfile.TemporaryDirectory(prefix="look-") as text:
        for kind, noise in (("jpg", 0.15), ("jpg", 0.06), ("jpg", 0.03), ("heic", 0.15)):
            data, image = io.BytesIO(), Image.blend(photo, grain, noise)
            if kind == "jpg":
                image.save(data, "JPEG", quality=90)
            else:
                pillow_heif.from_pillow(image).save(data, quality=70, thumbnails=[320])
            paths = [Path(text, f"{number}.{kind}") for number in range(8)]
            for path in paths:
                path.write_bytes(data.getvalue())
            plain, ours = per_second(_phash, paths[:4]), per_second(_look, paths)
            floor = f"; floor {per_second(_floor, paths) / plain:.1f}" if kind == "jpg" else ""
            name = f"12 MP {kind.upper()}, {len(data.getvalue()) / 1e6:.1f} MB"
            print(f"{name:22}{plain:6.1f} a second by imagehash.phash{ours:7.1f} here, {ours / plain:.1f} times as many{floor}")
    looks, numbers = Looks(), np.random.default_rng(1)
    for _ in range(PICTURES):
        coarse = Image.fromarray(numbers.integers(0, 255, (6, 6, 3), dtype=np.uint8))
        looks.layouts.append(coarse.resize((16, 16), Image.Resampling.BICUBIC).tobytes())
    looks.hashes = numbers.integers(0, 1 << 63, PICTURES, dtype=np.uint64).tolist()
    looks.layouts[PICTURES // 2 :] = looks.layouts[: PICTURES // 2]
    looks.aspects, looks.details = [1.5] * PICTURES, [50.0] * PICTURES
    begun, cpu = time.perf_counter(), time.process_time()
    found = sum(1 for _ in alike(looks, 0.9))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(f"all pairs of {PICTURES:,} pictures: {found:,} pairs in {seconds:.1f} s ({cpu:.1f} s of cpu)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
