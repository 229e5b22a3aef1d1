"""Hold an album against its manifest: every file is read anew, so that bytes that rotted are found as well."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from lib.analysis import hashing
from lib.analysis.features import patience
from lib.analysis.process_pool import run_in_pool
from lib.files.names import fold
from lib.files.scanning import scan
from lib.model import Failure
from lib.transfer import manifest


class Fixity(Enum):
    """What is wrong with a file of the album."""

    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FixityFinding:
    """A file of the album, by its name in it, that is not as the manifest says; `sha256` is what it has now, where it was read."""

    name: str
    fixity: Fixity
    sha256: str = ""
    reason: str = ""


@dataclass(slots=True)
class Inspection:
    """An album as its names tell it, not yet read: `sizes` of the files there, `sums` of the manifest, what is wrong already."""

    root: str
    sums: dict[str, str]
    sizes: dict[str, int]
    findings: list[FixityFinding]


def inspect(root: str) -> Inspection:
    """Hold the album's names against the manifest's: what is missing, and what there is to read."""
    found = Inspection(root, manifest.read(root), {}, [])
    listed = {fold(name): name for name in (*found.sums, manifest.NAME)}
    for file in scan([root], own_folders=True):
        name = os.path.relpath(file.path, root).replace(os.sep, "/")
        if name not in found.sums and _is_one_file(root, name, listed.get(fold(name), name)):
            name = listed.get(fold(name), name)
        if isinstance(file, Failure):
            found.findings.append(FixityFinding(name, Fixity.UNREADABLE, reason=file.reason))
        elif name != manifest.NAME:
            found.sizes[name] = file.size
    for name in sorted(found.sums.keys() - found.sizes.keys()):
        present = os.path.lexists(os.path.join(root, *name.split("/")))
        reason = "it is hidden, a link, or no regular file any more" if present else ""
        found.findings.append(FixityFinding(name, Fixity.MISSING, reason=reason))
    return found


def _is_one_file(root: str, name: str, other: str) -> bool:
    """True where a file system shows a name in another letter case or Unicode form than the one that it was given."""
    try:
        return os.path.samestat(*(os.lstat(os.path.join(root, *one.split("/"))) for one in (name, other)))
    except OSError:
        return False


def verify(found: Inspection, *, workers: int, advance: Callable[[int, int], None]) -> Iterator[FixityFinding]:
    """Read every file: each that changed, is extra or cannot be read, after what is wrong already. Extra files are read for their sums."""
    yield from found.findings
    sizes = {os.path.join(found.root, *name.split("/")): (name, size) for name, size in found.sizes.items()}
    answers = run_in_pool(hashing.sha256, sizes, workers=workers, limit=lambda path: patience(sizes[path][1]), name=str)
    for path, sha256 in answers:
        name, size = sizes[path]
        advance(1, size)
        if isinstance(sha256, Failure):
            yield FixityFinding(name, Fixity.UNREADABLE, reason=sha256.reason)
        elif name not in found.sums:
            yield FixityFinding(name, Fixity.EXTRA, sha256)
        elif sha256 != found.sums[name]:
            yield FixityFinding(name, Fixity.CHANGED, sha256)
