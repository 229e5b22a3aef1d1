"""One seed from its beginning to its end."""

from __future__ import annotations

import shutil

from tests.faults.chaos import meddling
from tests.faults.chaos.commands import give
from tests.faults.chaos.ground import ground
from tests.faults.law import Broken

STEPS = 14


def attempt(seed: int, *, may_mount: bool, steps: int = STEPS, plant: str = "") -> list[str]:
    """What happened under this seed. Raises Broken with the story, where the law was broken."""
    with ground(seed, may_mount=may_mount, plant=plant) as made:
        try:
            for _ in range(steps):
                if made.chance.random() < 0.45:
                    meddling.meddle(made)
                else:
                    give(made, kills=shutil.which("strace") is not None)
        except Broken as broken:
            raise Broken("\n".join([f"seed {seed}:", *made.story, f"=> {broken}"])) from broken
        return made.story
