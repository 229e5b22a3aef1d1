"""How fast thumbnails find their photos, how surely, and beside what: python -m tests.bench.match_thumbnails [PHOTOS]

PHOTOS is a folder of real JPEGs of yours (nothing in it is changed); without it pictures are made up, which all look much alike in style
and so say little of the hit rate. Four tables: photos analysed a second; a table of hits beside average hash and nearest pHash;
500 thumbnails against 10,000 photos; 500 against 100,000 made-up ones. --small makes them a tenth of that.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as match_thumbnails.py does

import argparse
import csv
import io
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from lib.analysis import hashing, process_pool
from lib.model import Failure, Unreadable
from lib.thumbnails import album_sketches, candidates
from lib.thumbnails.album_index import SUSPECTS, AlbumIndex
from lib.thumbnails.examination import Examination, examine
from lib.thumbnails.thumbnail_views import ThumbnailView, is_grey, read
from tests import build

ROOT = Path(__file__).parent.parent.parent
LEVELS = ("320 px q75", "200 px q50", "120 px square q30", "96 px crop WebP q15")


def thumbnail(image: Image.Image, level: str, rng: random.Random) -> bytes:
    """The file that a web service might make of a picture, the later levels the worse."""
    small, style, quality = image.convert("RGB"), "JPEG", 75
    if level == LEVELS[0]:
        small.thumbnail((320, 320))
    elif level == LEVELS[1]:
        small.thumbnail((200, 200))
        small, quality = ImageEnhance.Brightness(small).enhance(rng.uniform(0.9, 1.1)), 50
    elif level == LEVELS[2]:
        small, quality = ImageEnhance.Brightness(ImageOps.fit(small, (120, 120))).enhance(rng.uniform(0.85, 1.15)), 30
    else:
        width, height = small.size
        left, top = rng.uniform(0, 0.2) * width, rng.uniform(0, 0.2) * height
        small = small.crop((int(left), int(top), int(left + 0.8 * width), int(top + 0.8 * height)))
        small.thumbnail((96, 96))
        small, style, quality = small.filter(ImageFilter.SHARPEN), "WEBP", 15
    buffer = io.BytesIO()
    small.save(buffer, style, quality=quality)
    return buffer.getvalue()


def photos_of(folder: Path | None, work: Path) -> list[Path]:
    """The JPEGs of a folder that can be read, equal pictures once, or made-up ones."""
    if folder is None:
        return [build.jpeg(work / "made" / f"{seed:03d}.jpg", seed, (1200, 900)) for seed in range(60)]
    found: dict[str, Path] = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg")):
        try:
            with Image.open(path) as image:
                if min(image.size) >= 240:
                    found.setdefault(hashing.pixels(os.fspath(path)), path)
        except (OSError, SyntaxError, ValueError, Unreadable):
            continue
    return list(found.values())


def seconds(function: Callable[[], object]) -> float:
    """The least of three times that it takes."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def analysed(work: Path) -> None:
    """Photos a second and core, on a 12-megapixel JPEG and HEIC."""
    rng = np.random.default_rng(1)
    large = np.asarray(build.picture(1, (4032, 3024)), np.int16) + rng.normal(0, 4, (3024, 4032, 1)).astype(np.int16)
    image = Image.fromarray(large.clip(0, 255).astype(np.uint8))
    image.save(work / "12mp.jpg", quality=92)
    image.save(work / "12mp.heic", quality=60, thumbnails=[320])
    for name in ("12mp.jpg", "12mp.heic"):
        path = work / name
        mine = seconds(lambda path=path: album_sketches.sketch(os.fspath(path)))  # type: ignore[misc]  # the default binds it
        theirs = seconds(lambda path=path: imagehash.average_hash(Image.open(path)))  # type: ignore[misc]
        ratio = f"{theirs / mine:.1f} times imagehash.average_hash(Image.open(f)), which does {1 / theirs:.1f}"
        print(f"{name}: {1 / mine:.1f} photos a second and core, {ratio}")


def another_shot(image: Image.Image, rng: random.Random) -> Image.Image:
    """What a camera held in hand sees a moment later: a little turned, moved and brighter or darker."""
    width, height = image.size
    zoom, left, top = rng.uniform(0.955, 0.985), rng.random(), rng.random()
    left, top = left * (1 - zoom) * width, top * (1 - zoom) * height
    frame = image.rotate(rng.uniform(-0.6, 0.6), Image.Resampling.BICUBIC)
    frame = frame.crop((int(left), int(top), int(left + zoom * width), int(top + zoom * height)))
    return ImageEnhance.Brightness(frame).enhance(rng.uniform(0.98, 1.02))


def hits(photos: Sequence[Path], work: Path) -> None:
    """A fourth of the photos is not in the album; of every fifth there are shots beside it; each level is a set."""
    rng = random.Random(7)
    (work / "album").mkdir()
    asked: list[tuple[str, str, str, bool]] = []
    for number, path in enumerate(photos):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        shots = [(f"{number:05d}", picture, bool(number % 4))]
        if number % 4:
            (work / "album" / f"{number:05d}.jpg").write_bytes(path.read_bytes())
            if number % 5 == 0:
                shots += [(f"{number:05d}-{n}", another_shot(picture, rng), True) for n in range(4)]
        for name, shot, is_there in shots:
            if "-" in name:
                shot.save(work / "album" / f"{name}.jpg", quality=92)
            for level in LEVELS:
                file = work / "thumbs" / level / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(thumbnail(shot, level, rng))
                asked.append((level, name, f"{name}.jpg" if is_there else "", len(shots) > 1))
    words = f"--thumbnails {work}/thumbs --album {work}/album --output {work}/out --no-index --no-page --dryrun".split()
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, ROOT / "match_thumbnails.py", *words], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    took = time.perf_counter() - start
    with open(work / "out" / "matches.csv", newline="", encoding="utf-8-sig") as opened:
        answers = {(row["set"], Path(row["thumbnail"]).name): row for row in csv.DictReader(opened)}
    album = sorted((work / "album").iterdir())
    hashes = {
        kind: [kind(ImageOps.exif_transpose(Image.open(path))) for path in album] for kind in (imagehash.average_hash, imagehash.phash)
    }
    print(f"{len(asked)} thumbnails, {len(album)} photos, {took:.0f} s. Shares of the thumbnails whose photo is in the album;")
    print("false: how many were named a wrong photo as if it were sure, those with no photo in the album included")
    print(f"  {'':20} {'':20} {'right':>7} {'of bursts':>9} {'sure':>7} {'false':>6}")
    for level in LEVELS:
        for way in ("match_thumbnails.py", "average hash < 5", "nearest pHash"):
            right: dict[bool, list[bool]] = {False: [], True: []}
            sure = false = 0
            for _, name, photo, in_burst in (one for one in asked if one[0] == level):
                if way == "match_thumbnails.py":
                    row = answers.get((level, name), {"photo": "", "status": "none"})
                    named, certain = Path(row["photo"]).name, row["status"] == "matched"
                else:
                    kind = imagehash.average_hash if way.startswith("average") else imagehash.phash
                    mine = kind(Image.open(work / "thumbs" / level / name))
                    far, named = min((mine - other, path.name) for other, path in zip(hashes[kind], album))
                    certain = far < 5 or kind is imagehash.phash
                    named = named if certain else ""
                if photo:
                    right[in_burst].append(named == photo)
                    sure += certain and named == photo
                false += certain and named != photo
            there = max(1, len(right[False]) + len(right[True]))
            of_bursts = sum(right[True]) / max(1, len(right[True]))
            all_right = (sum(right[False]) + sum(right[True])) / there
            print(f"  {level:20} {way:20} {all_right:7.3f} {of_bursts:9.3f} {sure / there:7.3f} {false:6}")


def speed(photos: Sequence[Path], work: Path, album: int, thumbs: int) -> None:
    """Thumbnails against a large album whose sketches are known: real photos among mirrored pieces of them, so that all differ."""
    rng = random.Random(1)
    images = [ImageOps.exif_transpose(Image.open(path)).convert("RGB") for path in photos[:60]]
    known = [(path, album_sketches.sketch(os.fspath(path))) for path in photos[:60]]
    with AlbumIndex() as gallery:
        for path, sketched in known:
            gallery.add(os.fspath(path), sketched)
        for number in range(len(known), album):
            piece = ImageOps.mirror(images[number % len(images)])
            width, height = piece.size
            side, left, top = rng.uniform(0.2, 0.6), rng.random(), rng.random()
            box = (
                left * (1 - side) * width,
                top * (1 - side) * height,
                (left * (1 - side) + side) * width,
                (top * (1 - side) + side) * height,
            )
            small = piece.resize((96, max(16, round(96 * height / width))), Image.Resampling.BOX, box=box)
            gallery.add(os.fspath(known[number % len(known)][0]), (album_sketches._sketch(small, width / height),))
        tasks = []
        for number in range(thumbs):
            file = work / f"speed{number}"
            file.write_bytes(thumbnail(images[number % len(images)], LEVELS[number // 60 % 4], rng))
            tasks.append(os.fspath(file))
        start = time.perf_counter()
        queries = []
        for task_path in tasks:
            image = read(task_path)
            queries.append(candidates.Query(np.asarray(image), is_grey(image)))
        near = gallery.search(queries, os.cpu_count() or 1)
        middle = time.perf_counter()
        asked = (Examination(n, path, ThumbnailView(), gallery.suspects(near[n])) for n, path in enumerate(tasks))
        right = sum(
            not isinstance(found, Failure) and bool(found) and found[0].photo == task.number % len(known)
            for task, found in process_pool.run_in_pool(
                examine, asked, workers=os.cpu_count() or 1, batch=16, limit=120.0, name=lambda task: task.path
            )
        )
        end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"{thumbs} thumbnails against {album:,} photos: search {middle - start:.1f} s, examine {end - middle:.1f} s, "
        f"together {end - start:.1f} s; {right} named right; the search's memory at most {peak:,} MiB"
    )


def invented(album: int, thumbs: int) -> None:
    """The search alone against made-up maps: what it costs in time and memory."""
    rng = np.random.default_rng(2)
    maps = rng.integers(0, 256, (album, candidates.MAP, candidates.MAP, 3), np.uint8)
    shapes = rng.choice(np.array([4 / 3, 3 / 4, 3 / 2, 16 / 9, 9 / 16], np.float32), album)
    queries = [candidates.Query(np.repeat(np.repeat(maps[n], 5, axis=0), 5, axis=1)) for n in range(thumbs)]
    start = time.perf_counter()
    candidates.search(queries, maps, shapes, SUSPECTS, threads=os.cpu_count() or 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{thumbs} made-up thumbnails against {album:,} made-up photos: search {time.perf_counter() - start:.1f} s, at most {peak:,} MiB")


def main() -> None:
    """All four tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("photos", nargs="?", type=Path)
    options.add_argument("--small", action="store_true")
    options.add_argument("--only", choices=("analysed", "hits", "speed", "invented"))
    arguments = options.parse_args()
    part = 10 if arguments.small else 1
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        photos = photos_of(arguments.photos, work)
        jobs: dict[str, Callable[[], None]] = {
            "analysed": lambda: analysed(work),
            "hits": lambda: hits(photos, work),
            "speed": lambda: speed(photos, work, 10_000 // part, 500 // part),
            "invented": lambda: invented(100_000 // part, 500 // part),
        }
        for job, run in jobs.items():
            if arguments.only in (None, job):
                run()


if __name__ == "__main__":
    main()
