"""What an import says of each source: how much of it the album holds now, and how much is left there."""

from __future__ import annotations

import os

import pytest

from lib.album.decision import Action, Decision, Rule
from lib.album.import_report import by_source
from lib.model import MediaFile

RED = os.path.join(os.sep, "media", "red")


def decision(action: Action, *, folder: str = RED, destination: str = "", removes: bool = False, copies: bool = False) -> Decision:
    place = MediaFile(folder, "a.jpg", 1, 1, 1, 1, 1)
    return Decision(place, action, Rule.NOT_MEDIA, destination=destination, removes=removes, copies=copies)


@pytest.mark.parametrize(
    "one, held, left",
    [
        (decision(Action.MOVED), 1, 0),
        (decision(Action.COPIED), 1, 1),
        (decision(Action.SUPERSEDED), 1, 0),
        (decision(Action.SUPERSEDED, copies=True), 1, 1),
        (decision(Action.DUPLICATE), 1, 1),
        (decision(Action.DUPLICATE, destination="quarantine/a.jpg"), 1, 0),
        (decision(Action.DUPLICATE, removes=True), 1, 0),
        (decision(Action.SKIPPED), 0, 1),
        (decision(Action.FAILED), 0, 1),
    ],
)
def test_each_action_is_held_or_left(one: Decision, held: int, left: int) -> None:
    assert list(by_source([one], [RED])) == [f"{RED}: {held} of 1 file in the album, {left} left there."]


def test_sources_are_told_apart_and_empty_ones_not_at_all() -> None:
    blue = os.path.join(os.sep, "media", "red and blue")
    decisions = [decision(Action.MOVED), decision(Action.MOVED, folder=os.path.join(blue, "x")), decision(Action.FAILED, folder=blue)]
    assert list(by_source(decisions, [RED, blue, os.path.join(os.sep, "other")])) == [
        f"{RED}: 1 of 1 file in the album, 0 left there.",
        f"{blue}: 1 of 2 files in the album, 1 left there.",
    ]
