"""Decide what to ask S3 for, what to fetch now, and what to leave for another month; say what it costs. Pure."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lib.cold_storage import keys
from lib.cold_storage.model import ListedObject, ObjectFacts, Restoration, StorageClass, Tier
from lib.cold_storage.prices import Stored
from lib.model import BadRequest, Failure

_GB = 10**9


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to come back: its name in the album, its SHA-256 (hex), and the object that holds it."""

    name: str
    sha256: str
    key: str
    size: int
    storage_class: StorageClass


@dataclass(slots=True)
class RestorePlan:
    """What is done now: archived files to ask for, files to fetch, files that S3 is bringing back, files for another month."""

    ask: list[Wanted] = field(default_factory=list)
    fetch: list[Wanted] = field(default_factory=list)
    waiting: list[Wanted] = field(default_factory=list)
    later: list[Wanted] = field(default_factory=list)


def manifest_key(listed: Iterable[ListedObject], name: str) -> str:
    """The key of the newest SHA256SUMS (or whatever `name` is); empty where the bucket has none."""
    found = [one for one in listed if keys.is_version_of(name, one.key)]
    return max(found, key=lambda one: (one.modified, one.key)).key if found else ""


def wanted_files(sums: Mapping[str, str], listed: Mapping[str, ListedObject], only: Sequence[str]) -> tuple[list[Wanted], list[Failure]]:
    """The files of a manifest that are asked for, and those that the bucket has not or whose names lead out of an album.

    Raises BadRequest where `only` names none of them.
    """
    chosen = sorted(name for name in sums if not only or any(fnmatch.fnmatchcase(name, pattern) for pattern in only))
    if only and not chosen:
        raise BadRequest(f"--only {' '.join(only)} names no file of the album; write it as in SHA256SUMS, such as '2014/07/*'.")
    wanted, failures = [], []
    for name in chosen:
        if not keys.is_safe_name(name):
            failures.append(Failure(name, "its name leads out of the album, and was left where it is"))
            continue
        candidates = (keys.versioned_key(name, sums[name]), keys.key_of(name))
        key = next((key for key in candidates if key in listed), "")
        if key:
            wanted.append(Wanted(name, sums[name], key, listed[key].size, class_of(listed[key].storage_class)))
        else:
            failures.append(Failure(name, "the bucket has no such object"))
    return wanted, failures


def class_of(word: str) -> StorageClass:
    """The class of an object as a listing calls it; classes that are read at once and not in the table count as STANDARD."""
    return StorageClass(word) if word in {one.value for one in StorageClass} else StorageClass.STANDARD


def check_tier(tier: Tier, wanted: Iterable[Wanted]) -> None:
    """Return where all of these can be brought back by `tier`. Raises BadRequest."""
    if tier is Tier.EXPEDITED and any(one.storage_class is StorageClass.DEEP_ARCHIVE for one in wanted):
        raise BadRequest("--tier Expedited does not exist for DEEP_ARCHIVE; use --tier Standard (12 hours) or Bulk (48 hours).")


def plan(wanted: Iterable[Wanted], facts: Mapping[str, ObjectFacts], share: int | None, fetched: int) -> RestorePlan:
    """What to do now. `share`: the bytes that may come back in a month, None for all; `fetched`: those that did in this one.

    What is ready or under way comes first, for it is paid. A file that is larger than a whole month's share has a month of its own.
    """
    order = (Restoration.READY, Restoration.ONGOING, Restoration.ARCHIVED)
    found = [(facts[one.key].restoration, one) for one in wanted if one.key in facts]
    result = RestorePlan()
    left = None if share is None else max(0, share - fetched)
    for restoration, one in sorted(found, key=lambda pair: order.index(pair[0])):
        if left is not None and one.size > left and left != share:
            result.later.append(one)
            continue
        if left is not None:
            left = max(0, left - one.size)
        target = {Restoration.READY: result.fetch, Restoration.ONGOING: result.waiting, Restoration.ARCHIVED: result.ask}[restoration]
        target.append(one)
    return result


def share_of(monthly_gb: float | None) -> int | None:
    """The bytes that may come back in a month; None where no limit was set."""
    return None if monthly_gb is None else round(monthly_gb * _GB)


def amounts(wanted: Iterable[Wanted], facts: Mapping[str, ObjectFacts]) -> list[Stored]:
    """Objects and bytes of these files, by the storage class that they are read from: what was brought back counts as STANDARD."""
    objects: Counter[StorageClass] = Counter()
    sizes: Counter[StorageClass] = Counter()
    for one in wanted:
        state = facts.get(one.key)
        is_paid = one.storage_class.is_archive and state is not None and state.restoration is not Restoration.ARCHIVED
        kept = StorageClass.STANDARD if is_paid else one.storage_class
        objects[kept] += 1
        sizes[kept] += one.size
    return [Stored(kept, objects[kept], sizes[kept]) for kept in sorted(objects, key=lambda one: one.value)]
