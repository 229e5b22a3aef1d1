"""How many altered copies of real photos find_duplicates.py finds, kind by kind, and how many pairs of different photos it takes for alike.

python -m tests.bench.similar_recall PHOTOS [--similarity HOW] [--most N]

Each photo is made smaller first (1,600 pixels), since what is measured is the comparison. For each kind of change the script runs over
the photos and their changed copies; a pair is found when both stand in one group of the report, of whatever kind. Photos that are
alike before any change are counted once and left out of the false pairs.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import pillow_heif
from PIL import Image, ImageEnhance, ImageOps

from tests.bench.duplicates_speed import SCRIPT
from tests.build import exif

LONGEST = 1600
Change = Callable[[Image.Image, Path], None]


def _jpeg(change: Callable[[Image.Image], Image.Image], quality: int = 90) -> Change:
    return lambda image, path: change(image).save(path.with_suffix(".jpg"), quality=quality)


def _part(left: float, top: float, right: float, bottom: float) -> Change:
    return _jpeg(lambda i: i.crop((int(left * i.width), int(top * i.height), int(right * i.width), int(bottom * i.height))))


def _turned(image: Image.Image, path: Path) -> None:
    image.transpose(Image.Transpose.ROTATE_90).save(path.with_suffix(".jpg"), quality=92, exif=exif(orientation=6))


CHANGES: dict[str, Change] = {
    "scaled to 50 %": _jpeg(lambda image: image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)),
    "scaled to 20 %": _jpeg(lambda image: image.resize((image.width // 5, image.height // 5), Image.Resampling.LANCZOS)),
    "quality 50": _jpeg(lambda image: image, 50),
    "quality 20": _jpeg(lambda image: image, 20),
    "brightness +20 %": _jpeg(lambda image: ImageEnhance.Brightness(image).enhance(1.2)),
    "turned, flag set": _turned,
    "HEIC of it": lambda image, path: image.save(path.with_suffix(".heic"), "HEIF", quality=80),
    "PNG of it": lambda image, path: image.save(path.with_suffix(".png")),
    "tags stripped": _jpeg(lambda image: image, 95),
    "grey": _jpeg(lambda image: image.convert("L")),
    "5 % cropped, all round": _part(0.025, 0.025, 0.975, 0.975),
    "5 % cropped at a corner": _part(0.05, 0.05, 1.0, 1.0),
}


def photos(folder: Path, most: int) -> list[Image.Image]:
    """Distinct photos of some size, upright, over white."""
    found: list[Image.Image] = []
    seen: set[bytes] = set()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".heic", ".png", ".webp") or len(found) >= most:
            continue
        data = path.read_bytes()
        if (digest := hashlib.sha256(data).digest()) in seen:
            continue
        seen.add(digest)
        try:
            with Image.open(path) as opened:
                image = ImageOps.exif_transpose(opened).convert("RGBA")
        except Exception:  # noqa: BLE001, S112  # a folder of samples holds broken files on purpose
            continue
        if min(image.size) >= 240:
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image).convert("RGB")
            image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            # A sheet of one colour is no photo.
            if len(image.getcolors(1) or ()) != 1:
                found.append(image)
    return found


def pairs(folder: Path, similarity: str, index: Path) -> set[frozenset[str]]:
    """The stems of every two files that stand in one group."""
    command = [
        sys.executable,
        os.fspath(SCRIPT),
        "--input",
        os.fspath(folder),
        "--no-page",
        "--similarity",
        similarity,
        "--index",
        os.fspath(index),
    ]
    subprocess.run(command, cwd=folder.parent, check=False, stdout=subprocess.DEVNULL)
    groups: dict[str, list[str]] = {}
    with open(folder.parent / "duplicates.csv", newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["group"], []).append(Path(row["path"]).stem)
    return {frozenset(two) for names in groups.values() for two in itertools.combinations(names, 2)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photos", type=Path)
    options.add_argument("--similarity", default="normal")
    options.add_argument("--most", type=int, default=200)
    arguments = options.parse_args()
    warnings.simplefilter("ignore")
    pillow_heif.register_heif_opener()
    images = photos(arguments.photos, arguments.most)
    with tempfile.TemporaryDirectory(prefix="recall-") as text:
        folder = Path(text)
        album = folder / "files"
        (album / "original").mkdir(parents=True)
        for number, image in enumerate(images):
            image.save(album / "original" / f"{number}.jpg", quality=95, exif=exif("2019:07:03 12:34:56", make="Canon"))
        alike = {frozenset(name.removeprefix("c") for name in pair) for pair in pairs(album, arguments.similarity, folder / "index")}
        print(f"{len(images)} photos, {len(alike)} pairs of them alike before any change; --similarity {arguments.similarity}")
        for title, change in CHANGES.items():
            copies = album / "changed"
            copies.mkdir()
            for number, image in enumerate(images):
                change(image, copies / f"c{number}")
            found = pairs(album, arguments.similarity, folder / "index")
            right = sum(frozenset({str(number), f"c{number}"}) in found for number in range(len(images)))
            different = {frozenset(name.removeprefix("c") for name in pair) for pair in found}
            false = {pair for pair in different if len(pair) == 2} - alike
            print(f"{title:26}{right / len(images):8.1%} found{len(false):5} false pairs")
            for path in copies.iterdir():
                path.unlink()
            copies.rmdir()


if __name__ == "__main__":
    main()
