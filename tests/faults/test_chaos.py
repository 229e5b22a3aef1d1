"""A short portion of `python -m tests.faults.chaos`: commands in a random order, a person meddling between them, the law after each."""

from __future__ import annotations

import pytest

from tests import disks
from tests.faults.chaos.trial import attempt


@pytest.mark.parametrize("seed", range(6))
def test_the_law_holds_whatever_a_person_does_between_commands(seed: int) -> None:
    assert any(line.startswith("$") for line in attempt(seed, may_mount=disks.may_mount()))
