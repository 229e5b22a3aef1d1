"""Try every case with every fault at every call: `python -m tests.faults [CASE …] [--processes N]`; tells how many points it tried."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.faults.cases import CASES
from tests.faults.law import Broken
from tests.faults.trial import trial


def attempt(name: str) -> tuple[str, Counter[str], list[str]]:
    """One case: how many points with which fault, and what broke."""
    counts: Counter[str] = Counter()
    broken: list[str] = []
    try:
        with trial(CASES[name]) as tried:
            for point in tried.points:
                for fault in tried.faults_at(point):
                    counts[fault] += 1
                    try:
                        tried.attempt(point, fault)
                    except Broken as found:
                        broken.append(str(found))
    except Broken as found:
        broken.append(str(found))
    return name, counts, broken


def main() -> int:
    """Try the cases; 1 where one of them breaks the law."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    begin, total, broken = time.monotonic(), Counter[str](), 0
    with ProcessPoolExecutor(arguments.processes) as pool:
        for name, counts, found in pool.map(attempt, arguments.cases or CASES):
            words = ", ".join(f"{count} {fault}" for fault, count in counts.items())
            print(f"{name}: {sum(counts.values())} points ({words}), {len(found)} broken", flush=True)
            for text in found:
                print(f"  {text}", flush=True)
            total += counts
            broken += len(found)
    words = ", ".join(f"{count} {fault}" for fault, count in total.items())
    print(f"{sum(total.values())} points tried ({words}) in {time.monotonic() - begin:.0f} s: {broken} broken")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
