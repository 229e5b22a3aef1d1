"""The keeper rule as a table, and which pictures make a group."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.duplicates import keeper
from lib.duplicates.model import ComparedFile, DuplicateGroup, Kind, KnownFacts, Location, Member, Proposal
from lib.model import CaptureDate, DateSource, MediaFile

NOON = datetime(2019, 7, 3, 12)


def captured(moment: datetime = NOON, source: DateSource = DateSource.EXIF_ORIGINAL) -> CaptureDate:
    return CaptureDate(moment, source)


def some(
    name: str = "a.jpg", *, size: int = 1000, mtime: int = 5, folder: str = "/photos", place: Location = Location.INPUT, order: int = 1
) -> ComparedFile:
    file = MediaFile(folder, name, size, mtime, 0, 1, 0)
    return ComparedFile(file, folder, place, order, f"sum of {name}", KnownFacts("jpeg", 400, 300))


def having(candidate: ComparedFile, **facts: object) -> ComparedFile:
    return candidate._replace(facts=dataclasses.replace(candidate.facts, **facts))  # type: ignore[arg-type]  # names and values as told


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        (some("z.jpg", place=Location.REFERENCE), having(some(), width=4000), "in a reference folder"),
        (some("z.jpg"), having(some(place=Location.OFFLINE), width=4000), "on a drive that is connected"),
        (some("z.jpg", order=0), having(some(), width=4000), "its folder was put first"),
        (having(some("z.jpg"), width=4000), having(some(size=9999), camera="Canon"), "most pixels (4000 x 300)"),
        (having(some("z.heic"), format="heif"), having(some(), camera="Canon"), "HEIF as the camera made it"),
        (having(some("z.jpg"), captured=captured()), some(size=9999), "has its date and tags"),
        (some("z.jpg")._replace(set_size=2), some(size=9999), "what belongs to it lies beside it"),
        (
            having(some("z.jpg"), captured=captured()),
            having(some(size=9999), captured=captured(NOON + timedelta(1))),
            "the older capture date",
        ),
        (some("z.jpg", size=2000), some(), "the larger file"),
        (some("zz.jpg", mtime=4), some(), "the older file"),
        (some("z.jpg"), some("aaaa.jpg"), "the shorter path"),
        (some("a.jpg"), some("b.jpg"), "the first by name"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_keeper_rule_in_its_order(better: ComparedFile, worse: ComparedFile, reason: str) -> None:
    for both in ([better, worse], [worse, better]):
        ranked = keeper.best_first(both)
        assert ranked == [better, worse]
        group = keeper.same_picture(both)
        assert group is not None and group.members[0].reason == f"kept: {reason}"


def test_a_date_that_is_a_guess_is_no_tag() -> None:
    guessed = having(some("a.jpg"), captured=captured(source=DateSource.MTIME))
    dated = having(some("longer.jpg"), captured=captured())
    assert keeper.best_first([guessed, dated])[0] is dated


def test_the_files_of_a_set_are_kept_at_one_place() -> None:
    old, new = some("a.heic", folder="/old", mtime=9), some("a.heic", folder="/new", mtime=3)
    old_video, new_video = (
        some("a.mov", folder=photo.root, mtime=12 - photo.file.mtime_ns)._replace(set_main=photo.file) for photo in (old, new)
    )
    assert keeper.best_first([old, new])[0] is new
    assert keeper.best_first([old_video, new_video])[0] is new_video


PLACES = st.sampled_from(Location)


@given(st.lists(PLACES, min_size=1, max_size=6), st.booleans())
def test_a_certain_group_keeps_its_first_and_proposes_only_what_may_go(places: list[Location], within: bool) -> None:
    copies = [some(f"{number}.jpg", place=place)._replace(checksum="x") for number, place in enumerate(places)]
    group = keeper.identical(copies, within_reference=within)
    if group is None:
        told = [place for place in places if place is not Location.REFERENCE]
        assert len(places) < 2 or set(places) == {Location.OFFLINE} or (not within and not told)
        return
    assert group.members[0].proposal is Proposal.KEEP
    assert group.members[0].candidate.place is not Location.OFFLINE or Location.INPUT not in places
    for member in group.members[1:]:
        assert (member.proposal is Proposal.REMOVE) == (member.candidate.place is Location.INPUT)
    assert group.gain == 1000 * sum(member.proposal is Proposal.REMOVE for member in group.members)


@pytest.mark.parametrize(
    ("kind", "proposals"),
    [
        (Kind.IDENTICAL, [Proposal.KEEP]),
        (Kind.IDENTICAL, [Proposal.REMOVE, Proposal.REMOVE]),
        (Kind.PICTURE, [Proposal.KEEP, Proposal.UNDECIDED]),
        (Kind.SIMILAR, [Proposal.KEEP, Proposal.UNDECIDED]),
        (Kind.BURST, [Proposal.UNDECIDED, Proposal.REMOVE]),
    ],
)
def test_a_group_that_no_report_may_hold_does_not_come_to_be(kind: Kind, proposals: list[Proposal]) -> None:
    members = tuple(Member(some(f"{number}.jpg"), proposal, 1.0, "") for number, proposal in enumerate(proposals))
    with pytest.raises(ValueError, match=r"group"):
        DuplicateGroup(kind, members)


def shot(name: str, moment: datetime | None, camera: str = "Canon EOS", width: int = 400) -> ComparedFile:
    return having(some(name), captured=captured(moment) if moment else None, camera=camera, width=width)


@pytest.mark.parametrize(
    ("first", "second", "likeness", "kind"),
    [
        (shot("a", NOON), shot("b", NOON + timedelta(seconds=2)), 0.99, Kind.BURST),
        (shot("a", NOON), shot("b", NOON + timedelta(seconds=3)), 0.99, Kind.SIMILAR),
        (shot("a", NOON), shot("b", NOON + timedelta(seconds=1), camera="Nikon"), 0.99, Kind.SIMILAR),
        (shot("a", None), shot("b", NOON), 0.99, Kind.SIMILAR),
        (shot("a", NOON), shot("b", NOON, width=200), 0.99, Kind.SIMILAR),
        (shot("a", NOON), shot("b", NOON), 0.98, Kind.BURST),
        (shot("a", NOON), shot("b", NOON), 0.9999, Kind.SIMILAR),
        (shot("a", NOON.replace(microsecond=5)), shot("b", NOON.replace(microsecond=90_000)), 0.9999, Kind.BURST),
        (shot("a", NOON.replace(microsecond=5)), shot("b", NOON.replace(microsecond=5)), 0.98, Kind.SIMILAR),
    ],
)
def test_a_burst_is_told_from_versions_of_one_shot(first: ComparedFile, second: ComparedFile, likeness: float, kind: Kind) -> None:
    assert keeper.kind_of(first, second, likeness) is keeper.kind_of(second, first, likeness) is kind


def names(group: DuplicateGroup) -> set[str]:
    return {member.candidate.file.name for member in group.members}


def test_similar_pictures_are_not_chained() -> None:
    a, b, c = (some(name) for name in "abc")
    groups = list(keeper.alike(dict(enumerate([a, b, c])), {(0, 1): 0.95, (1, 2): 0.93}))
    assert [names(group) for group in groups] == [{"a", "b"}, {"b", "c"}]
    (whole,) = keeper.alike(dict(enumerate([a, b, c])), {(0, 1): 0.95, (1, 2): 0.93, (0, 2): 0.91})
    assert [member.similarity for member in whole.members] == [1.0, 0.95, 0.91]


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), st.floats(0.9, 1.0), max_size=28
)


@given(PAIRS)
def test_every_pair_is_in_a_group_and_every_group_holds_pairs_only(pairs: dict[tuple[int, int], float]) -> None:
    candidates = [some(str(number)) for number in range(8)]
    groups = [sorted(map(int, names(group))) for group in keeper.alike(dict(enumerate(candidates)), pairs)]
    within = {(one, other) for group in groups for one in group for other in group if one < other}
    assert within == set(pairs)


def test_what_belongs_together_and_what_is_only_in_references_is_no_group() -> None:
    together = [some(name)._replace(set_number=3) for name in "ab"]
    assert list(keeper.alike(dict(enumerate(together)), {(0, 1): 1.0})) == []
    references = [some(name, place=Location.REFERENCE) for name in "ab"]
    assert list(keeper.alike(dict(enumerate(references)), {(0, 1): 1.0})) == []
    assert len(list(keeper.alike(dict(enumerate(references)), {(0, 1): 1.0}, within_reference=True))) == 1


def test_a_group_is_passed_over_with_the_copies_that_the_human_saw() -> None:
    two = keeper.identical([some(name)._replace(checksum="x") for name in "ab"])
    three = keeper.identical([some(name)._replace(checksum="x") for name in "abc"])
    assert two and three
    assert keeper.passed_over(two, [Counter({"x": 2})]) and keeper.passed_over(two, [Counter({"y": 1}), Counter({"x": 3})])
    assert not keeper.passed_over(three, [Counter({"x": 2})])
