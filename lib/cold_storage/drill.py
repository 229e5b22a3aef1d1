"""`--drill`: bring a part of the album back and compare it with the files here: the rehearsal that shows that it can be done."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence

from lib.cold_storage import planning, report, restore_planning
from lib.cold_storage import prices as price_table
from lib.cold_storage.download import receive
from lib.cold_storage.model import ObjectFacts, Restoration, StorageError, Tier
from lib.cold_storage.parallel import side_by_side
from lib.cold_storage.record import Record, RememberedStore, month_of
from lib.cold_storage.restore import request, wait_for
from lib.cold_storage.restore_planning import Wanted
from lib.cold_storage.session import Session, from_any_thread
from lib.cold_storage.store import require_manifest
from lib.cold_storage.verification import fetch_facts
from lib.files.folders import open_below
from lib.model import BadRequest, Failure, in_words
from lib.reporting import command_line
from lib.reporting.command_line import count_text, size_text
from lib.transfer import file_transfer
from lib.transfer.file_transfer import Refused

_MEGABYTE = 1_000_000
_SAME = "came back the same"


def drill(session: Session, arguments: argparse.Namespace) -> int:
    """Carry it out; the exit code, 1 also where S3 is still bringing something back."""
    sums = require_manifest(session.root)
    sums = {name: sums[name] for name in planning.chosen(sums, arguments.also)}
    listed = session.listed()
    tier = Tier(arguments.tier)
    try:
        with session.open_record() as (known, record):
            wanted, _ = restore_planning.wanted_files(sums, listed, ())
            chosen = _begun(known, wanted) or choose(wanted, arguments.drill * _MEGABYTE, random.SystemRandom())
            if not chosen:
                raise BadRequest(f"{session.url}: there is nothing of this album to rehearse with; --store it first.")
            restore_planning.check_tier(tier, chosen)
            facts, failures = _facts(session, chosen)
            _say(session, chosen, facts, tier)
            rows = {one.name: report.Row(one.name, facts[one.key].restoration.value, "", one.key) for one in chosen if one.key in facts}
            if not session.dryrun:
                record.drill([one.name for one in chosen])
                failures += _rehearse(session, chosen, facts, rows, record, arguments)
    except StorageError as error:
        raise BadRequest(f"{error}.") from None
    return _finish(session, rows, failures)


def _begun(known: RememberedStore, wanted: Iterable[Wanted]) -> list[Wanted]:
    """What an earlier start had S3 bring back."""
    names = set(known.drill.names) if known.drill else set()
    return [one for one in wanted if one.name in names]


def choose(wanted: Sequence[Wanted], size: float, chance: random.Random) -> list[Wanted]:
    """A random folder of the album, or random files until they have `size` bytes where that is not 0."""
    if not wanted:
        return []
    if not size:
        folder = chance.choice(sorted({one.name.rpartition("/")[0] for one in wanted}))
        return [one for one in wanted if one.name.rpartition("/")[0] == folder]
    chosen: list[Wanted] = []
    for one in chance.sample(list(wanted), len(wanted)):
        if chosen and sum(other.size for other in chosen) + one.size > size:
            break
        chosen.append(one)
    return sorted(chosen, key=lambda one: one.name)


def _facts(session: Session, chosen: Sequence[Wanted]) -> tuple[dict[str, ObjectFacts], list[Failure]]:
    found = fetch_facts(session.bucket, [one.key for one in chosen], session.stop, lambda files, count: None)
    if session.stop.is_set():
        raise KeyboardInterrupt("Stopped before anything was asked for.")
    names = {one.key: one.name for one in chosen}
    failures = [Failure(names[key], one.reason) for key, one in found.items() if isinstance(one, Failure)]
    failures += [Failure(names[key], "the bucket has no such object") for key, one in found.items() if one is None]
    return {key: one for key, one in found.items() if isinstance(one, ObjectFacts)}, failures


def _say(session: Session, chosen: Sequence[Wanted], facts: Mapping[str, ObjectFacts], tier: Tier) -> None:
    folders = sorted({one.name.rpartition("/")[0] or "." for one in chosen})
    place = command_line.printable(folders[0]) if len(folders) == 1 else f"{len(folders)} folders"
    print(f"Rehearsal with {count_text(len(chosen), 'file')} of {place}, {size_text(sum(one.size for one in chosen))}.")
    amounts, free_gb = restore_planning.amounts(chosen, facts), session.prices.free_egress_gb
    price = price_table.restoring(session.prices, amounts, tier, free_gb=free_gb)
    for line in report.restore_lines(amounts, price, session.prices, tier, free_gb):
        print(line)
    print(report.source_of(session.prices, session.endpoint))


def _rehearse(
    session: Session,
    chosen: Sequence[Wanted],
    facts: dict[str, ObjectFacts],
    rows: dict[str, report.Row],
    record: Record,
    arguments: argparse.Namespace,
) -> list[Failure]:
    """Ask, wait where the person wants to, and compare once all of it is ready; what is not as it should be."""
    there = [one for one in chosen if one.key in facts]
    asked, failures = request(session, facts, _in_state(there, facts, Restoration.ARCHIVED), Tier(arguments.tier))
    rows.update({one.name: report.Row(one.name, facts[one.key].restoration.value, "", one.key) for one in asked})
    rows.update({failure.path: report.Row(failure.path, "failed", failure.reason) for failure in failures})
    refused = {failure.path for failure in failures}
    there = [one for one in there if one.name not in refused]
    coming = _in_state(there, facts, Restoration.ONGOING)
    while coming:
        if not arguments.wait or not wait_for(session, facts, coming, arguments.wait):
            return failures
        coming = [one for one in coming if facts[one.key].restoration is not Restoration.READY]
    with command_line.progress("Comparing", len(there), sum(one.size for one in there)) as shown:
        advance = from_any_thread(shown)
        for one, reason in side_by_side(lambda one: _compare(session, one, facts[one.key], advance), there, session.stop):
            advance(1, 0)
            rows[one.name] = report.Row(one.name, "failed" if reason else _SAME, reason, one.key, one.size, one.sha256)
            if reason:
                failures.append(Failure(one.name, reason))
    if not session.stop.is_set():
        record.fetched(month_of(session.now), sum(one.size for one in there))
        record.drill([])
    return failures


def _in_state(wanted: Iterable[Wanted], facts: Mapping[str, ObjectFacts], restoration: Restoration) -> list[Wanted]:
    return [one for one in wanted if facts[one.key].restoration is restoration]


def _compare(session: Session, wanted: Wanted, facts: ObjectFacts, advance: Callable[[int, int], None]) -> str:
    """Why a file did not come back as it is here; empty where it did."""
    digest = hashlib.sha256()
    try:
        stream = session.bucket.open(wanted.key, facts.etag)
        with contextlib.closing(stream):
            receive(session.bucket, stream, session.bandwidth, digest.update)
        advance(0, wanted.size)
    except StorageError as error:
        if error.trouble.is_for_all:
            raise
        return str(error)
    if digest.hexdigest() != wanted.sha256:
        return "what came back is not what SHA256SUMS says"
    try:
        with open_below(session.root, wanted.name) as (folder, name):
            here = file_transfer.checksum_of(folder, name, "sha256")
    except (OSError, Refused) as error:
        words = in_words(error) if isinstance(error, OSError) else str(error)
        return f"it came back whole, but the file here cannot be read: {words}"
    return "" if here == f"sha256:{wanted.sha256}" else "it came back whole, but the file here is not what SHA256SUMS says"


def _finish(session: Session, rows: Mapping[str, report.Row], failures: Sequence[Failure]) -> int:
    same = sum(row.state == _SAME for row in rows.values())
    waiting = sum(row.state in (Restoration.ARCHIVED.value, Restoration.ONGOING.value) for row in rows.values())
    if not session.dryrun:
        if waiting:
            print(f"S3 is bringing back {count_text(waiting, 'file')}; start the same command again later to compare them.")
        else:
            print(f"{count_text(same, 'file')} came back and {'is' if same == 1 else 'are'} byte for byte the same as here.")
    code = session.finish((rows[name] for name in sorted(rows)), failures)
    return command_line.SOME_FAILED if waiting and not session.dryrun and code == command_line.DONE else code
