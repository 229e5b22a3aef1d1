"""A short portion of `python -m tests.faults.chaos`: commands in a random order, a person meddling between them, the law after each."""

from __future__ import annotations

import pytest

from tests import disks
from tests.faults.chaos.trial import attempt
from tests.faults.law import Broken

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("seed", range(6))
def test_the_law_holds_whatever_a_person_does_between_commands(seed: int) -> None:
    assert any(line.startswith("$") for line in attempt(seed, may_mount=disks.may_mount()))


def test_a_planted_bug_is_found() -> None:
    """Else the law would be one that nothing can break."""
    if not disks.may_mount():
        pytest.skip("only root may mount: without a second drive nothing is copied")
    with pytest.raises(Broken):
        for seed in (5, 11, 12, 16):
            attempt(seed, may_mount=True, plant="unlink_early")
