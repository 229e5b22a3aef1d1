"""Write a proof down as a table, a row a file, and read it again: what was found, of which drive, against which manifest, when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.files.names import NAME_ERRORS
from lib.model import BadRequest
from lib.proof.model import FileVerdict, Finding
from lib.reporting import csv_tables
from lib.transfer import manifest

COLUMNS = ("verdict", "path", "size", "sha256", "album_file", "album_sha256", "read_at", "modified", "only_here", "reason")
_FACT, _SEAL = "certificate", "seal"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a table says: facts on the proof by name, and the findings. `is_sealed` is False where a row is not as it was written."""

    facts: Mapping[str, str]
    findings: Sequence[Finding]
    is_sealed: bool


def write(path: Path, facts: Mapping[str, str], findings: Iterable[Finding]) -> None:
    """Write the table, the facts first, and a last row whose SHA-256 seals all before it. Raises OSError.

    It tells accidents with the table; whoever wants to deceive writes another one.
    """
    csv_tables.write(path, COLUMNS, _sealed(_rows(facts, findings)))


def _rows(facts: Mapping[str, str], findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for name, value in facts.items():
        yield (_FACT, name, "", "", "", "", "", "", "", value)
    for one in findings:
        yield (
            one.verdict.value,
            one.path,
            str(one.size),
            one.sha256,
            one.evidence,
            one.evidence_sha256,
            one.read_at,
            str(one.mtime_ns),
            "yes" if one.only_here else "",
            one.reason,
        )


def _sealed(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    hasher = hashlib.sha256()
    for row in rows:
        hasher.update(_line(row))
        yield row
    yield (_SEAL, "", "", hasher.hexdigest(), "", "", "", "", "", "of all rows before this one")


def _line(row: Sequence[str]) -> bytes:
    return "\0".join((*row, "\n")).encode("utf-8", NAME_ERRORS)


def read(path: Path) -> Certificate:
    """Return what the table at `path` says. Raises BadRequest where it is no certificate."""
    facts: dict[str, str] = {}
    findings: list[Finding] = []
    hasher, is_sealed = hashlib.sha256(), False
    for row in csv_tables.read(path, COLUMNS):
        cells = tuple(row.get(name, "") for name in COLUMNS)
        if cells[0] == _SEAL:
            is_sealed = cells[3] == hasher.hexdigest()
            continue
        is_sealed = False
        hasher.update(_line(cells))
        if cells[0] == _FACT:
            facts[cells[1]] = cells[-1]
        else:
            findings.append(_finding(path, cells))
    if not facts:
        raise BadRequest(f"{path} is no certificate of --safe-to-erase; name the CSV that it wrote.")
    return Certificate(facts, findings, is_sealed)


def _finding(path: Path, cells: Sequence[str]) -> Finding:
    try:
        verdict, size, modified = FileVerdict(cells[0]), int(cells[2] or 0), int(cells[7] or 0)
    except ValueError as error:
        raise BadRequest(
            f"{path} has a row that no certificate has, of {cells[1]}; it was changed, so ask --safe-to-erase again."
        ) from error
    return Finding(cells[1], verdict, size, cells[3], cells[4], cells[5], cells[6], cells[9], cells[8] == "yes", mtime_ns=modified)


def manifest_sha256(album: str) -> str:
    """Return the SHA-256 of the album's manifest as a file; "none" where there is none. Raises OSError."""
    try:
        return hashlib.sha256(Path(album, manifest.NAME).read_bytes()).hexdigest()
    except FileNotFoundError:
        return "none"
