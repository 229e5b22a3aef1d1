"""Answer whether what lies below the inputs may be erased, or whether an earlier answer still holds; nothing is changed."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lib import __version__
from lib.files.names import free_path, is_below
from lib.model import BadRequest, Failure
from lib.proof import certificate, certificate_page, drives, verdicts
from lib.proof.check import check_certificate
from lib.proof.model import IN_ALBUM, Answer, FileVerdict, Finding
from lib.proof.reading import ProofReader
from lib.reporting import command_line, csv_tables
from lib.transfer import manifest

_MOST_NAMED = 20


def run(arguments: argparse.Namespace, now: datetime) -> int:
    """Do what the command line asks for; the exit code."""
    if arguments.check_certificate:
        return check_certificate(arguments, now)
    return _prove(arguments, now)


def _prove(arguments: argparse.Namespace, now: datetime) -> int:
    album = command_line.folder(arguments.output, "--output")
    inputs = _inputs(arguments.input, album)
    target = _target(arguments.report, now, inputs)
    page = target.with_suffix(".html")
    certificate_page.check_target(page)
    on_input, on_album = [drive for folder in inputs for drive in drives.drives_below(folder)], drives.drives_below(album)
    doubts = drives.doubts(on_input, on_album)
    with command_line.index(arguments) as index:
        reader = ProofReader(inputs, album, index, now, command_line.workers(arguments), command_line.progress, arguments.trust_index)
        evidence = reader.gather()
        found = verdicts.findings(evidence)
        found = _as_they_are_now(found, reader.changes_since(evidence), reader.changed_copies(evidence))
    answer = verdicts.answer(found, doubts)
    sentence = _sentence(found, answer, album, doubts)
    facts = _facts(answer, sentence, album, on_input, on_album, now)
    certificate.write(target, facts, found)
    certificate_page.write(page, answer, sentence, facts, found, workers=command_line.workers(arguments))
    command_line.tell_failures(reader.failures)
    only_here = [one for one in found if one.only_here]
    for one in only_here[:_MOST_NAMED]:
        print(
            f"{one.verdict.value}: {command_line.printable(one.path)}" + (f" ({command_line.printable(one.reason)})" if one.reason else "")
        )
    if len(only_here) > _MOST_NAMED:
        print(f"… and {len(only_here) - _MOST_NAMED:,} more, which the certificate names.")
    print(f"Certificate: {command_line.printable(target)}")
    print(f"To look at: {command_line.printable(page)}")
    if drives.shared(on_input, on_album):
        print("The album lies on the same drive: this is about the folder alone; erasing the drive would take the album with it.")
    print(f"{answer.value} {command_line.printable(sentence)}")
    return command_line.DONE if answer.allows else command_line.SOME_FAILED


def _inputs(given: Sequence[str], album: str) -> list[str]:
    """Return each folder once, and none that lies in another one. Raises BadRequest where one is the album, lies in it or holds it."""
    if not given:
        raise BadRequest("Name at least one folder that is to be erased, as --input DIR.")
    folders = sorted({command_line.folder(text, "--input") for text in given})
    for folder in folders:
        if is_below(folder, album) or os.path.samefile(folder, album):
            raise BadRequest(f"{folder} lies in the album, and cannot prove itself; name the folder that is to be erased.")
        if is_below(album, folder):
            raise BadRequest(f"The album lies in {folder}, and would be erased with it; name the folders beside the album.")
    return [folder for folder in folders if not any(other != folder and is_below(folder, other) for other in folders)]


def _target(asked: str | None, now: datetime, inputs: Sequence[str]) -> Path:
    """Return where the certificate goes. Raises BadRequest where that is the input, which would be erased with it."""
    name = f"safe-to-erase-{now:%Y-%m-%d-%H%M%S}.csv"
    target = Path(asked).expanduser().absolute() if asked else Path(free_path(os.path.abspath(name), os.path.lexists))
    if any(is_below(os.path.realpath(target.parent), folder) for folder in inputs):
        raise BadRequest("The certificate would lie in what is to be erased; name another place with --report FILE.")
    csv_tables.check_target(target, certificate.COLUMNS)
    return target


def _as_they_are_now(found: Sequence[Finding], changes: Sequence[Failure], copies: set[str]) -> list[Finding]:
    """Return the findings, where what was read is another by now an unreadable one. Pure."""
    changed = {failure.path: failure.reason for failure in changes}
    result = []
    for one in found:
        reason = changed.pop(one.path, "")
        if not reason and one.verdict in IN_ALBUM and one.evidence in copies:
            reason = f"the album's {one.evidence} changed while everything was read; ask again once nothing writes there"
        result.append(replace(one, verdict=FileVerdict.UNREADABLE, reason=reason, only_here=True) if reason else one)
    return result + [Finding(path, FileVerdict.UNREADABLE, 0, reason=reason, only_here=True) for path, reason in changed.items()]


def _sentence(found: Sequence[Finding], answer: Answer, album: str, doubts: Sequence[str]) -> str:
    """Return what follows yes or no. Pure."""
    pictures = [one for one in found if one.is_picture and one.verdict in IN_ALBUM]
    read = min((one.read_at for one in pictures), default="")[:16].replace("T", " ")
    held = (
        f"{command_line.count_text(len(pictures), 'picture')}, all in {album}, read {read} or later" if pictures else "No picture is there"
    )
    if answer is Answer.NO:
        only_here = [one for one in found if one.only_here]
        first = ", ".join(one.path for one in only_here[:3]) + (", …" if len(only_here) > 3 else "")
        is_or_are = "is" if len(only_here) == 1 else "are"
        return f"{command_line.count_text(len(only_here), 'file')} {is_or_are} only here, or cannot be told: {first}"
    if answer is Answer.UNPROVED:
        return f"{held}, as far as can be seen; but {' '.join(doubts)}"
    aside = Counter(one.evidence.partition("/")[0] for one in pictures)
    notes = [f"{aside[folder]:,} of them in {folder}" for folder in ("superseded", "quarantine") if aside[folder]]
    others = [one for one in found if one.verdict in (FileVerdict.NO_PICTURE, FileVerdict.PART_OF) and one.size]
    if others:
        size = command_line.size_text(sum(one.size for one in others))
        many = command_line.count_text(len(others), "other file")
        notes.append(f"{many} ({size}) {'is no picture' if len(others) == 1 else 'are no pictures'}: see the list")
    return "; ".join([held, *notes]) + "."


def _facts(
    answer: Answer, sentence: str, album: str, on_input: Sequence[drives.Drive], on_album: Sequence[drives.Drive], now: datetime
) -> dict[str, str]:
    facts = {"answer": answer.value, "in words": sentence, "asked at": now.isoformat(timespec="seconds")}
    for number, drive in enumerate(on_input, 1):
        facts[f"input {number}"] = drive.folder
        facts[f"input {number} drive"] = drives.words(drive)
    facts["album"] = album
    facts["album drive"] = drives.words(on_album[0])
    facts[f"album {manifest.NAME}"] = certificate.manifest_sha256(album)
    return facts | {"photo-toolkit": __version__}
