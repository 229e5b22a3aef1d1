"""Pictures that look alike are found among many, and no others."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from lib.analysis.appearance import appearance_of, read_appearance
from lib.duplicates.hamming import neighbours
from lib.duplicates.similarity import Looks, alike, as_stored, turned_alike
from lib.model import Appearance
from tests import build


def hashes_with_neighbours(count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    rng = random.Random(seed)
    found = [rng.getrandbits(64) for _ in range(count)]
    for number in range(count // 2):
        flips = sum(1 << bit for bit in rng.sample(range(64), rng.randrange(13)))
        found[count // 2 + number] = found[number] ^ flips
    return np.array(found, np.uint64)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0, 2, 5, 8]))
def test_all_hashes_within_a_distance_are_found(seed: int, distance: int) -> None:
    hashes = hashes_with_neighbours(120, seed)
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    wanted = {(one, other) for one, other in np.argwhere(apart <= distance).tolist() if one < other}
    assert {tuple(pair) for pair in neighbours(hashes, distance).tolist()} == wanted
    between = {tuple(pair) for pair in neighbours(hashes[:60], distance, hashes).tolist()}
    assert between == {(one, other) for one, other in np.argwhere(apart[:60] <= distance).tolist() if one != other}
    met = {tuple(pair) for pair in neighbours(hashes, distance, farthest=11).tolist()}
    assert wanted <= met <= {(one, other) for one, other in np.argwhere(apart <= 11).tolist()}


def test_very_many_equal_hashes_are_looked_at_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.duplicates.hamming._MOST_CANDIDATES", 50)
    assert len(neighbours(np.zeros(40, np.uint64), 8)) == 40 * 39 // 2
    assert neighbours(np.array([], np.uint64), 8).shape == (0, 2)


def looks_of(*images: Image.Image) -> Looks:
    looks = Looks()
    for image in images:
        looks.add(appearance_of(image.convert("RGB"), image.width / image.height))
    return looks


def versions(seed: int) -> dict[str, Image.Image]:
    whole = build.picture(seed, (400, 300))
    return {
        "small": whole.resize((80, 60)),
        "bright": ImageEnhance.Brightness(whole).enhance(1.2),
        "grey": whole.convert("L"),
        "cropped": whole.crop((10, 7, 390, 293)),
        "cropped at a corner": whole.crop((20, 15, 400, 300)),
    }


@pytest.mark.parametrize("change", ["small", "bright", "grey", "cropped", "cropped at a corner"])
def test_an_altered_copy_is_found_among_strangers(change: str) -> None:
    seeds = range(1, 13)
    looks = looks_of(*(build.picture(seed, (400, 300)) for seed in seeds), *(versions(seed)[change] for seed in seeds))
    found = {(one, other) for one, other, _ in alike(looks, 0.9)}
    assert {(number, number + 12) for number in range(12)} == found


def moonlike(fine: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Appearance:
    """A picture that is mostly broad light and dark, with something fine in it."""
    rows, columns = np.mgrid[0:16, 0:16]
    light = 128 + 70 * np.cos(np.pi * (rows + 0.5) / 16) + 50 * np.cos(np.pi * (columns + 0.5) / 16) + 7 * fine
    return Appearance(0, np.repeat(light.round().clip(0, 255).astype(np.uint8)[..., None], 3, axis=2).tobytes(), 1.0, 50.0)


@pytest.mark.parametrize(("agreement", "are_alike"), [(0.98, True), (0.94, True), (0.75, False), (0.68, False), (0.0, False)])
def test_where_all_is_broad_what_is_fine_has_to_agree(agreement: float, are_alike: bool) -> None:
    """Two nights with a moon are alike in nearly all; what the moon shows tells them apart."""
    checks = np.indices((16, 16)).sum(axis=0) % 2 * 2.0 - 1.0
    stripes = np.indices((16, 16))[0] % 2 * 2.0 - 1.0
    looks = Looks()
    for fine in (checks, agreement * checks + (1 - agreement**2) ** 0.5 * stripes):
        looks.add(moonlike(fine))
    assert [(one, other) for one, other, _ in alike(looks, 0.9)] == ([(0, 1)] if are_alike else [])


def test_likeness_is_one_for_the_same_and_less_for_a_change() -> None:
    whole = build.picture(1, (400, 300))
    ((one, other, likeness),) = alike(looks_of(whole, whole), 0.9)
    assert (one, other) == (0, 1) and 0.9999 < likeness <= 1
    (changed,) = alike(looks_of(whole, versions(1)["cropped at a corner"]), 0.8)
    assert 0.8 <= changed[2] < 1


def test_a_featureless_picture_is_like_nothing() -> None:
    assert list(alike(looks_of(Image.new("RGB", (40, 30), "navy"), Image.new("RGB", (40, 30), "black")), 0.5)) == []
    assert not list(alike(Looks(), 0.5)) and not list(turned_alike(Looks(), [], 0.5))


def test_pictures_of_very_different_shapes_are_not_alike() -> None:
    wide = build.picture(1, (400, 300))
    assert list(alike(looks_of(wide, wide.resize((300, 400))), 0.5)) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_only_the_flag_turns_is_found(tmp_path: Path, orientation: int) -> None:
    looks = Looks()
    looks.add(read_appearance(str(build.jpeg(tmp_path / "plain.jpg", 1))))
    looks.add(read_appearance(str(build.jpeg(tmp_path / "turned.jpg", 1, orientation=orientation))))
    looks.add(read_appearance(str(build.jpeg(tmp_path / "stranger.jpg", 2, orientation=orientation))))
    assert list(turned_alike(looks, [1, orientation, orientation], 0.98)) == ([] if orientation == 1 else [(0, 1)])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_layout_is_turned_back_as_its_picture_was_turned(orientation: int) -> None:
    layout = Image.frombytes("RGB", (16, 16), random.Random(1).randbytes(768))
    layout.getexif()[274] = orientation
    turned = ImageOps.exif_transpose(layout)
    assert as_stored(turned.tobytes(), orientation) == layout.tobytes()


def test_a_crowd_that_looks_alike_is_compared_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames of a time lapse: each is found with others, and the pairs grow with their number, not with its square."""
    monkeypatch.setattr("lib.duplicates.hamming.CROWD", 20)
    rng = np.random.default_rng(1)
    scene = np.asarray(build.picture(1, (64, 48)), np.int16)
    looks = Looks()
    for _ in range(200):
        noise = rng.integers(-8, 8, scene.shape)
        looks.add(appearance_of(Image.fromarray((scene + noise).clip(0, 255).astype(np.uint8)), 4 / 3))
    looks.layouts.append(looks.layouts[3])
    looks.hashes.append(looks.hashes[3])
    looks.aspects.append(looks.aspects[3])
    looks.details.append(looks.details[3])
    for _ in range(2):
        looks.add(appearance_of(build.picture(7, (64, 48)), 4 / 3))
    pairs = {(one, other) for one, other, _ in alike(looks, 0.9)}
    assert {number for pair in pairs for number in pair} == set(range(203))
    assert {(3, 200), (201, 202)} <= pairs
    assert len(pairs) < 200 * 20 * 2


def light_in_the_dark(seed: int) -> Image.Image:
    """A bright light before black, and its own fine pattern around it: the moon behind twigs, a lamp at night."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[0:256, 0:256] / 256
    light = 200 * np.exp(-(((row - 0.4) / 0.2) ** 2) - ((column - 0.6 + 0.3 * row) / 0.12) ** 2) + 30 * column
    waves = [np.cos(np.pi * down * row) * np.cos(np.pi * across * column) for down in range(5, 13) for across in range(5, 13)]
    around = sum(weight * wave for weight, wave in zip(rng.normal(0, 3, len(waves)), waves))
    return Image.fromarray(np.clip(light + 25 + around, 0, 255).astype(np.uint8)).convert("RGB")


def test_different_pictures_of_a_light_in_the_dark_are_not_alike_but_their_copies_are() -> None:
    first, second = light_in_the_dark(1), light_in_the_dark(2)
    copies = [first.resize((100, 100)), ImageEnhance.Brightness(first).enhance(1.1), first.crop((6, 6, 250, 250))]
    pairs = {(one, other) for one, other, _ in alike(looks_of(first, second, *copies), 0.9)}
    assert {(0, 2), (0, 3), (0, 4)} <= pairs
    assert not any(1 in pair for pair in pairs)
