"""`--verify --store`: hold the bucket against the album's manifest, and remember when that was."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping

from lib.cold_storage import planning, report
from lib.cold_storage.checksums import base64_of, is_same
from lib.cold_storage.model import ListedObject, StorageError
from lib.cold_storage.record import Check
from lib.cold_storage.restore_planning import manifest_key
from lib.cold_storage.session import Session
from lib.cold_storage.store import require_manifest
from lib.cold_storage.verification import CopyVerdict, Verified, verify
from lib.model import BadRequest
from lib.reporting import command_line
from lib.transfer import manifest


def check(session: Session, arguments: argparse.Namespace) -> int:
    """Carry it out; the exit code."""
    sums = require_manifest(session.root)
    wanted = {name: sums[name] for name in planning.chosen(sums, arguments.also)}
    with session.open_record() as (known, record):
        listed = session.listed()
        try:
            with command_line.progress("Asking for checksums", len(wanted)) as advance:
                found = list(verify(wanted, listed, known.objects, session.bucket, session.stop, advance))
            found += _of_list(session, wanted, listed)
        except StorageError as error:
            raise BadRequest(f"{error}.") from None
        if session.stop.is_set():
            raise KeyboardInterrupt("Stopped before all of it was checked.")
        found.sort(key=lambda one: (one.verdict is CopyVerdict.EXTRA, one.name, one.key))
        problems = [one for one in found if one.verdict is not CopyVerdict.WHOLE]
        record.checked(Check(str(session.url), f"{session.now:%Y-%m-%d %H:%M:%S}", len(wanted), len(problems)))
    for one in problems:
        print(f"{one.verdict.value}: {command_line.printable(one.name or one.key)}{f' ({one.reason})' if one.reason else ''}")
    for line in report.verify_lines(found, session.prices, str(session.url)):
        print(line)
    code = session.finish(report.verify_rows(found), [])
    return command_line.SOME_FAILED if problems and code == command_line.DONE else code


def _of_list(session: Session, wanted: Mapping[str, str], listed: Mapping[str, ListedObject]) -> list[Verified]:
    """The finding on the bucket's own SHA256SUMS where that is not the album's; nothing where it is."""
    text = "".join(manifest.line_of(name, wanted[name]) for name in sorted(wanted)).encode("utf-8", "surrogateescape")
    digest, newest = hashlib.sha256(text).hexdigest(), manifest_key(listed.values(), manifest.NAME)
    if not newest:
        return [Verified(manifest.NAME, manifest.NAME, digest, CopyVerdict.MISSING, "start --store again to bring it there")]
    facts = session.bucket.facts(newest)
    if facts is not None and is_same(base64_of(digest), facts.checksum):
        return []
    return [Verified(manifest.NAME, newest, digest, CopyVerdict.DIFFERENT, "the album changed since; start --store again")]
