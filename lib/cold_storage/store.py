"""`--store`: upload what the bucket does not have yet, then the lists by which it can be checked and restored."""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.album.facts import Clock
from lib.analysis.features import METADATA, analyse
from lib.cold_storage import how_to_restore, keys, planning, report
from lib.cold_storage.checksums import checksum_of, is_same, read_fixity
from lib.cold_storage.model import (
    AlbumFile,
    FileChecksums,
    ListedObject,
    ObjectFacts,
    StorageClass,
    StorageError,
    StoredObject,
    UploadAction,
    UploadDecision,
)
from lib.cold_storage.parallel import side_by_side
from lib.cold_storage.planning import BucketContents
from lib.cold_storage.record import BegunUpload, Record
from lib.cold_storage.restore_planning import manifest_key
from lib.cold_storage.session import Session, from_any_thread
from lib.cold_storage.upload import Uploader
from lib.cold_storage.verification import fetch_facts
from lib.dates.zones import zone
from lib.files.folders import open_below
from lib.model import BadRequest, Failure, MediaFile
from lib.reporting import command_line
from lib.transfer import manifest

_MOST_FAILURES_IN_A_ROW = 20
"""After so many the line or the server is at fault, and each further file would wait for nothing."""


@dataclass(slots=True)
class _Upload:
    """What a run has found out and done: `made` the objects by the name of their file, `outcomes` why others were not."""

    decisions: list[UploadDecision]
    contents: BucketContents
    made: dict[str, StoredObject] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    broken_off: str = ""


def store(session: Session, arguments: argparse.Namespace) -> int:
    """Carry it out; the exit code."""
    sums = require_manifest(session.root)
    names = planning.chosen(sums, arguments.also)
    with session.open_record() as (known, record):
        listed = session.listed()
        work = _Upload([], BucketContents(listed, known.objects))
        files, missing = _album_files(session.root, names, sums, listed)
        _ask(session, work, planning.doubtful(files, work.contents))
        work.decisions = _decide(session, work, files, missing, StorageClass(arguments.storage_class))
        extra = planning.only_in_bucket(work.contents, work.decisions)
        sending = planning.to_send(work.decisions)
        kept = [one for one in work.decisions if one.action is not UploadAction.FAILED]
        for line in report.upload_lines(work.decisions, planning.amounts(sending), planning.amounts(kept), session.prices):
            print(line)
        print(report.source_of(session.prices, session.endpoint))
        if not session.dryrun:
            _send_all(session, arguments, work, sending, known.begun, record)
            _send_lists(session, work, record)
    return _tell(session, work, extra)


def require_manifest(root: str) -> dict[str, str]:
    """The manifest of the album. Raises BadRequest where there is none."""
    sums = manifest.read(root)
    if not sums:
        raise BadRequest(f"{root} has no {manifest.NAME} yet; an import makes one, and --verify --adopt takes in what is there.")
    return sums


def _album_files(
    root: str, names: Iterable[str], sums: Mapping[str, str], listed: Mapping[str, ListedObject]
) -> tuple[list[AlbumFile], set[str]]:
    """The files of the manifest as they lie on the disk, and the names of those that do not: they have the size of their object."""
    files, missing = [], set()
    for name in names:
        try:
            seen = os.stat(os.path.join(root, *name.split("/")), follow_symlinks=False)
            files.append(AlbumFile(name, sums[name], seen.st_size, seen.st_mtime_ns))
        except OSError:
            missing.add(name)
            there = listed.get(keys.key_of(name))
            files.append(AlbumFile(name, sums[name], there.size if there else 0, 0))
    return files, missing


def _ask(session: Session, work: _Upload, doubtful: Sequence[str]) -> None:
    """Have S3 tell what the objects hold that are not remembered."""
    try:
        with command_line.progress("Asking for checksums", len(doubtful)) as advance:
            found = fetch_facts(session.bucket, doubtful, session.stop, advance)
    except StorageError as error:
        raise BadRequest(f"{error}.") from None
    if session.stop.is_set():
        raise KeyboardInterrupt("Stopped before anything was sent.")
    work.contents.facts = {key: facts for key, facts in found.items() if isinstance(facts, ObjectFacts)}


def _decide(
    session: Session, work: _Upload, files: Sequence[AlbumFile], missing: set[str], storage_class: StorageClass
) -> list[UploadDecision]:
    versioned = session.bucket.is_versioned()
    decided = planning.plan(files, work.contents, storage_class, versioned=versioned, prefix=session.url.prefix)
    gone = "the album does not have it any more, though SHA256SUMS lists it"
    return [
        replace(one, action=UploadAction.FAILED, reason=gone)
        if one.file.name in missing and one.action in (UploadAction.UPLOAD, UploadAction.NEW_VERSION)
        else one
        for one in decided
    ]


def _send_all(
    session: Session,
    arguments: argparse.Namespace,
    work: _Upload,
    sending: Sequence[UploadDecision],
    begun: Mapping[str, BegunUpload],
    record: Record,
) -> None:
    dates = _capture_dates(session, arguments, sending)
    size = sum(one.file.size for one in sending)
    with command_line.progress("Storing", len(sending), size) as shown:
        advance = from_any_thread(shown)
        uploader = Uploader(session.root, session.bucket, record, session.bandwidth, begun, dates, advance)
        in_a_row = 0
        try:
            for decision, made in side_by_side(uploader.upload, sending, session.stop):
                advance(1, 0)
                if isinstance(made, StoredObject):
                    work.made[decision.file.name], work.outcomes[decision.file.name] = made, ""
                    in_a_row = 0
                    continue
                work.outcomes[decision.file.name] = made.reason
                in_a_row += 1
                if in_a_row == _MOST_FAILURES_IN_A_ROW:
                    work.broken_off = f"{in_a_row} files in a row could not be sent; the last one: {made.reason}"
                    break
        except StorageError as error:
            if not work.made:
                raise BadRequest(f"{error}.") from None
            work.broken_off = str(error)


def _capture_dates(session: Session, arguments: argparse.Namespace, sending: Sequence[UploadDecision]) -> dict[str, str]:
    """When each picture was taken, for its object to tell; guesses are left out. The index mostly knows it from the import."""
    clock = Clock(zone(arguments.zone), session.now)
    names: dict[MediaFile, str] = {}
    for one in sending:
        path = os.path.join(session.root, *one.file.name.split("/"))
        with contextlib.suppress(OSError):
            file = MediaFile.of(*os.path.split(path), os.lstat(path))
            if file.kind.is_picture and file.size:
                names[file] = one.file.name
    dates = {}
    with command_line.index(arguments) as index, command_line.progress("Reading dates", len(names)) as advance:
        for file, (tags,) in analyse(list(names), (METADATA,), index, workers=command_line.workers(arguments), advance=advance):
            captured = clock.decide(file, None if isinstance(tags, Failure) else tags)
            if not captured.is_guess and not captured.doubtful:
                moment = captured.local.isoformat(timespec="seconds")
                offset = captured.offset
                dates[names[file]] = moment + (f"{_offset_text(offset.total_seconds())}" if offset is not None else "")
    return dates


def _offset_text(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _send_lists(session: Session, work: _Upload, record: Record) -> None:
    """Put the lists beside the album, once all of it was tried: a list that names what is not there would be no list."""
    if session.stop.is_set() or work.broken_off:
        return
    sums, md5s = [], []
    for one in work.decisions:
        stored = _stored(session, work, one)
        if stored is None:
            continue
        sums.append(manifest.line_of(one.file.name, one.file.sha256))
        if stored.md5:
            md5s.append(f"{stored.md5}  {stored.key}\n")
        if one.file.name not in work.made and work.contents.remembered(stored.key) is None:
            record.stored(stored)
    texts = {keys.MD5SUMS: "".join(md5s), keys.HOW_TO_RESTORE: how_to_restore.text(session.url), manifest.NAME: "".join(sums)}
    for name, text in texts.items():
        try:
            put_list(session, work.contents.listed, name, text.encode("utf-8", "surrogateescape"))
        except StorageError as error:
            work.outcomes[name] = str(error)


def _stored(session: Session, work: _Upload, decision: UploadDecision) -> StoredObject | None:
    """The object that holds a file, with the file's MD5; None where none does."""
    file = decision.file
    if file.name in work.made:
        return work.made[file.name]
    if decision.action is not UploadAction.PRESENT:
        return None
    if (known := work.contents.remembered(decision.key)) is not None:
        return known
    facts = work.contents.facts[decision.key]
    md5 = ""
    with contextlib.suppress(ValueError):
        md5 = base64.b64decode(facts.metadata.get("md5chksum", ""), validate=True).hex()
    if len(md5) != 32:
        md5 = _md5_of(session, file)
    return StoredObject(decision.key, file.sha256, md5, file.size, facts.etag, facts.checksum)


def _md5_of(session: Session, file: AlbumFile) -> str:
    """The MD5 of a file that another program stored; empty where it cannot be read."""
    with (
        contextlib.suppress(OSError),
        open_below(session.root, file.name) as (folder, last),
        os.fdopen(folder.open_to_read(last), "rb") as opened,
    ):
        fixity = read_fixity(opened.fileno(), 0, session.stop)
        return fixity.md5 if fixity.sha256 == file.sha256 else ""
    return ""


def put_list(session: Session, listed: Mapping[str, ListedObject], name: str, text: bytes) -> None:
    """Store a list, unless the bucket's newest one is the same. Raises StorageError."""
    digest = hashlib.sha256(text).hexdigest()
    newest, checksum = manifest_key(listed.values(), name), checksum_of(FileChecksums(digest, ""))
    if newest and listed[newest].size == len(text):
        facts = session.bucket.facts(newest)
        if facts is not None and is_same(checksum, facts.checksum):
            return
    traits: dict[str, object] = {
        "StorageClass": StorageClass.STANDARD.value,
        "ContentType": "text/plain; charset=utf-8",
        "Metadata": {"sha256": digest},
    }
    if name not in listed:
        session.bucket.put(name, text, checksum, traits)
    elif session.bucket.is_versioned():
        session.bucket.put(name, text, checksum, traits, replaces=listed[name].etag)
    else:
        session.bucket.put(keys.dated_key(name, session.now), text, checksum, traits)


def _tell(session: Session, work: _Upload, extra: Sequence[str]) -> int:
    failures = [Failure(one.file.name, one.reason) for one in work.decisions if one.action is UploadAction.FAILED]
    failures += [Failure(name, reason) for name, reason in work.outcomes.items() if reason]
    if not session.dryrun:
        print(f"{command_line.count_text(len(work.made), 'file')} stored in {session.url}.")
    if extra:
        print(f"{command_line.count_text(len(extra), 'object is', 'objects are')} only in the bucket; the report names them. They stay.")
    if work.broken_off:
        failures.insert(0, Failure(str(session.url), f"broken off, start again to go on: {work.broken_off}"))
    return session.finish(report.upload_rows(work.decisions, work.outcomes, extra), failures)
