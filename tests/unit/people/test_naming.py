"""Which face is whom: each rule by itself, in a table of a few faces."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from lib.people.model import Box, FaceDecision, NamedRegion, Person, Picture, PicturePeople, Sample, Status, Verdict
from lib.people.naming import CHILD, MAYBE, SURE, gallery, name_faces, samples_of, settle
from tests.unit.people.made import face, like, picture

ADULT = date(1980, 5, 1)
TAKEN = datetime(2019, 7, 3)
ANNA = Person("Anna", ADULT)
BEN = Person("Ben", ADULT)


def named(
    pictures: list[Picture], samples: list[Sample], people: list[Person], decisions: list[FaceDecision] | None = None
) -> list[PicturePeople]:
    by_content: dict[str, list[FaceDecision]] = {}
    for decision in decisions or []:
        by_content.setdefault(decision.sha256, []).append(decision)
    settled = [settle(one, by_content.get(one.sha256, ())) for one in pictures]
    return name_faces(settled, gallery([*samples, *samples_of(settled)], people))


def told(one: PicturePeople) -> list[tuple[str, str]]:
    return [(face.name, face.status.value) for face in one.faces]


def sample(name: str, when: datetime | None = TAKEN) -> Sample:
    return Sample(name, like(**{name: 1}), when)


@pytest.mark.parametrize(
    ("cosine", "expected"),
    [
        (SURE + 0.005, ("Anna", "sure")),
        (SURE - 0.005, ("Anna", "maybe")),
        (MAYBE + 0.005, ("Anna", "maybe")),
        (MAYBE - 0.005, ("", "unknown")),
        (-0.5, ("", "unknown")),
    ],
)
def test_the_nearest_sample_decides(cosine: float, expected: tuple[str, str]) -> None:
    (one,) = named([picture(face(like(Anna=cosine)))], [sample("Anna"), sample("Ben")], [ANNA, BEN])
    assert told(one) == [expected]


@pytest.mark.parametrize(
    ("born", "taken", "cosine", "expected"),
    [
        (date(2012, 1, 1), TAKEN, SURE + 0.11, ("Anna", "maybe")),  # the sample shows a child of seven: that is not near enough
        (date(2012, 1, 1), TAKEN, MAYBE + 0.1, ("", "unknown")),
        (date(2012, 1, 1), TAKEN, SURE + CHILD + 0.005, ("Anna", "sure")),
        (date(2005, 7, 4), TAKEN, SURE + 0.01, ("", "unknown")),  # the day before the fourteenth birthday
        (date(2005, 7, 3), TAKEN, SURE + 0.01, ("Anna", "sure")),  # the fourteenth birthday
        (None, TAKEN, SURE + 0.01, ("Anna", "maybe")),  # nobody told the age: careful with sure names, not with suggestions
        (None, TAKEN, SURE + 0.07, ("Anna", "sure")),
        (ADULT, None, SURE + 0.01, ("Anna", "maybe")),
    ],
)
def test_a_sample_that_may_show_a_child_has_to_be_nearer(
    born: date | None, taken: datetime | None, cosine: float, expected: tuple[str, str]
) -> None:
    (one,) = named([picture(face(like(Anna=cosine)))], [sample("Anna", taken)], [Person("Anna", born)])
    assert told(one) == [expected]


def test_an_adult_sample_serves_where_a_child_sample_is_not_near_enough() -> None:
    child = Sample("Anna", like(Anna=0.8), datetime(1985, 1, 1))
    (one,) = named([picture(face(like(Anna=0.45)))], [child, sample("Anna")], [ANNA])
    assert told(one) == [("Anna", "sure")]


@pytest.mark.parametrize(("date_", "expected"), [("1980-04-30", ("", "unknown")), ("1980-05-01", ("Anna", "sure")), ("", ("Anna", "sure"))])
def test_nobody_is_seen_before_their_birth(date_: str, expected: tuple[str, str]) -> None:
    (one,) = named([picture(face(like(Anna=0.9)), date=date_)], [sample("Anna")], [ANNA])
    assert told(one) == [expected]


def test_a_name_is_given_once_in_a_picture_and_to_the_likest_face() -> None:
    both = picture(face(like(Anna=0.5), x=0.1), face(like(Anna=0.9), x=0.6))
    (one,) = named([both], [sample("Anna")], [ANNA])
    assert told(one) == [("", "unknown"), ("Anna", "sure")]


def test_a_face_whose_name_is_taken_gets_the_next_likely_one() -> None:
    both = picture(face(like(Anna=0.6, Ben=0.5), x=0.1), face(like(Anna=0.9), x=0.6))
    (one,) = named([both], [sample("Anna"), sample("Ben")], [ANNA, BEN])
    assert told(one) == [("Ben", "sure"), ("Anna", "sure")]


def test_in_a_video_a_name_is_given_once_at_a_moment() -> None:
    film = picture(*(face(like(Anna=0.8), moment=moment) for moment in (1.0, 3.0, 3.0)))
    (one,) = named([film], [sample("Anna")], [ANNA])
    assert [name for name, _ in told(one)] == ["Anna", "Anna", ""]


def test_a_small_face_is_never_sure_and_takes_no_name_from_a_large_one() -> None:
    both = picture(face(like(Anna=0.9), x=0.1, pixels=39), face(like(Anna=0.5), x=0.6))
    (one,) = named([both], [sample("Anna")], [ANNA])
    assert told(one) == [("", "small"), ("Anna", "sure")]
    (alone,) = named([picture(face(like(Anna=0.9), pixels=39))], [sample("Anna")], [ANNA])
    assert told(alone) == [("Anna", "small")]
    assert (alone.people, alone.maybe) == ([], [])


def test_what_was_confirmed_teaches_the_others_but_small_faces_teach_nothing() -> None:
    first, second = picture(face(like(Anna=1)), name="2019/1.jpg"), picture(face(like(Anna=0.6)), name="2019/2.jpg")
    confirmed = FaceDecision(first.sha256, Box(0.1, 0.2, 0.2, 0.3), Verdict.IS, "Anna")
    assert [told(one) for one in named([first, second], [], [], [confirmed])] == [[("Anna", "confirmed")], [("Anna", "sure")]]
    small = picture(face(like(Anna=1), pixels=30), name="2019/1.jpg")
    assert told(named([small, second], [], [], [confirmed])[1]) == [("", "unknown")]


def decision(one: Picture, verdict: Verdict, name: str = "", x: float | None = 0.1) -> FaceDecision:
    return FaceDecision(one.sha256, None if x is None else Box(x, 0.2, 0.2, 0.3), verdict, name)


def test_a_refused_name_is_not_given_again() -> None:
    one = picture(face(like(Anna=0.9, Ben=0.43)))
    samples = [sample("Anna"), sample("Ben")]
    (refused,) = named([one], samples, [ANNA, BEN], [decision(one, Verdict.NOT, "Anna")])
    assert told(refused) == [("Ben", "sure")]


def test_a_stranger_is_not_asked_about() -> None:
    one = picture(face(like(Anna=0.9)))
    (result,) = named([one], [sample("Anna")], [ANNA], [decision(one, Verdict.STRANGER)])
    assert told(result) == [("", "unknown")] and result.faces[0].stranger


def test_a_decision_finds_its_face_where_the_box_moved_a_little_and_no_other_face() -> None:
    one = picture(face(like(), x=0.12), face(like(), x=0.5))
    (result,) = named([one], [], [], [decision(one, Verdict.IS, "Anna", x=0.1)])
    assert told(result) == [("Anna", "confirmed"), ("", "unknown")]


def test_a_name_stays_where_the_face_is_not_found_any_more() -> None:
    one = picture()
    (result,) = named([one], [], [], [decision(one, Verdict.IS, "Anna")])
    assert told(result) == [("Anna", "confirmed")] and result.faces[0].box is not None


def test_somebody_is_there_without_a_face_and_is_not_given_twice() -> None:
    one = picture(face(like(Ben=0.9)))
    (result,) = named([one], [sample("Ben")], [BEN], [decision(one, Verdict.IS, "Anna", x=None)])
    assert result.people == ["Anna", "Ben"]
    both = [decision(one, Verdict.IS, "Anna", x=None), decision(one, Verdict.IS, "Anna")]
    assert told(named([one], [], [], both)[0]) == [("Anna", "confirmed")]


def test_who_is_not_in_a_picture_is_no_face_of_it() -> None:
    one = picture(face(like(Anna=0.9)), regions=(NamedRegion("Anna"),))
    (result,) = named([one], [sample("Anna")], [ANNA], [decision(one, Verdict.NOT, "Anna", x=None)])
    assert told(result) == [("", "unknown")]


@pytest.mark.parametrize(
    "box",
    [Box(0.1, 0.2, 0.2, 0.3), Box(0.05, 0.1, 0.3, 0.45), Box(0.13, 0.28, 0.14, 0.15)],
    ids=["the same", "with the hair", "eyes to chin"],
)
def test_a_region_of_another_program_names_the_face_under_it(box: Box) -> None:
    one = picture(face(like(), x=0.1), face(like(), x=0.6), regions=(NamedRegion("Anna", box),))
    assert told(named([one], [], [])[0]) == [("Anna", "confirmed"), ("", "unknown")]


def test_a_region_without_a_face_stays_a_name_and_one_without_a_place_too() -> None:
    one = picture(face(like(), x=0.1), regions=(NamedRegion("Anna", Box(0.7, 0.1, 0.1, 0.1)), NamedRegion("Ben")))
    assert told(named([one], [], [])[0]) == [("", "unknown"), ("Anna", "confirmed"), ("Ben", "confirmed")]


def test_a_decision_goes_before_a_region() -> None:
    region = NamedRegion("Anna", Box(0.1, 0.2, 0.2, 0.3))
    one = picture(face(like()), regions=(region,))
    assert told(named([one], [], [], [decision(one, Verdict.IS, "Ben")])[0]) == [("Ben", "confirmed")]
    assert told(named([one], [], [], [decision(one, Verdict.NOT, "Anna")])[0]) == [("", "unknown")]


def test_many_faces_are_held_against_many_samples_alike() -> None:
    rng = np.random.default_rng(1)
    pictures = [picture(face(like(Anna=float(rng.uniform(0.3, 0.9)))), name=f"2019/{n}.jpg") for n in range(2500)]
    result = named(pictures, [sample("Anna"), sample("Ben")], [ANNA, BEN])
    for before, after in zip(pictures, result):
        near = float(before.found.faces[0].embedding[0]) if before.found else 0
        assert after.faces[0].status is (Status.SURE if near >= SURE else Status.MAYBE if near >= MAYBE else Status.UNKNOWN)
