"""The law that no fault may break: nothing that existed is lost, and whatever stands under a final name is whole."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

MANIFEST = "SHA256SUMS"
OWN = ".photo-toolkit"
EMPTY = hashlib.sha256(b"").hexdigest()


class Broken(AssertionError):
    """The law was broken; the text tells how."""


Tree = Mapping[str, str]
"""Each file's path, and the SHA-256 of what is in it."""


def look(places: Iterable[Path]) -> dict[str, str]:
    """Every file below the places, hidden ones as well, but for journals, locks and the manifest."""
    found = {}
    for place in places:
        for folder, folders, names in os.walk(place):
            folders[:] = [name for name in folders if name != OWN]
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path) and os.path.isfile(path) and name.upper() != MANIFEST:
                    found[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return found


def _hidden(path: str) -> bool:
    return os.path.basename(path).startswith(".")


def visible(tree: Tree) -> dict[str, str]:
    """The files under final names."""
    return {path: content for path, content in tree.items() if not _hidden(path)}


def nothing_lost(before: Tree, now: Tree, *, reserving: bool = False) -> None:
    """Every content of before is whole somewhere now, and nothing that stands under a final name is anything else.

    `reserving`: where a file system knows no other way, an empty file may hold a name for the moment before the real one comes.
    """
    originals = set(before.values()) | ({EMPTY} if reserving else set())
    lost = set(before.values()) - set(now.values())
    if lost:
        raise Broken(f"lost: {sorted(path for path, content in before.items() if content in lost)}")
    torn = sorted(path for path, content in visible(now).items() if content not in originals)
    if torn:
        raise Broken(f"not whole under a final name: {torn}")


def all_settled(places: Sequence[Path]) -> None:
    """No temporary file is left, no journal is open, and every album's manifest tells what is there, as `sha256sum` sees it."""
    litter = [path for path in look(places) if _hidden(path)]
    if litter:
        raise Broken(f"left over: {litter}")
    for place in places:
        for journal in place.glob(f"**/{OWN}/runs/*.jsonl"):
            last = journal.read_bytes().splitlines()[-1:]
            if last and json.loads(last[0])["k"] != "end":
                raise Broken(f"an open journal: {journal}")
        for manifest in place.glob(f"**/{MANIFEST}"):
            holds_true(manifest)


def holds_true(manifest: Path) -> None:
    """The real sha256sum finds nothing wrong, and the manifest lists every file."""
    checked = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", MANIFEST], cwd=manifest.parent, capture_output=True, text=True)
    listed = len(manifest.read_bytes().splitlines())
    if listed and checked.returncode:
        raise Broken(f"sha256sum: {checked.stdout}{checked.stderr}")
    there = len(visible(look([manifest.parent])))
    if listed != there:
        raise Broken(f"the manifest lists {listed} files of {there}")


def manifests(places: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """The text of every manifest."""
    for place in places:
        for manifest in sorted(place.glob(f"**/{MANIFEST}")):
            yield str(manifest), manifest.read_bytes()
