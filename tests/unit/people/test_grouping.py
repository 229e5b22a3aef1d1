"""Unknown faces in groups, and the names that Takeout gives whole pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from lib.people.grouping import clusters, group_faces, suggest_told
from lib.people.model import PicturePeople, Status
from lib.people.naming import settle
from tests.unit.people.made import face, like, picture

if TYPE_CHECKING:
    from lib.people.model import Embedding

    Row = tuple[list[Embedding], tuple[str, ...]]
    """The faces of a picture, and the names that Takeout tells of it."""


def crowd(people: int, each: int, spread: float, seed: int = 1) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], list[int]]:
    """Made-up people in 128 numbers, and who each face is; two faces of one person have a cosine of about 1 / (1 + spread²)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, 128))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    faces = np.repeat(centres, each, axis=0) + rng.normal(size=(people * each, 128)) * spread / np.sqrt(128)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    return faces.astype(np.float32), [person for person in range(people) for _ in range(each)]


def test_people_fall_into_groups_of_their_own() -> None:
    faces, who = crowd(40, 12, 0.8)
    labels = clusters(faces, 0.42)
    together = [(labels[a] == labels[b], who[a] == who[b]) for a in range(len(who)) for b in range(a)]
    right = sum(both == (True, True) for both in together)
    assert right / sum(labelled for labelled, _ in together) > 0.999
    assert right / sum(same for _, same in together) > 0.99


def test_the_same_faces_give_the_same_groups() -> None:
    faces, _ = crowd(10, 8, 1.0)
    assert clusters(faces, 0.42) == clusters(faces, 0.42)


def test_one_false_likeness_does_not_bring_two_people_together() -> None:
    faces, _ = crowd(2, 10, 0.7)
    bridge = (faces[0] + faces[10]) / np.linalg.norm(faces[0] + faces[10])
    labels = clusters(np.vstack([faces, bridge[None]]), 0.42)
    assert len({labels[n] for n in range(10)}) == 1 and len({labels[n] for n in range(10, 20)}) == 1
    assert labels[0] != labels[10]


def album(*rows: Row) -> list[PicturePeople]:
    made = []
    for number, (faces, told) in enumerate(rows):
        made.append(settle(picture(*(face(one, x=0.3 * n) for n, one in enumerate(faces)), name=f"2019/{number}.jpg", told=told), ()))
    return made


def test_groups_are_numbered_by_size_and_those_of_two_are_none() -> None:
    rows: list[Row] = [([like(Anna=0.9), like(Ben=0.9)], ()) for _ in range(3)]
    rows += [([like(Anna=0.9)], ()), ([like(Clara=0.9)], ()), ([like(Clara=0.9)], ())]
    result = group_faces(album(*rows))
    assert [[one.group for one in picture.faces] for picture in result] == [[1, 2], [1, 2], [1, 2], [1], [0], [0]]


def test_a_group_knows_the_parts_that_it_can_be_split_into() -> None:
    """Two children who are alike to the network: 0.5 between them, 0.8 for one."""
    base, mine, yours = like(Anna=1), like(Ben=1), like(Clara=1)

    def child(own: Embedding) -> Embedding:
        blank = like()
        return np.asarray(0.7071 * base + 0.55 * own + 0.4446 * blank, np.float32)

    result = group_faces(album(*[([child(mine)], ()) for _ in range(4)], *[([child(yours)], ()) for _ in range(3)]))
    assert {one.faces[0].group for one in result} == {1}
    assert [one.faces[0].part for one in result] == [0, 0, 0, 0, 1, 1, 1]


def test_a_face_that_is_alone_with_a_name_that_is_alone_may_be_that() -> None:
    (one,) = suggest_told(group_faces(album(([like()], ("Anna",)))))
    assert (one.faces[0].name, one.faces[0].status, one.people, one.maybe) == ("Anna", Status.MAYBE, [], ["Anna"])


def test_a_group_gets_the_name_that_its_pictures_tell_most() -> None:
    rows: list[Row] = [([like(Anna=0.9), like(Ben=0.9)], ("Anna", "Ben")), ([like(Anna=0.9), like(Ben=0.9)], ("Ben", "Anna"))]
    rows += [([like(Anna=0.9)], ("Anna",)), ([like(Anna=0.9)], ("Anna",)), ([like(Ben=0.9)], ("Ben",)), ([like(Anna=0.9)], ())]
    result = suggest_told(group_faces(album(*rows)))
    names = [[face.name for face in one.faces] for one in result]
    assert names == [["Anna", "Ben"], ["Anna", "Ben"], ["Anna"], ["Anna"], ["Ben"], ["Anna"]]
    assert {face.status for one in result for face in one.faces} == {Status.MAYBE}


def test_a_name_that_fits_no_face_is_a_suggestion_for_the_picture() -> None:
    (one,) = suggest_told(group_faces(album(([like(), like()], ("Anna",)))))
    assert [(face.face is None, face.name) for face in one.faces] == [(False, ""), (False, ""), (True, "Anna")]
    assert one.maybe == ["Anna"]


@pytest.mark.parametrize("told", [(), ("Ben",)])
def test_without_told_names_nothing_is_suggested(told: tuple[str, ...]) -> None:
    before = group_faces(album(([like(), like()], told)))
    after = suggest_told(before)
    assert [face.name for one in after for face in one.faces if face.face] == ["", ""]
