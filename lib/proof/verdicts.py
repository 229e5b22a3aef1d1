"""Decide what becomes of each file when the input is erased, from the evidence alone. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lib.files.inventory import Entry, EntryKind
from lib.files.names import split_name
from lib.files.scanning import SUPERSEDED
from lib.model import Failure
from lib.proof.model import AlbumCopy, Answer, Content, FileVerdict, Finding, LinkTarget, ProofEvidence


def findings(evidence: ProofEvidence) -> list[Finding]:
    """Return a verdict on everything below the inputs, and on every picture in its archives, by path."""
    found = [Finding(failure.path, FileVerdict.UNREADABLE, 0, reason=failure.reason, only_here=True) for failure in evidence.failures]
    for entry in evidence.entries:
        found += _of_entry(entry, evidence)
    return sorted(found, key=lambda finding: finding.path)


def _of_entry(entry: Entry, evidence: ProofEvidence) -> Iterator[Finding]:
    path = entry.file.path
    if entry.kind is EntryKind.LINK:
        yield _of_link(path, evidence.links[path])
        return
    if entry.kind is EntryKind.SPECIAL:
        yield Finding(path, FileVerdict.NO_PICTURE, 0, reason="it is no regular file, and has no content of its own")
        return
    members = evidence.members.get(path)
    finding = replace(_of_file(entry, evidence), mtime_ns=entry.file.mtime_ns)
    yield finding
    if members is not None and not isinstance(members, Failure) and finding.verdict is FileVerdict.NO_PICTURE:
        _, read_at = evidence.sums[path]
        for member in members:
            copies = evidence.album.get(member.sha256, ())
            found = _found(f"{path}!{member.name}", member.size, member.sha256, read_at, copies, evidence)
            yield replace(found, archive=path)


def _of_link(path: str, target: LinkTarget) -> Finding:
    if target.holds_pictures and not target.inside:
        reason = (
            f"it leads to {target.path}, which was not looked at: nothing behind a link is proved, and some programs erase what is "
            "behind it too; remove the link, then ask again"
        )
        return Finding(path, FileVerdict.LINK, 0, reason=reason, only_here=True, is_picture=True)
    return Finding(path, FileVerdict.LINK, 0, reason=f"it leads to {target.path}")


def _of_file(entry: Entry, evidence: ProofEvidence) -> Finding:
    file, path = entry.file, entry.file.path
    if path not in evidence.sums:
        return Finding(path, FileVerdict.UNREADABLE, file.size, reason="it was not read", only_here=True)
    sha256, read_at = evidence.sums[path]
    copies = evidence.album.get(sha256, ())
    content = evidence.contents.get(path, Content.PICTURE)
    if isinstance(content, Failure):
        return Finding(path, FileVerdict.UNREADABLE, file.size, sha256, read_at=read_at, reason=content.reason, only_here=True)
    if content is Content.PICTURE or copies:
        is_picture = content is Content.PICTURE if path in evidence.contents else file.kind.is_picture
        return _as_found_in(entry, replace(_found(path, file.size, sha256, read_at, copies, evidence), is_picture=is_picture))
    finding = Finding(path, FileVerdict.NO_PICTURE, file.size, sha256, read_at=read_at, reason=_kind_in_words(file.name))
    if content is Content.CLOSED:
        reason = "it may hold pictures, and cannot be looked into; unpack it or mount it, and ask again"
        return replace(finding, verdict=FileVerdict.UNREADABLE, reason=reason, only_here=True)
    if content is Content.ARCHIVE:
        members = evidence.members.get(path, Failure(path, "it was not looked into"))
        if isinstance(members, Failure):
            return replace(finding, verdict=FileVerdict.UNREADABLE, reason=members.reason, only_here=True)
        return replace(finding, reason=f"an archive with {len(members):,} pictures, each looked at")
    if beside := evidence.pictures_beside.get(path):
        return replace(
            finding, verdict=FileVerdict.PART_OF, evidence=beside, reason=f"what it says of {os.path.basename(beside)} is not in the album"
        )
    return finding


def _found(path: str, size: int, sha256: str, read_at: str, copies: Sequence[AlbumCopy], evidence: ProofEvidence) -> Finding:
    """Return the verdict on a picture: what of the album proves it, or why nothing does."""
    finding = Finding(path, FileVerdict.NOT_IN_ALBUM, size, sha256, read_at=read_at, only_here=True, is_picture=True)
    if copies:
        copy = min(copies, key=lambda one: (one.name.startswith(f"{SUPERSEDED}/"), one.name))
        proved = _proved(finding, FileVerdict.SAME_BYTES, copy)
        folder, _, rest = copy.name.partition("/")
        if folder == SUPERSEDED:
            return replace(
                proved, verdict=FileVerdict.BETTER_VERSION, reason=f"the same bytes are set aside for a better version, near {rest}"
            )
        return replace(proved, reason=f"set aside in {folder}" if folder == "quarantine" else "")
    if same := evidence.same_picture.get(path):
        reason = "the pixels are equal, the tags or the container differ"
        return replace(_proved(finding, FileVerdict.SAME_PICTURE, same), reason=reason)
    if name := evidence.same_file.get(path):
        return replace(finding, reason=f"the album's {name} is this very file under another name, and would go with it")
    if name := evidence.rotten.get(sha256):
        return replace(finding, reason=f"the album's {name} should have these bytes and has not: import this file again, which repairs it")
    return replace(finding, reason=evidence.no_pixels.get(path, ""))


def _proved(finding: Finding, verdict: FileVerdict, copy: AlbumCopy) -> Finding:
    read_at = min(finding.read_at, copy.read_at)
    return replace(finding, verdict=verdict, evidence=copy.name, evidence_sha256=copy.sha256, read_at=read_at, only_here=False)


def _as_found_in(entry: Entry, finding: Finding) -> Finding:
    """Return the finding; where an import would pass the file over, the verdict says so."""
    if not finding.only_here:
        return finding
    if entry.library:
        reason = "it lies in a library of another program; --libraries imports the originals, what else is there stays there alone"
        return replace(finding, verdict=FileVerdict.LIBRARY, reason=finding.reason or reason)
    if entry.hidden:
        return replace(
            finding, verdict=FileVerdict.HIDDEN, reason=finding.reason or "it is hidden, or in a hidden folder: no import takes it"
        )
    return finding


def _kind_in_words(name: str) -> str:
    ending = split_name(name)[1][1:].lower()
    return f"{ending} file" if ending else "file without an ending"


def answer(found: Iterable[Finding], doubts: Sequence[str]) -> Answer:
    """Return whether what these findings are of may be erased."""
    documents = False
    for finding in found:
        if finding.only_here:
            return Answer.NO
        documents |= finding.verdict in (FileVerdict.NO_PICTURE, FileVerdict.PART_OF) and finding.size > 0
    if doubts:
        return Answer.UNPROVED
    return Answer.FOR_PICTURES if documents else Answer.YES
