"""Photos whose hashes are near are in one group, and no others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lib.album.look_groups import FARTHEST, look_groups
from lib.model import Appearance

hashes = st.lists(st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 63).map(lambda bit: 1 << bit), st.integers(0, 2**20)), max_size=12)


def looks(*hashes: int) -> dict[str, Appearance]:
    return {f"{number:02}": Appearance(phash, b"", 1.0, 50.0) for number, phash in enumerate(hashes)}


def test_no_photo_has_no_group() -> None:
    assert look_groups({}) == {}


def test_what_is_near_through_another_one_is_in_one_group() -> None:
    far = (1 << 16) - 1
    groups = look_groups(looks(0, far, 0xFF, 1 << 63))
    assert groups["00"] == groups["01"] == groups["02"]


@given(hashes)
def test_near_photos_are_never_in_two_groups_and_groups_are_chains_of_near_ones(some: list[int]) -> None:
    groups = look_groups(looks(*some))
    near = [(a, b) for a in range(len(some)) for b in range(a) if (some[a] ^ some[b]).bit_count() <= FARTHEST]
    assert all(groups[f"{a:02}"] == groups[f"{b:02}"] for a, b in near)
    joined = {number: {number} for number in range(len(some))}
    for a, b in near:
        union = joined[a] | joined[b]
        for member in union:
            joined[member] = union
    assert len(set(groups.values())) == len({frozenset(members) for members in joined.values()})
