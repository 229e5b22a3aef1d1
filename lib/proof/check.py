"""Say whether a certificate still holds: the album's files that it rests on are read anew, and the input is looked at where it is there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from lib.analysis.features import read_anew
from lib.files.inventory import Entry, EntryKind, list_everything
from lib.model import Failure, MediaFile, in_words
from lib.proof import certificate, drives
from lib.proof.certificate import Certificate
from lib.proof.model import Answer, Finding
from lib.proof.reading import SHA256_FROM_DISK
from lib.reporting import command_line


def check_certificate(arguments: argparse.Namespace, now: datetime) -> int:
    """Print what does not hold any more, and the end in a sentence; the exit code."""
    album = command_line.folder(arguments.output, "--output")
    found = certificate.read(Path(arguments.check_certificate).expanduser().absolute())
    problems = [] if found.is_sealed else ["The certificate is not as it was written: its last row does not match the others."]
    if found.facts.get("answer") not in (Answer.YES.value, Answer.FOR_PICTURES.value):
        problems.append(f"It never said yes, but: {found.facts.get('answer', '')} {found.facts.get('in words', '')}")
    problems += _album_problems(found, album, arguments)
    looked_at = 0
    for name, root in _inputs(found.facts).items():
        if os.path.isdir(root):
            looked_at += 1
            problems += _drive_problems(found.facts, name, root)
            problems += _input_problems(found.findings, root)
    for problem in problems:
        print(command_line.printable(problem))
    if certificate.manifest_sha256(album) != found.facts.get("album SHA256SUMS"):
        print("The album's SHA256SUMS is another one than then, as after an import; what counts are the files themselves.")
    if problems:
        print(f"It does not hold: ask --safe-to-erase again. ({command_line.count_text(len(problems), 'reason')})")
        return command_line.SOME_FAILED
    seen = "the input is as it was by names, sizes and times" if looked_at else "the input is not connected"
    asked, read = found.facts.get("asked at", "")[:16].replace("T", " "), f"{now:%Y-%m-%d %H:%M}"
    print(f"It holds: what was in the album on {asked} was read there again on {read}, byte for byte; {seen}.")
    return command_line.DONE


def _album_problems(found: Certificate, album: str, arguments: argparse.Namespace) -> Iterator[str]:
    """Yield a sentence on each of the album's files that proves nothing any more."""
    wanted = {one.evidence: one.evidence_sha256 for one in found.findings if one.evidence_sha256}
    files: dict[MediaFile, str] = {}
    for name in wanted:
        path = os.path.join(album, *name.split("/"))
        try:
            files[MediaFile.of(*os.path.split(path), os.lstat(path))] = name
        except OSError as error:
            yield f"The album's {name} cannot be looked at: {in_words(error)}."
    with (
        command_line.index(arguments) as index,
        command_line.progress("Reading the album", len(files), sum(file.size for file in files)) as advance,
    ):
        for file, (sha256,) in read_anew(list(files), SHA256_FROM_DISK, index, command_line.workers(arguments), advance):
            if isinstance(sha256, Failure):
                yield f"The album's {files[file]} cannot be read: {sha256.reason}."
            elif sha256 != wanted[files[file]]:
                yield f"The album's {files[file]} has other bytes than then."


def _inputs(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the folders that the certificate is of by the names that it has for them."""
    return {name: value for name, value in facts.items() if name.startswith("input ") and not name.endswith(" drive")}


def _drive_problems(facts: Mapping[str, str], name: str, root: str) -> Iterator[str]:
    try:
        now = drives.words(drives.drive_of(root))
    except OSError as error:
        yield f"{root} cannot be looked at: {in_words(error)}."
        return
    then = facts.get(f"{name} drive", "")
    if then.partition(" ")[0] != now.partition(" ")[0]:
        yield f"At {root} is another drive than then: {now}, and not {then}."


def _input_problems(findings: Sequence[Finding], root: str) -> Iterator[str]:
    """Yield a sentence on each file below the input that came since, or is not as it was; what went is no loss to the album."""
    known = {one.path: one for one in findings}
    for one in list_everything(root):
        if isinstance(one, Failure):
            yield f"{one.path}: {one.reason}."
            continue
        then = known.get(one.file.path)
        if then is None:
            yield f"{one.file.path} was not there then."
        elif one.kind is EntryKind.FILE and not _is_as_it_was(one, then):
            yield f"{one.file.path} was changed since."


def _is_as_it_was(one: Entry, then: Finding) -> bool:
    return (one.file.size, one.file.mtime_ns) == (then.size, then.mtime_ns)
