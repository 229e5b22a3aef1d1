"""How surely a scaled and recompressed copy is told from an edited picture and from another shot, and the better of two from the lesser.

python -m tests.bench.versions PHOTOS [--most N] [--half 0|1] [--longest PIXELS]

PHOTOS is a folder of real photos. `--half` takes every other one: what was chosen on the one half is shown on the other. For each kind the
table has how many were taken for versions (copies should be, everything else should not), and for copies and upscales in how many the
original won, was level, or lost.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pillow_heif
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from lib.versions.comparison import VersionComparison, compare

pillow_heif.register_heif_opener()
Make = Callable[[Image.Image, Path], Path]


def _scaled(image: Image.Image, share: float, scaler: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    return image.resize((max(1, round(image.width * share)), max(1, round(image.height * share))), scaler)


def _messenger(image: Image.Image) -> Image.Image:
    return _scaled(image, min(1.0, 1600 / max(image.size), 0.8))


def saved(change: Callable[[Image.Image], Image.Image], style: str = "jpg", quality: int = 90) -> Make:
    """A file of a changed picture."""

    def make(image: Image.Image, path: Path) -> Path:
        path = path.with_suffix(f".{style}")
        changed = change(image)
        changed.save(path, quality=quality)
        return path

    return make


def _sharpened(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(1, 80, 0))


def _shifted(image: Image.Image) -> Image.Image:
    return image.transform(image.size, Image.Transform.AFFINE, (1, 0, 1.5, 0, 1, 1.0), Image.Resampling.BICUBIC)


def _warmer(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (red.point(lambda v: min(255, v * 1.06)), green, blue.point(lambda v: v * 0.94)))


def _captioned(image: Image.Image) -> Image.Image:
    image = image.copy()
    size = max(14, image.height // 24)
    ImageDraw.Draw(image).text((image.width // 12, image.height - 2 * size), "Summer at the lake, 1998", "white", font_size=size)
    return image


def _cropped(image: Image.Image) -> Image.Image:
    return image.crop((round(image.width * 0.02), round(image.height * 0.02), round(image.width * 0.98), round(image.height * 0.98)))


def _healed(image: Image.Image) -> Image.Image:
    image, side = image.copy(), min(image.size) // 8
    image.paste(image.crop((0, 0, side, side)), (image.width // 2, image.height // 2))
    return image


def _again(image: Image.Image) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        return Image.open(saved(_messenger, quality=75)(image, Path(folder) / "a")).convert("RGB")


COPIES: dict[str, Make] = {
    "quality 95": saved(lambda image: image, quality=95),
    "quality 50": saved(lambda image: image, quality=50),
    "quality 25": saved(lambda image: image, quality=25),
    "messenger": saved(_messenger, quality=75),
    "sent twice": saved(_again, quality=75),
    "half": saved(lambda image: _scaled(image, 0.5)),
    "a fifth": saved(lambda image: _scaled(image, 0.2)),
    "messenger, WebP": saved(_messenger, "webp", quality=80),
    "PNG": saved(lambda image: image, "png"),
    "HEIC": saved(lambda image: image, "heic", quality=70),
}
UPSCALES: dict[str, Make] = {
    "1.5 times a quarter": saved(lambda image: _scaled(_scaled(image, 0.25), 6, Image.Resampling.BICUBIC), quality=95),
    "a half at full size": saved(lambda image: _scaled(image, 0.5).resize(image.size, Image.Resampling.BICUBIC), quality=95),
    "quality 30, then 100": saved(lambda image: _through(image, 30), quality=100),
    "quality 60, then 100": saved(lambda image: _through(image, 60), quality=100),
}
OTHERS: dict[str, Make] = {
    "sharpened": saved(_sharpened, quality=95),
    "sharpened, half": saved(lambda image: _scaled(image.filter(ImageFilter.UnsharpMask(3, 150, 0)), 0.5), quality=95),
    "brighter 5 %": saved(lambda image: ImageEnhance.Brightness(image).enhance(1.05), quality=95),
    "brighter, messenger": saved(lambda image: _messenger(ImageEnhance.Brightness(image).enhance(1.1)), quality=75),
    "contrast 10 %": saved(lambda image: ImageEnhance.Contrast(image).enhance(1.1), quality=95),
    "warmer": saved(_warmer, quality=95),
    "colours 20 %": saved(lambda image: ImageEnhance.Color(image).enhance(1.2), quality=95),
    "black and white": saved(lambda image: ImageOps.grayscale(image).convert("RGB"), quality=95),
    "captioned": saved(_captioned, quality=95),
    "captioned, messenger": saved(lambda image: _messenger(_captioned(image)), quality=75),
    "cropped 4 %": saved(_cropped, quality=95),
    "healed": saved(_healed, quality=95),
    "hand moved": saved(_shifted, quality=95),
}


def _through(image: Image.Image, quality: int) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        return Image.open(saved(lambda same: same, quality=quality)(image, Path(folder) / "a")).convert("RGB")


def paper(seed: int, *, changed: bool = False) -> Image.Image:
    """An account statement of a template; `changed`: one of its figures is another one."""
    figures = random.Random(seed)
    image = Image.new("RGB", (1240, 1754), "white")
    pen = ImageDraw.Draw(image)
    pen.text((90, 80), "Statement of account", "black", font_size=44)
    for line in range(34):
        amount = figures.randrange(100, 99999) + (7 if changed and line == 17 else 0)
        text = f"{figures.randrange(1, 29):02}.{figures.randrange(1, 13):02}.  Payment {figures.randrange(9999):04}   {amount / 100:9.2f}"
        pen.text((90, 190 + 42 * line), text, "black", font_size=24)
    return image


def _row(kind: str, found: list[VersionComparison], seconds: float) -> str:
    versions = [one for one in found if one.difference is None]
    wins = "/".join(str(sum(one.more_detail == sign for one in versions)) for sign in (1, 0, -1))
    return (
        f"{kind:24} {len(versions):4} of {len(found):4}  original wins/level/loses {wins:12} {seconds / max(len(found), 1) * 1000:6.0f} ms"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--most", type=int, default=20)
    parser.add_argument("--half", type=int, default=0)
    parser.add_argument("--longest", type=int, default=2400)
    args = parser.parse_args()
    photos = sorted(path for path in args.photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))[args.half :: 2]
    random.Random(1).shuffle(photos)
    with tempfile.TemporaryDirectory() as folder:
        originals = []
        for number, path in enumerate(photos[: args.most]):
            image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
            image = _scaled(image, min(1.0, args.longest / max(image.size)))
            originals.append((image, saved(lambda same: same, quality=93)(image, Path(folder) / f"original{number}")))
        for title, kinds in (("copies", COPIES), ("upscales", UPSCALES), ("no versions", OTHERS)):
            print(f"-- {title}")
            for kind, make in kinds.items():
                begun, found = time.perf_counter(), []
                for n, (image, original) in enumerate(originals):
                    made = make(image, Path(folder) / f"made{n}-{kind.replace(' ', '_').replace('.', '')}")
                    found.append(compare(str(original), str(made)))
                print(_row(kind, found, time.perf_counter() - begun), flush=True)
        pages = [saved(lambda same: same, quality=90)(paper(n), Path(folder) / f"page{n}") for n in range(args.most)]
        one_figure = [saved(lambda same: same, quality=90)(paper(n, changed=True), Path(folder) / f"changed{n}") for n in range(args.most)]
        print("-- papers: of one template, and with one figure changed")
        print(_row("another paper", [compare(str(a), str(b)) for a, b in itertools.pairwise(pages)], 0))
        print(_row("one figure changed", [compare(str(a), str(b)) for a, b in zip(pages, one_figure)], 0))


if __name__ == "__main__":
    main()
