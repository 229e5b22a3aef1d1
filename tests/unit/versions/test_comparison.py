"""A copy is told from an edited picture and from another shot, and the better of two from the lesser, whatever their pixels and bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from lib.versions.comparison import VersionComparison, compare
from lib.versions.explanation import Difference

SIZE = (960, 720)
Change = Callable[[Image.Image], Image.Image]


def photo(seed: int = 1, softness: float = 1.1) -> Image.Image:
    """Something with the spectrum of a photo: fine texture over soft shapes, the less texture the softer."""
    random = np.random.default_rng(seed)
    planes = []
    for _ in range(3):
        noise = np.fft.rfft2(random.normal(size=SIZE[::-1]))
        rows, columns = np.fft.fftfreq(SIZE[1])[:, None], np.fft.rfftfreq(SIZE[0])[None]
        planes.append(np.fft.irfft2(noise / (np.hypot(rows, columns) + 0.002) ** softness, s=SIZE[::-1]))
    shared = np.stack([planes[0] + 0.3 * plane for plane in planes], axis=2)
    shared = (shared - shared.mean()) / shared.std()
    return Image.fromarray((128 + 42 * shared).clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(photo(), tmp_path_factory.mktemp("original") / "a.jpg", 93)


def saved(image: Image.Image, path: Path, quality: int = 90) -> Path:
    image.save(path, quality=quality)
    return path


def compared(one: Path, other: Path) -> VersionComparison:
    """The comparison, which is the same the other way round."""
    found, turned = compare(os.fspath(one), os.fspath(other)), compare(os.fspath(other), os.fspath(one))
    assert ((turned.difference is None), turned.more_detail) == ((found.difference is None), -found.more_detail)
    return found


def scaled(image: Image.Image, share: float) -> Image.Image:
    return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)


def same(image: Image.Image) -> Image.Image:
    return image


COPIES: dict[str, tuple[Change, str, int]] = {
    "pressed": (same, "b.jpg", 50),
    "pressed hard": (same, "b.jpg", 25),
    "a messenger's": (lambda image: scaled(image, 0.6), "b.jpg", 75),
    "a small one": (lambda image: scaled(image, 0.3), "b.jpg", 85),
    "a messenger's WebP": (lambda image: scaled(image, 0.6), "b.webp", 80),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_scaled_and_recompressed_copy_is_one_and_has_less(original: Path, tmp_path: Path, kind: str) -> None:
    change, name, quality = COPIES[kind]
    assert compared(original, saved(change(photo()), tmp_path / name, quality)) == VersionComparison(None, 1)


@pytest.mark.parametrize("name", ["b.png", "b.heic", "b.jpg"])
def test_a_faithful_copy_is_one_in_every_format(original: Path, tmp_path: Path, name: str) -> None:
    assert compared(original, saved(Image.open(original), tmp_path / name, 95)).difference is None


def captioned(image: Image.Image) -> Image.Image:
    image = image.copy()
    ImageDraw.Draw(image).text((60, 640), "Summer 1998", "white", font_size=24)
    return image


def warmer(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (red.point(lambda value: value * 1.06), green, blue.point(lambda value: value * 0.94)))


EDITS: dict[str, Change] = {
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(1.5, 100, 0)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.06),
    "with more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.1),
    "warmer": warmer,
    "black and white": lambda image: image.convert("L").convert("RGB"),
    "captioned": captioned,
    "cropped": lambda image: image.crop((10, 8, 950, 713)),
    "from a moved hand": lambda image: image.transform(SIZE, Image.Transform.AFFINE, (1, 0, 1.5, 0, 1, 1), Image.Resampling.BICUBIC),
    "another": lambda image: photo(2),
}


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_or_another_shot_is_no_version(original: Path, tmp_path: Path, kind: str, sent: bool) -> None:
    image = EDITS[kind](photo())
    made = saved(scaled(image, 0.7), tmp_path / "b.jpg", 75) if sent else saved(image, tmp_path / "b.jpg", 95)
    if kind == "sharpened" and sent:
        pytest.skip("what a messenger's scaling sharpens is not told from it")
    assert compared(original, made).difference is not None


def test_what_was_blown_up_has_less_than_what_it_was_made_of(tmp_path: Path) -> None:
    small = saved(scaled(photo(softness=1.6), 0.5), tmp_path / "a.jpg", 92)
    with Image.open(small) as image:
        blown_up = saved(image.resize(SIZE, Image.Resampling.BICUBIC), tmp_path / "b.jpg", 97)
    assert blown_up.stat().st_size > small.stat().st_size
    assert compared(small, blown_up) == VersionComparison(None, 1)


@pytest.mark.parametrize("figure", ["123.45", "123.46"])
def test_a_paper_with_one_other_figure_is_another_paper(tmp_path: Path, figure: str) -> None:
    papers = []
    for name, amount in (("a.jpg", "123.45"), ("b.jpg", figure)):
        page = Image.new("RGB", (800, 1100), "white")
        pen = ImageDraw.Draw(page)
        for line in range(20):
            pen.text((60, 60 + 48 * line), f"{line:02}.11. Payment   {amount if line == 9 else 7 * line}", "black", font_size=24)
        papers.append(saved(page, tmp_path / name, 92 if name == "a.jpg" else 80))
    assert compared(*papers).difference is (None if figure == "123.45" else Difference.PART)


def test_animations_and_what_cannot_be_read_are_never_versions(tmp_path: Path, original: Path) -> None:
    frames = [photo(seed).resize((320, 240)) for seed in (1, 2)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    assert compared(saved(frames[0], tmp_path / "b.jpg"), tmp_path / "a.webp").difference is not None
    (tmp_path / "cut.jpg").write_bytes(original.read_bytes()[:20_000])
    for other in ("cut.jpg", "none.jpg"):
        assert compared(original, tmp_path / other) == VersionComparison(Difference.UNREADABLE)
