"""Try many seeds: `python -m tests.faults.chaos [--seeds N] [--first N] [--processes N] [--plant BUG]`; 1 where one breaks the law."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests import disks
from tests.faults import planted
from tests.faults.chaos.trial import STEPS, attempt
from tests.faults.law import Broken


def tried(seed: int, *, steps: int, plant: str) -> tuple[int, list[str], str]:
    """The seed, its story, and what broke."""
    try:
        return seed, attempt(seed, may_mount=disks.may_mount(), steps=steps, plant=plant), ""
    except Broken as broken:
        return seed, [], str(broken)


def main() -> int:
    """Try the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--plant", default="", choices=["", *planted.BUGS], help="a bug that the commands are to have")
    parser.add_argument("--story", action="store_true", help="tell what happened under each seed")
    arguments = parser.parse_args()
    begin, commands, killed, broken = time.monotonic(), 0, 0, 0
    with ProcessPoolExecutor(arguments.processes) as pool:
        seeds = range(arguments.first, arguments.first + arguments.seeds)
        for seed, story, trouble in pool.map(partial(tried, steps=arguments.steps, plant=arguments.plant), seeds):
            if trouble:
                print(trouble, flush=True)
                broken += 1
            elif arguments.story:
                print("\n".join([f"seed {seed}:", *story]), flush=True)
            commands += sum(line.startswith("$") for line in story)
            killed += sum(line.startswith("  ended with -9") for line in story)
    seconds = time.monotonic() - begin
    print(f"{arguments.seeds} seeds, {commands} commands, {killed} of them killed, in {seconds:.0f} s: {broken} broken")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
