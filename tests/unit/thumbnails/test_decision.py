"""The judgement on thumbnails: what is sure, what a person should look at, who gets a photo that two thumbnails claim."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.thumbnails import candidates, decision, selection_names, verification
from lib.thumbnails.clues import Clue
from lib.thumbnails.decision import ExaminedThumbnail, Match, MatchStatus

PATHS = ["/a/IMG_1.jpg", "/a/IMG_2.jpg", "/b/IMG_1.jpg", "/a/IMG_1.CR2", "/a/IMG_3.jpg", *(f"/c/{n}.jpg" for n in range(5, 30))]


def clue(
    photo: int,
    residual: float = 10.0,
    *,
    canonical: bool = True,
    correlation: float = 0.98,
    size: float = 1.0,
    overall: float = 1.2,
    fine: float = 1.2,
    worst: float = 2.0,
    plain: float = 9.0,
    helped: bool = False,
) -> Clue:
    return Clue(photo, residual, correlation, canonical, size, overall, fine, worst, plain, helped)


def judge(*thumbnails: Sequence[Clue], detail: float = 50.0, preferred: Sequence[str] = (), side: int = 200) -> list[Match]:
    """The matches of a set's thumbnails in an album where equal names mean much alike pictures, and 10 and 11 show one in two sizes."""

    def likeness(one: int, other: int) -> float:
        return 0.95 if decision.family(PATHS[one]) == decision.family(PATHS[other]) else 0.1

    album = decision.AlbumLookup(
        PATHS,
        likeness,
        lambda one, other: False,
        preferred,
        lambda photo: PATHS[photo].endswith("CR2"),
        lambda one, other: {one, other} == {10, 11},
        lambda one, other: (one, other) == (10, 11),
    )
    return decision.decide([ExaminedThumbnail("s", str(n), detail, side, tuple(clues)) for n, clues in enumerate(thumbnails)], album)


def answer(*clues: Clue, detail: float = 50.0, preferred: Sequence[str] = (), side: int = 200) -> tuple[MatchStatus, int | None]:
    (match,) = judge(clues, detail=detail, preferred=preferred, side=side)
    return match.status, match.photo


@pytest.mark.parametrize(
    ("clues", "expected"),
    [
        ([], (MatchStatus.NONE, None)),
        ([clue(1)], (MatchStatus.MATCHED, 1)),
        ([clue(1, correlation=0.6)], (MatchStatus.NONE, None)),
        ([clue(1, overall=5)], (MatchStatus.REVIEW, 1)),
        ([clue(1), clue(4, 10.2)], (MatchStatus.REVIEW, 1)),
        ([clue(1), clue(4, 15)], (MatchStatus.MATCHED, 1)),
        ([clue(1, canonical=False, size=0.8, overall=1, plain=1)], (MatchStatus.REVIEW, 1)),
        ([clue(1, canonical=False, size=0.96)], (MatchStatus.REVIEW, 1)),
        ([clue(1, overall=1.9)], (MatchStatus.REVIEW, 1)),
        ([clue(1, fine=1.9)], (MatchStatus.REVIEW, 1)),
        ([clue(1, worst=3.6)], (MatchStatus.REVIEW, 1)),
        ([clue(1, helped=True, overall=1, plain=1)], (MatchStatus.REVIEW, 1)),
        ([clue(1), clue(4, 10.2, plain=1.1)], (MatchStatus.MATCHED, 4)),
        ([clue(1, plain=1), clue(4, 10.2, plain=1.1)], (MatchStatus.REVIEW, 1)),
        ([clue(4, 10, canonical=False), clue(1, 10.5)], (MatchStatus.MATCHED, 1)),
    ],
    ids=[
        "nothing",
        "explained",
        "nothing in common",
        "not explained",
        "near twin",
        "second best",
        "a crop, however exact",
        "hardly a crop",
        "more left over than there need be",
        "more left over in detail",
        "more left over in one place",
        "guessed what was done to it, however exact",
        "the edited twin whose tones need no change",
        "twins that both need none",
        "the whole frame is meant",
    ],
)
def test_sure_only_where_nothing_else_could_be(clues: list[Clue], expected: tuple[MatchStatus, int | None]) -> None:
    assert answer(*clues) == expected


def test_a_thumbnail_that_shows_next_to_nothing_is_never_sure() -> None:
    assert answer(clue(1), detail=5) == (MatchStatus.REVIEW, 1)


def test_a_tiny_thumbnail_tells_no_shots_of_a_scene_apart() -> None:
    assert answer(clue(1), clue(4, 30), side=32) == (MatchStatus.REVIEW, 1)
    assert answer(clue(1), clue(4, 30, correlation=0.5), side=32) == (MatchStatus.MATCHED, 1)
    assert answer(clue(1), clue(4, 30), side=64) == (MatchStatus.MATCHED, 1)


def test_of_a_photo_and_its_smaller_copy_the_one_with_more_detail_is_taken() -> None:
    (match,) = judge([clue(11), clue(10, 10.1)])
    assert (match.status, match.photo, match.alternatives) == (MatchStatus.MATCHED, 10, (11,))
    (match,) = judge([clue(11), clue(10, 10.1)], preferred=["/c/15"])
    assert match.photo == 10, "the folder of neither"
    assert answer(clue(11), clue(10, 10.1, canonical=False)) == (MatchStatus.MATCHED, 11), "a crop of it is another picture"


def test_versions_that_explain_equally_well_are_for_a_person_unless_a_folder_is_preferred() -> None:
    assert answer(clue(0), clue(2, 10.1)) == (MatchStatus.REVIEW, 0)
    assert answer(clue(0), clue(2, 10.1), preferred=["/b/"]) == (MatchStatus.MATCHED, 2)
    assert answer(clue(0), clue(2, 20)) == (MatchStatus.MATCHED, 0)
    (match,) = judge([clue(0), clue(2, 20)])
    assert set(match.alternatives) == {2, 3}


def test_of_raw_and_jpeg_in_one_folder_the_jpeg_is_taken() -> None:
    assert answer(clue(3), clue(0, 10.1), clue(2, 90)) == (MatchStatus.MATCHED, 0)


def test_two_thumbnails_that_claim_one_photo_are_settled_together() -> None:
    first, second = judge([clue(1, 10), clue(4, 10.2)], [clue(1, 9), clue(4, 11.5)])
    assert (first.photo, second.photo) == (4, 1)
    assert first.status is MatchStatus.REVIEW
    lesser, better = judge([clue(1, overall=2.5)], [clue(1, overall=1.1)])
    assert (lesser.status, better.status) == (MatchStatus.REVIEW, MatchStatus.MATCHED)


def test_between_shots_that_fit_nearly_alike_the_rule_by_which_a_set_is_cut_decides_but_is_not_sure() -> None:
    ruled = [[clue(n, canonical=False, size=0.8 + 0.0001 * n)] for n in range(10, 30)]
    twins = [clue(1, 10.0, canonical=False, size=0.83), clue(4, 10.05, canonical=False, size=0.8)]
    assert [(match.status, match.photo) for match in judge(*ruled, twins)[-1:]] == [(MatchStatus.REVIEW, 4)]
    assert [match.photo for match in judge(twins)] == [1], "one thumbnail shows no rule"
    unruled = [[clue(n, canonical=False, size=0.5 + n / 60)] for n in range(10, 30)]
    assert [match.photo for match in judge(*unruled, twins)[-1:]] == [1], "nor do twenty that are cut in twenty ways"
    plain = [clue(1, 10.0, canonical=False, size=0.83), clue(4, 12.0, canonical=False, size=0.8)]
    assert [match.photo for match in judge(*ruled, plain)[-1:]] == [1], "what fits plainly better is not overruled"


def test_what_a_rule_prefers_is_never_sure_while_something_leaves_less_over() -> None:
    ruled = [[clue(n)] for n in range(10, 30)]
    unexplained = clue(1, 7.9, canonical=False, size=0.97, overall=5)
    assert [match.status for match in judge(*ruled, [unexplained, clue(4, 10.05)])[-1:]] == [MatchStatus.REVIEW]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/x/IMG_1234.JPG", "img_1234"),
        ("/x/IMG_E1234.heic", "img_1234"),
        ("IMG_1234 (1).jpg", "img_1234"),
        ("C:\\x\\IMG_1234-edited.jpg", "img_1234"),
        ("IMG_1234~2.jpg", "img_1234"),
        ("(1).jpg", "(1)"),
    ],
)
def test_versions_of_a_shot_have_one_family_name(path: str, expected: str) -> None:
    assert decision.family(path) == expected


@given(st.lists(st.dictionaries(st.integers(0, 3), st.floats(0, 5), max_size=4), max_size=4))
def test_the_assignment_is_the_best_there_is(costs: list[dict[int, float]]) -> None:
    given_photos = decision.assign(costs)
    taken = [photo for photo in given_photos if photo is not None]
    assert len(taken) == len(set(taken))

    def total(choice: Sequence[int | None]) -> float:
        return sum(1e3 if photo is None else row[photo] for row, photo in zip(costs, choice))

    every = itertools.product(*[[None, *row] for row in costs])
    possible = [choice for choice in every if len(some := [p for p in choice if p is not None]) == len(set(some))]
    assert total(given_photos) == pytest.approx(min(map(total, possible), default=0))


@given(st.floats(0.3, 3), st.floats(0.3, 3))
def test_crop_boxes_lie_in_the_photo_and_have_the_thumbnails_shape(thumbnail: float, photo: float) -> None:
    for wide, high, lefts, tops in candidates.crop_grids(thumbnail, photo):
        assert wide * photo / high == pytest.approx(thumbnail)
        assert min(lefts) >= 0 and max(lefts) + wide <= 1 + 1e-9
        assert min(tops) >= 0 and max(tops) + high <= 1 + 1e-9


def test_the_canonical_box_forgives_the_rounding_of_sizes() -> None:
    assert verification.canonical_box((320, 239), (4000, 2992)) == (0, 0, 1, 1)
    assert verification.canonical_box((120, 120), (4000, 3000)) == (0.125, 0, 0.75, 1)


def test_places_in_selected() -> None:
    rows = [
        selection_names.MatchRow("s", "Image(10).jpg", "matched", "/b/x.jpg"),
        selection_names.MatchRow("s", "Image(2).jpg", "Matched ", "/a/X.jpg", ("/c/x.jpg",)),
        selection_names.MatchRow("s", "Image(3).jpg", "matched", "/a/X.jpg"),
        selection_names.MatchRow("t", "1.jpg", "review", "/a/X.jpg"),
    ]
    assert selection_names.wanted(rows, selection_names.SelectionOptions()) == {
        "selected/s/X.jpg": "/a/X.jpg",
        "selected/s/x_2.jpg": "/b/x.jpg",
    }
    assert selection_names.wanted(rows, selection_names.SelectionOptions(number=True, with_alternatives=True)) == {
        "selected/s/001_X.jpg": "/a/X.jpg",
        "selected/s/003_x.jpg": "/b/x.jpg",
        "alternatives/s/x.jpg": "/c/x.jpg",
    }
