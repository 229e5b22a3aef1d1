"""A photo explains a thumbnail only where it does so everywhere."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from lib.thumbnails.verification import Evidence, gather_evidence
from tests import build

WHOLE = (0.0, 0.0, 1.0, 1.0)


def evidence(shown: Image.Image, photo: Image.Image) -> Evidence:
    """What speaks for the photo behind the JPEG thumbnail of what is shown."""
    buffer = io.BytesIO()
    shown.resize((160, 120), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=60)
    thumbnail = Image.open(buffer).convert("RGB")
    (found,) = gather_evidence(buffer.getvalue(), thumbnail, [photo], [WHOLE])
    return found


def with_somebody(photo: Image.Image, left: int) -> Image.Image:
    """The next shot of a burst: the same but for one who has come into the picture."""
    later = photo.copy()
    ImageDraw.Draw(later).ellipse((left, 200, left + 90, 320), fill=(30, 30, 40))
    return later


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_photo_itself_leaves_over_what_the_codec_loses(seed: int) -> None:
    photo = build.picture(seed, (640, 480))
    found = evidence(photo, photo)
    assert found.overall < 1.5 and found.worst < 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sibling_that_differs_in_one_place_is_told_by_its_worst_windows(seed: int) -> None:
    photo = build.picture(seed, (640, 480))
    assert evidence(with_somebody(photo, 250), photo).worst > 7, "the limit for a match"
