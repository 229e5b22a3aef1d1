"""One picture in two qualities is told from two pictures, at the very edge of what is still alike."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from lib.album.picture_comparison import is_one_picture, other_shot
from lib.analysis.appearance import likeness
from lib.model import Appearance, DateClaim, DateSource, Metadata

_RANDOM = np.random.default_rng(7)
_PICTURE = _RANDOM.integers(40, 216, (16, 16, 3)).astype(float)
_CHANGE = _RANDOM.normal(0, 1, (16, 16, 3))


def look(change: float = 0.0, phash: int = 0, aspect: float = 1.5) -> Appearance:
    """A picture, changed by noise of this standard deviation."""
    return Appearance(phash, (_PICTURE + change * _CHANGE).clip(0, 255).round().astype(np.uint8).tobytes(), aspect, 50.0)


def as_like_as(wanted: float) -> Appearance:
    """The picture, changed until it is just so like."""
    low, high = 0.0, 60.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if likeness(look(), look(middle)) >= wanted else (low, middle)
    return look(low)


@pytest.mark.parametrize(("alike", "is_one"), [(0.987, True), (0.983, False), (0.9, False), (0.81, False)])
def test_layouts_have_to_agree(alike: float, is_one: bool) -> None:
    other = as_like_as(alike)
    assert abs(likeness(look(), other) - alike) < 0.002
    assert is_one_picture(look(), other) is is_one_picture(other, look()) is is_one


@pytest.mark.parametrize(("bits", "is_one"), [(0, True), (8, True), (9, False), (32, False), (64, False)])
def test_hashes_have_to_agree(bits: int, is_one: bool) -> None:
    assert is_one_picture(look(), look(phash=(1 << bits) - 1)) is is_one


@pytest.mark.parametrize(("aspect", "is_one"), [(1.5, True), (1.525, True), (1.54, False), (1.0, False)])
def test_shapes_have_to_agree(aspect: float, is_one: bool) -> None:
    assert is_one_picture(look(), look(aspect=aspect)) is is_one


def test_pictures_with_nothing_in_them_are_never_one() -> None:
    plain = partial(Appearance, 0, bytes([128]) * 768, 1.5)
    assert not is_one_picture(plain(0.0), plain(0.0))


def tags(subsecond: str = "", exposure: str = "", unique_id: str = "", content_id: str = "") -> Metadata:
    claims = (DateClaim(DateSource.EXIF_ORIGINAL, "2019:07:03 12:34:56", subsecond),)
    return Metadata("jpeg", exposure=exposure, unique_id=unique_id, content_id=content_id, claims=claims)


@pytest.mark.parametrize(
    ("one", "other", "is_other"),
    [
        (tags(), tags(), False),
        (tags("12"), tags("12"), False),
        (tags("5"), tags("500"), False),
        (tags("00"), tags("45"), True),
        (tags("12"), tags("45"), True),
        (tags("12"), tags(), False),
        (tags(exposure="0.008 2.8 200 0"), tags(exposure="0.008 2.8 200 0"), False),
        (tags(exposure="0.008 2.8 200 0"), tags(exposure="0.002 2.8 200 -2"), True),
        (tags(exposure="0.008 2.8 200 0"), tags(exposure="? 2.8 ? ?"), False),
        (tags(exposure="0.008 2.8 200 0"), tags(), False),
        (tags(unique_id="ab"), tags(unique_id="cd"), True),
        (tags(unique_id="ab"), tags(), False),
        (tags(content_id="ab"), tags(content_id="cd"), True),
    ],
)
def test_tags_tell_one_shot_from_the_next_where_both_say_so(one: Metadata, other: Metadata, is_other: bool) -> None:
    assert bool(other_shot(one, other)) is bool(other_shot(other, one)) is is_other
