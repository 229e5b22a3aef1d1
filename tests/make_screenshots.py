"""Make README's two pictures, out of the real pages: python -m tests.make_screenshots. Needs Chromium, and scikit-image for its photos."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageEnhance
from playwright.sync_api import Browser

from tests import browser
from tests.build import exif

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "tests" / "screenshots"
WINDOW = {"width": 1180, "height": 760}
# In the public domain, or given to it by those who took them; their sources stand in scikit-image's own list.
PHOTOS = {"chelsea.png": "IMG_0412.JPG", "coffee.png": "IMG_0415.JPG", "astronaut.png": "IMG_0420.JPG", "rocket.jpg": "IMG_0433.JPG"}


def photos() -> dict[str, Image.Image]:
    """Return the photos that scikit-image brings along, by the names that a camera would have given them."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        sys.exit("The photos come with scikit-image: pip install --no-deps scikit-image")
    data = Path(found.origin).parent / "data"
    return {name: Image.open(data / file).convert("RGB") for file, name in PHOTOS.items()}


def save(image: Image.Image, path: Path, width: int, quality: int, hour: int) -> None:
    """Save a version of a photo as a camera or a messenger would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height = round(image.height * width / image.width)
    tags = exif(date=f"2019:07:14 {hour:02}:20:05", make="Canon", model="Canon EOS 70D") if quality > 80 else b""
    image.resize((width, height), Image.Resampling.LANCZOS).save(path, quality=quality, exif=tags)


def household(root: Path) -> None:
    """Make two drives on which the same photos lie in several versions, and thumbnails of some of them."""
    for hour, (name, image) in enumerate(photos().items(), 9):
        save(image, root / "Red drive" / "Fotos" / "2019 Summer" / name, 1600, 93, hour)
        save(image, root / "Laptop" / "mailed" / name, 800, 70, hour)
        brighter = ImageEnhance.Brightness(image).enhance(1.12)
        save(brighter, root / "Laptop" / "edited" / name.replace(".JPG", "-edited.JPG"), 1400, 88, hour)
        square = image.crop(((image.width - image.height) // 2, 0, (image.width + image.height) // 2, image.height)) if hour % 2 else image
        save(square, root / "thumbs" / "For grandma" / f"image{hour}.jpg", 200, 55, hour)


def run(*words: str) -> None:
    """Run a script of the toolkit. Raises CalledProcessError where it fails."""
    subprocess.run([sys.executable, *words, "--no-index"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def take(chromium: Browser, page: Path, picture: str) -> None:
    """Save what a person sees first of a page, in few colours so that the file stays small."""
    tab = chromium.new_page(viewport={"width": WINDOW["width"], "height": WINDOW["height"]}, color_scheme="light")
    tab.goto(page.as_uri())
    tab.wait_for_selector("img")
    tab.wait_for_function("[...document.images].filter(i => i.getBoundingClientRect().top < innerHeight).every(i => i.complete)")
    TARGET.mkdir(exist_ok=True)
    tab.screenshot(path=TARGET / picture)
    tab.close()
    small = Image.open(TARGET / picture).convert("RGB").quantize(200, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(TARGET / picture, optimize=True)


def main() -> None:
    """Make both pictures anew."""
    root = Path(tempfile.gettempdir()).resolve() / "photos"  # the pages show it
    root.mkdir()
    try:
        household(root)
        drives = [os.fspath(root / "Red drive"), os.fspath(root / "Laptop")]
        run(os.fspath(ROOT / "find_duplicates.py"), "--input", *drives, "--output", os.fspath(root / "twice"))
        thumbs, found = os.fspath(root / "thumbs"), os.fspath(root / "found")
        run(os.fspath(ROOT / "match_thumbnails.py"), "--thumbnails", thumbs, "--album", drives[0], "--output", found)
        with browser.chromium() as chromium:
            take(chromium, root / "twice" / "duplicates.html", "duplicates.png")
            take(chromium, root / "found" / "matches.html", "thumbnails.png")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
