"""Photos looked at per second and core, beside `imagehash.phash` over a plain `Image.open`; and all pairs of 100,000 made-up pictures.

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

from lib.appearance import look
from lib.duplicate_search.similarity import Looks, alike
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


def _look(path: Path) -> object:
    return look(str(path))


def main() -> None:
    pillow_heif.register_heif_opener()
    rng = random.Random(1)
    grain = Image.frombytes("L", SIZE, rng.randbytes(SIZE[0] * SIZE[1])).convert("RGB")
    photo = Image.blend(picture(1, (1000, 750)).resize(SIZE), grain, 0.15)
    with tempfile.TemporaryDirectory(prefix="look-") as text:
        kinds: dict[str, list[Path]] = {"12 MP JPEG": [], "12 MP HEIC with a thumbnail": []}
        data = {name: io.BytesIO() for name in kinds}
        photo.save(data["12 MP JPEG"], "JPEG", quality=92)
        pillow_heif.from_pillow(photo).save(data["12 MP HEIC with a thumbnail"], quality=70, thumbnails=[320])
        for name, ending in zip(kinds, ("jpg", "heic")):
            for number in range(8):
                path = Path(text, f"{number}.{ending}")
                path.write_bytes(data[name].getvalue())
                kinds[name].append(path)
        for name, paths in kinds.items():
            plain, ours = per_second(_phash, paths[:4]), per_second(_look, paths)
            print(f"{name:30}{plain:8.1f} a second by imagehash.phash{ours:8.1f} here, {ours / plain:.1f} times as many")
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
