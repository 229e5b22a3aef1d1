"""How well faces are found and named: a folder of people, each a subfolder with pictures of that face alone.

python -m tests.bench.people FOLDER [--splits N] [--known PART|N]

For each number of samples and each split, some of the people are known by so many random samples each and the rest are strangers; every
other picture is named by the rules of `import.py --people`, as a picture of its own. Told are the mean over the splits, and in
brackets between which values 95 of 100 splits lie. Thresholds are those of lib/people/naming.py; nothing is fitted here. Rows "adult"
take every sample for an adult's, "age unknown" for one whose age nobody told, "child" for a child's.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import random
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from lib.analysis.index import Index
from lib.files.scanning import scan
from lib.model import Failure, FileKind, MediaFile
from lib.people import faces
from lib.people.grouping import ALIKE, SHOWN, clusters
from lib.people.model import Face, Person, Sample
from lib.people.naming import SURE, gallery, likenesses

SAMPLES = (1, 2, 3, 5)
AGES: Mapping[str, tuple[datetime | None, date | None]] = {
    "adult": (datetime(2020, 1, 1), date(1970, 1, 1)),
    "age unknown": (None, None),
    "child": (datetime(2020, 1, 1), date(2012, 1, 1)),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Parts of a split: known people named right and wrong, strangers named at all."""

    right: float
    wrong: float
    strangers: float


def look(folder: Path) -> tuple[dict[str, list[Face]], list[str], float, float]:
    """The largest face of each picture by person, what was not found, processor seconds a picture, and the worker's peak in megabytes."""
    files = [one for one in scan([os.fspath(folder)]) if isinstance(one, MediaFile) and one.kind is FileKind.PHOTO]
    files = [file for file in files if file.folder != os.fspath(folder)]
    people: dict[str, list[Face]] = defaultdict(list)
    missed = []
    for file, found in faces.find(files, Index(None), workers=1):
        if isinstance(found, Failure) or not found.faces:
            missed.append(file.path)
        else:
            people[os.path.relpath(file.folder, folder).split(os.sep)[0]].append(found.faces[0])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return dict(people), missed, (used.ru_utime + used.ru_stime) / max(1, len(files)), used.ru_maxrss / 1024


def split(people: Mapping[str, Sequence[Face]], samples: int, known: float, age: str, seed: int) -> Rates | None:
    """One split; None where there are not enough people with enough pictures."""
    rng = random.Random(seed)
    able = [name for name, own in sorted(people.items()) if len(own) >= samples]
    wanted = round(known if known > 1 else known * len(people))
    chosen = set(rng.sample(able, min(len(able), max(1, wanted))))
    if len(chosen) < 2:
        return None
    captured, born = AGES[age]
    given: list[Sample] = []
    asked: list[tuple[str, Face]] = []
    for name, own in sorted(people.items()):
        order = rng.sample(list(own), len(own))
        taught = order[:samples] if name in chosen else []
        given += [Sample(name, face.embedding, captured) for face in taught]
        asked += [(name if name in chosen else "", face) for face in order[len(taught) :]]
    told = likenesses(np.stack([face.embedding for _, face in asked]), gallery(given, [Person(name, born) for name in chosen]))
    results: Counter[str] = Counter()
    for (name, _), candidates in zip(asked, told):
        named = next((one.name for one in candidates if one.sure >= SURE), "")
        results["known" if name else "stranger"] += 1
        if named:
            results["named stranger" if not name else "right" if named == name else "wrong"] += 1
    return Rates(
        _part(results["right"], results["known"]),
        _part(results["wrong"], results["known"]),
        _part(results["named stranger"], results["stranger"]),
    )


def _part(some: int, whole: int) -> float:
    return some / whole if whole else math.nan


def spread(values: Sequence[float]) -> str:
    """Mean and the middle 95 of 100, in percent."""
    whole = [value for value in values if not math.isnan(value)]
    if not whole:
        return "none"
    low, high = np.percentile(whole, [2.5, 97.5])
    return f"{100 * float(np.mean(whole)):.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def groups(people: Mapping[str, Sequence[Face]]) -> str:
    """How well all faces fall into groups without any name."""
    who = [name for name, own in people.items() for _ in own]
    labels = clusters(np.stack([face.embedding for own in people.values() for face in own]), ALIKE)
    together = same = right = 0
    for one, other in itertools.combinations(range(len(who)), 2):
        is_together, is_same = labels[one] == labels[other], who[one] == who[other]
        together, same, right = together + is_together, same + is_same, right + (is_together and is_same)
    members: dict[int, set[str]] = defaultdict(set)
    for label, name in zip(labels, who):
        members[label].add(name)
    shown = [label for label, size in Counter(labels).items() if size >= SHOWN]
    mixed = sum(len(members[label]) > 1 for label in shown)
    precision, recall = right / together if together else 1.0, right / same if same else 1.0
    return f"groups: precision {precision:.4f}, recall {recall:.4f} of pairs; {len(shown)} of {SHOWN} and more, {mixed} mixed"


def main(words: Sequence[str]) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--splits", type=int, default=20)
    options.add_argument(
        "--known", type=float, default=2 / 3, help="how many people are known, or which part of them (default: two thirds)"
    )
    arguments = options.parse_args(words)
    people, missed, seconds, memory = look(arguments.folder.resolve())
    count = sum(map(len, people.values()))
    print(f"faces: {count} of {count + len(missed)} pictures, {len(people)} people; no face in {len(missed)}")
    for path in missed[:10]:
        print(f"  none in {path}")
    print(f"time: {1000 * seconds:.0f} ms of one core a picture, the start of the process with it; memory: {memory:.0f} MB")
    for samples, age in itertools.product(SAMPLES, AGES):
        rates = [one for n in range(arguments.splits) if (one := split(people, samples, arguments.known, age, n)) is not None]
        if rates:
            right, wrong, strangers = (spread([getattr(one, part) for one in rates]) for part in ("right", "wrong", "strangers"))
            print(
                f"{samples} sample{'s' if samples > 1 else ' '} {age:<11}  right {right:<20} wrong {wrong:<18} strangers named {strangers}"
            )
    if count:
        print(groups(people))


if __name__ == "__main__":
    main(sys.argv[1:])
