"""`--restore`: say the price, ask S3 for what is archived, fetch what is ready, and make an album of it; `--wait` stays for the rest."""

from __future__ import annotations

import argparse
import shutil
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.cold_storage import keys, report, restore_planning
from lib.cold_storage import prices as price_table
from lib.cold_storage.download import Fetched, Fetcher, already_here, place
from lib.cold_storage.model import ListedObject, ObjectFacts, Restoration, StorageError, Tier
from lib.cold_storage.parallel import side_by_side
from lib.cold_storage.prices import RESTORED_DAYS
from lib.cold_storage.record import Record, RememberedStore, month_of
from lib.cold_storage.restore_planning import RestorePlan, Wanted
from lib.cold_storage.session import Session, from_any_thread
from lib.cold_storage.verification import fetch_facts
from lib.model import BadRequest, Failure
from lib.reporting import command_line
from lib.reporting.command_line import count_text, size_text
from lib.transfer import manifest
from lib.transfer.locked_folder import LockedFolder, lock_folder

_ASKED_AT_ONCE = 100
_READ_AT_ONCE = 1 << 20
_SPARE = 64 << 20  # bytes that stay free on the disk
_HEX = frozenset("0123456789abcdef")


@dataclass(slots=True)
class _Restore:
    """What is left to bring back, and what is known of it."""

    wanted: list[Wanted]
    facts: dict[str, ObjectFacts]
    rows: dict[str, report.Row] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    plan: RestorePlan = field(default_factory=RestorePlan)

    def fail(self, failures: Iterable[Failure]) -> None:
        """These cannot be brought back by this run."""
        for failure in failures:
            self.failures.append(failure)
            self.rows[failure.path] = report.Row(failure.path, "failed", failure.reason)
        gone = {failure.path for failure in self.failures}
        self.wanted = [one for one in self.wanted if one.name not in gone]

    def settle(self, ended: Iterable[Wanted], state: str) -> None:
        """These are in the album."""
        names = set()
        for one in ended:
            names.add(one.name)
            self.rows[one.name] = report.Row(one.name, state, "", one.key, one.size, one.sha256, one.storage_class.value)
        self.wanted = [one for one in self.wanted if one.name not in names]


def restore(session: Session, arguments: argparse.Namespace) -> int:
    """Carry it out; the exit code, 1 also where S3 is still bringing something back."""
    tier = Tier(arguments.tier)
    listed = session.listed()
    try:
        sums = _sums(session, listed)
        wanted, missing = restore_planning.wanted_files(sums, listed, arguments.only)
        restore_planning.check_tier(tier, wanted)
        work = _Restore(wanted, {})
        work.fail(missing)
        if session.dryrun:
            _look(session, work)
            _say(session, work, tier, arguments.monthly, RememberedStore())
            return _finish(session, work)
        with lock_folder(session.root, stop=threading.Event()) as album, session.open_record() as (known, record):
            work.fail(failure for run in album.recovered for failure in run.failures)
            here = _look(session, work)
            if here:
                manifest.write(session.root, {**manifest.read(session.root), **here})
            _say(session, work, tier, arguments.monthly, known)
            _require_room(session, work)
            _rounds(session, work, album, (known, record), arguments)
    except StorageError as error:
        raise BadRequest(f"{error}.") from None
    return _finish(session, work)


def _sums(session: Session, listed: Mapping[str, ListedObject]) -> dict[str, str]:
    """The SHA-256 of each file, by its name in the album: as the bucket's newest SHA256SUMS has them, else as the objects tell."""
    newest = restore_planning.manifest_key(listed.values(), manifest.NAME)
    if newest:
        return manifest.parse(_read(session, listed[newest]).decode("utf-8", "surrogateescape"))
    own = [key for key in listed if not keys.is_own(key)]
    if not own:
        raise BadRequest(f"{session.url}: there is nothing to bring back; check the address.")
    command_line.log.info("The bucket has no %s, for no --store was ever finished; the objects' own checksums are used.", manifest.NAME)
    with command_line.progress("Asking for checksums", len(own)) as advance:
        found = fetch_facts(session.bucket, own, session.stop, advance)
    sums = {key: facts.metadata.get("sha256", "") for key, facts in found.items() if isinstance(facts, ObjectFacts)}
    return {key: sha256 for key, sha256 in sums.items() if len(sha256) == 64 and _HEX.issuperset(sha256)}


def _read(session: Session, listed: ListedObject) -> bytes:
    stream = session.bucket.open(listed.key, listed.etag)
    parts = []
    while data := session.bucket.read_some(stream, _READ_AT_ONCE):
        parts.append(data)
    return b"".join(parts)


def _look(session: Session, work: _Restore) -> dict[str, str]:
    """Find out what the album has already, which is told with its SHA-256, and how far the rest is."""
    here, taken = already_here(session.root, work.wanted)
    work.settle([one for one in work.wanted if one.name in here], "in the album")
    work.fail(taken)
    _ask_again(session, work, [one.key for one in work.wanted])
    return here


def _ask_again(session: Session, work: _Restore, wanted: Sequence[str]) -> None:
    with command_line.progress("Asking how far it is", len(wanted)) as advance:
        found = fetch_facts(session.bucket, wanted, session.stop, advance)
    by_key = {one.key: one.name for one in work.wanted}
    work.fail(Failure(by_key[key], facts.reason) for key, facts in found.items() if isinstance(facts, Failure))
    work.fail(Failure(by_key[key], "it was taken away from the bucket just now") for key, facts in found.items() if facts is None)
    work.facts.update({key: facts for key, facts in found.items() if isinstance(facts, ObjectFacts)})


def _say(session: Session, work: _Restore, tier: Tier, monthly: float | None, known: RememberedStore) -> None:
    """Say what it costs: all of it, and where a month's share was set, what of it is done now."""
    fetched = known.fetched.get(month_of(session.now), 0)
    work.plan = restore_planning.plan(work.wanted, work.facts, restore_planning.share_of(monthly), fetched)
    later = set(work.plan.later)
    now = [one for one in work.wanted if one not in later]
    free_gb = max(0.0, session.prices.free_egress_gb - fetched / 1e9)
    amounts = restore_planning.amounts(now, work.facts)
    price = price_table.restoring(session.prices, amounts, tier, free_gb=free_gb)
    for line in report.restore_lines(amounts, price, session.prices, tier, free_gb):
        print(line)
    if work.plan.later:
        rest = sum(one.size for one in work.plan.later)
        print(f"For another month: {count_text(len(work.plan.later), 'file')}, {size_text(rest)} (--monthly {monthly:g}).")
    print(report.source_of(session.prices, session.endpoint))


def _require_room(session: Session, work: _Restore) -> None:
    needed, free = sum(one.size for one in work.wanted), shutil.disk_usage(session.root).free
    if needed + _SPARE > free:
        raise BadRequest(
            f"The disk has {size_text(free)} free, and {size_text(needed)} would come back; "
            "choose a larger one, or bring back a part by --only '2014/*'."
        )


def _rounds(
    session: Session, work: _Restore, album: LockedFolder, remembered: tuple[RememberedStore, Record], arguments: argparse.Namespace
) -> None:
    """Ask, fetch, and, where the person wants to wait, look again, until nothing is left that can come this month."""
    known, record = remembered
    fetched = known.fetched.get(month_of(session.now), 0)
    while not session.stop.is_set():
        work.plan = restore_planning.plan(work.wanted, work.facts, restore_planning.share_of(arguments.monthly), fetched)
        asked, failures = request(session, work.facts, work.plan.ask, Tier(arguments.tier))
        work.fail(failures)
        ready = [*work.plan.fetch, *(one for one in asked if work.facts[one.key].restoration is Restoration.READY)]
        arrived = _fetch(session, work, ready)
        fetched += sum(one.wanted.size for one in arrived)
        record.fetched(month_of(session.now), sum(one.wanted.size for one in arrived))
        refused = place(album, arrived, session.now)
        work.fail(refused)
        work.settle([one.wanted for one in arrived if one.wanted.name not in {failure.path for failure in refused}], "brought back")
        left = set(work.wanted)
        coming = [one for one in (*work.plan.waiting, *asked) if one in left]
        if not coming or not arguments.wait or not wait_for(session, work.facts, coming, arguments.wait):
            return


def request(session: Session, facts: dict[str, ObjectFacts], wanted: Sequence[Wanted], tier: Tier) -> tuple[list[Wanted], list[Failure]]:
    """Ask S3 to bring these back, and write into `facts` how far they are then; those that it took on, and those that it refused.

    Raises StorageError where it will bring nothing back.
    """

    def ask(one: Wanted) -> Restoration | Failure:
        try:
            return session.bucket.restore(one.key, tier, RESTORED_DAYS)
        except StorageError as error:
            if error.trouble.is_for_all:
                raise
            return Failure(one.name, str(error))

    asked: list[Wanted] = []
    failures: list[Failure] = []
    with command_line.progress("Asking for them", len(wanted)) as advance:
        for one, answer in side_by_side(ask, wanted, session.stop):
            advance(1, 0)
            if isinstance(answer, Failure):
                failures.append(answer)
            else:
                facts[one.key] = replace(facts[one.key], restoration=answer)
                asked.append(one)
    return asked, failures


def _fetch(session: Session, work: _Restore, ready: Sequence[Wanted]) -> list[Fetched]:
    """Fetch what is ready; an error that concerns all ends it, but what came by then is kept."""
    arrived: list[Fetched] = []
    with command_line.progress("Fetching", len(ready), sum(one.size for one in ready)) as shown:
        advance = from_any_thread(shown)
        fetcher = Fetcher(session.root, session.bucket, session.bandwidth, advance)
        try:
            for one, fetched in side_by_side(lambda one: fetcher.fetch(one, work.facts[one.key]), ready, session.stop):
                advance(1, 0)
                if isinstance(fetched, Fetched):
                    arrived.append(fetched)
                else:
                    work.fail([fetched])
                    work.rows[one.name] = report.Row(one.name, "failed", fetched.reason, one.key, one.size, one.sha256)
        except StorageError as error:
            work.failures.insert(0, Failure(str(session.url), f"broken off, start again to go on: {error}"))
    return arrived


def wait_for(session: Session, facts: dict[str, ObjectFacts], coming: Sequence[Wanted], seconds: float) -> bool:
    """Wait until some of `coming` is ready, and take what S3 says of it into `facts`; False where the person stops it.

    They are looked at a few at a time, in their order, and no further than to the first few that are not all ready: two days of
    asking for 50,000 files every quarter of an hour would cost more than bringing them back.
    """
    command_line.log.info("S3 is bringing back %s; looking again every %g seconds.", count_text(len(coming), "file"), seconds)
    while not session.stop.wait(seconds):
        is_one_ready = False
        for start in range(0, len(coming), _ASKED_AT_ONCE):
            some = [one.key for one in coming[start : start + _ASKED_AT_ONCE]]
            found = fetch_facts(session.bucket, some, session.stop, lambda files, count: None)
            facts.update({key: one for key, one in found.items() if isinstance(one, ObjectFacts)})
            ready = [key for key in some if facts[key].restoration is Restoration.READY]
            is_one_ready |= bool(ready)
            if len(ready) < len(some):
                break
        if is_one_ready:
            return True
    return False


def _finish(session: Session, work: _Restore) -> int:
    """Say what is left, and how it goes on; the exit code."""
    later = set(work.plan.later)
    for one in work.wanted:
        state = "for another month" if one in later else work.facts[one.key].restoration.value
        row = report.Row(one.name, state, "", one.key, one.size, one.sha256, one.storage_class.value)
        work.rows.setdefault(one.name, row)
    coming = [one for one in work.wanted if one not in later]
    done = sum(row.state in ("brought back", "in the album") for row in work.rows.values())
    if not session.dryrun:
        print(f"{count_text(done, 'file is', 'files are')} in {command_line.printable(session.root)}.")
        if coming and not session.stop.is_set():
            print(f"S3 is bringing back {count_text(len(coming), 'file')}; start the same command again later to fetch them.")
        if later:
            print("Start the same command again next month for the rest.")
        if not work.wanted and not work.failures:
            print("Everything that was asked for is there; import.py --verify reads it all once more.")
    code = session.finish((work.rows[name] for name in sorted(work.rows)), work.failures)
    return command_line.SOME_FAILED if work.wanted and code == command_line.DONE and not session.dryrun else code
