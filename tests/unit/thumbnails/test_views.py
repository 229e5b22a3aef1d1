"""What may have been done to a thumbnail, and whether the photo is still proved behind it."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from lib.thumbnails import album_sketches, thumbnail_views, verification
from lib.thumbnails.album_index import AlbumIndex
from lib.thumbnails.thumbnail_views import ThumbnailView
from lib.thumbnails.verification import Evidence
from tests import build

WHOLE = (0.0, 0.0, 1.0, 1.0)


def pasted(picture: Image.Image, place: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """The picture on a page with a headline."""
    page = Image.new("RGB", size, "white")
    ImageDraw.Draw(page).rectangle((0, 0, size[0], 20), fill="navy")
    page.paste(picture, place)
    return page


@pytest.mark.parametrize("seed", range(4))
def test_a_picture_pasted_into_a_page_is_found_by_its_straight_edges(seed: int) -> None:
    picture = build.picture(seed, (150, 110))
    views = thumbnail_views.frames(pasted(picture, (30, 34), (220, 190)))
    assert views[0].trim == (31, 35, 41, 47), "each side has lost a pixel more"


def test_a_picture_that_fills_the_thumbnail_has_no_frame_of_its_own_colour() -> None:
    assert thumbnail_views.border(build.picture(3, (160, 120))) is None


def test_a_view_is_trimmed_turned_and_mirrored() -> None:
    picture = build.picture(5, (100, 80))
    seen = thumbnail_views.views_of(picture, ThumbnailView((10, 20, 0, 0), 90, True))
    expected = ImageOps.mirror(picture.crop((10, 20, 100, 80)).transpose(Image.Transpose.ROTATE_90))
    assert seen.tobytes() == expected.tobytes()


def evidence(picture: Image.Image, style: str = "JPEG", *, of: Image.Image, **allowed: object) -> Evidence:
    """What speaks for the photo `of` behind a thumbnail file."""
    buffer = io.BytesIO()
    picture.save(buffer, style, **({"quality": 70} if style == "JPEG" else {}))
    shown = Image.open(buffer).convert("RGB")
    (found,) = verification.gather_evidence(buffer.getvalue(), shown, [of], [WHOLE], **allowed)  # type: ignore[arg-type]
    return found


def small(picture: Image.Image) -> Image.Image:
    return picture.resize((200, 150), Image.Resampling.LANCZOS)


@pytest.fixture
def scene() -> Image.Image:
    return build.picture(21, (800, 600))


def test_a_gif_and_a_screenshot_of_a_jpeg_are_explained(scene: Image.Image) -> None:
    gif = evidence(small(scene).quantize(128), "GIF", of=scene)
    assert gif.explains and gif.canonical
    buffer = io.BytesIO()
    small(scene).save(buffer, "JPEG", quality=60)
    screenshot = evidence(Image.open(buffer), "PNG", of=scene)
    assert screenshot.explains and screenshot.canonical


def test_a_whole_photo_is_meant_also_where_it_was_squeezed(scene: Image.Image) -> None:
    square = evidence(scene.resize((150, 150), Image.Resampling.LANCZOS), of=scene)
    assert square.explains and square.canonical and square.size == pytest.approx(1, abs=0.005)


def test_a_tone_curve_is_explained_where_it_is_allowed_for_and_is_no_plain_match(scene: Image.Image) -> None:
    curve = [round(255 * x * x * (3 - 2 * x)) for x in (n / 255 for n in range(256))] * 3
    toned = small(scene).point(curve)
    strict, allowed = evidence(toned, of=scene), evidence(toned, of=scene, toned=True)
    assert allowed.overall < strict.overall / 2 and allowed.overall < 2
    assert allowed.plain > 5
    assert evidence(small(scene), of=scene).plain < 1.3


def test_a_caption_is_looked_past(scene: Image.Image) -> None:
    captioned = small(scene)
    ImageDraw.Draw(captioned).rectangle((0, 132, 200, 150), fill="black")
    assert not evidence(captioned, of=scene).explains
    inside = thumbnail_views.uncovered(captioned)[0]
    looked_past = evidence(captioned, of=scene, inside=inside)
    assert looked_past.explains and looked_past.canonical


@pytest.mark.parametrize("seed", range(3))
def test_another_shot_is_not_explained_by_allowing_more(seed: int) -> None:
    rng = random.Random(seed)
    scene = build.picture(40 + seed, (800, 600))
    left, top = rng.randrange(8, 24), rng.randrange(8, 24)
    shot = scene.rotate(1.5, Image.Resampling.BICUBIC).crop((left, top, left + 770, top + 570))
    for inside in thumbnail_views.uncovered(small(shot)):
        assert not (one := evidence(small(shot), of=scene, inside=inside)).explains or not one.canonical
    assert not (one := evidence(small(shot), of=scene, toned=True)).explains or not one.canonical


def test_a_photo_and_its_smaller_copy_are_one_picture_an_edit_and_another_shot_are_not(tmp_path: Path) -> None:
    photo = build.jpeg(tmp_path / "photo.jpg", 7, (1200, 900), quality=92)
    picture = Image.open(photo)
    others = {
        "copy": picture.resize((640, 480)),
        "edit": ImageEnhance.Contrast(picture).enhance(1.3),
        "shot": picture.rotate(0.5, Image.Resampling.BICUBIC).crop((12, 9, 1188, 891)),
    }
    with AlbumIndex() as album:
        album.add(str(photo), album_sketches.sketch(str(photo)))
        for name, image in others.items():
            image.save(tmp_path / f"{name}.jpg", quality=75)
            album.add(str(tmp_path / f"{name}.jpg"), album_sketches.sketch(str(tmp_path / f"{name}.jpg")))
        assert [album.one_picture(0, number) for number in (1, 2, 3)] == [True, False, False]
        assert album.finer(0, 1) and not album.finer(1, 0)
        assert album.common_shapes()[0] == 1.33
