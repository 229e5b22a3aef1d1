"""What a human wants done by the edited report, and which of it may be done: no group is emptied, no file goes that has changed since."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lib.model import BadRequest, Failure, FileSet, MediaFile, Role

COLUMNS = ("group", "kind", "action", "path", "checksum")
_WORDS = {
    "": "",
    "keep": "keep",
    "remove": "remove",
    "delete": "remove",
    "ignore": "ignore",
    "not duplicates": "ignore",
}
_BOUND = (Role.LIVE_VIDEO, Role.RAW_PAIR)
"""What is one shot together with its main file; an edited version is a picture of its own."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A line of the report as it came back. `action` is "keep", "remove", "ignore" or empty; `proposed` is what the search had written."""

    group: str
    kind: str
    action: str
    path: str
    checksum: str
    location: str
    proposed: str = ""

    @property
    def is_offline(self) -> bool:
        """True for a file on a drive that was away when the report was written: nothing is done to it, and nothing relies on it."""
        return self.location == "offline"


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of the report as it is now: `trouble` says in words why it cannot be read, and the rest is empty then."""

    file: MediaFile | None = None
    checksum: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """A file that may go. `twin` is a file with the same bytes that stays, empty where the report promises none."""

    path: str
    checksum: str
    location: str
    twin: str


def rows(table: Iterable[Mapping[str, str]]) -> list[ReportRow]:
    """Return the lines of the report. Raises BadRequest for an action that is none, so that a slip of the pen is not taken for a wish."""
    found = []
    for number, cells in enumerate(table, 2):
        action = action_of(cells["action"], f"Line {number}")
        if cells["path"]:
            path = os.path.abspath(cells["path"])
            group, kind, checksum, location = (cells.get(name, "").strip() for name in ("group", "kind", "checksum", "location"))
            proposed = cells["proposed"].strip() if "proposed" in cells else _proposed(kind, cells.get("reason", ""))
            found.append(ReportRow(group, kind, action, path, checksum, location, proposed))
    return found


def action_of(text: str, where: str) -> str:
    """Return "keep", "remove", "ignore" or nothing for what a person wrote. Raises BadRequest, which names `where` it stands."""
    word = " ".join(text.strip().lower().replace("_", " ").split())
    if word not in _WORDS:
        raise BadRequest(f"{where}: the action {text!r} is none of keep, remove, ignore and empty; nothing was done.")
    return _WORDS[word]


def _proposed(kind: str, reason: str) -> str:
    """Return what a report of an earlier version had proposed, which has no column for it."""
    if kind not in ("identical", "picture"):
        return ""
    return "keep" if "kept: " in reason or reason.endswith("not connected") else "remove"


def involved(lines: Sequence[ReportRow]) -> list[str]:
    """Return the paths that have to be looked at before anything goes: what is marked, and what may stay for it."""
    groups = {line.group for line in lines if line.action == "remove"}
    return list(dict.fromkeys(line.path for line in lines if line.group in groups and not line.is_offline))


def removals(lines: Sequence[ReportRow], seen: Mapping[str, SeenFile]) -> tuple[list[Removal], list[Failure]]:
    """Return what may go, and what may not and why, with every involved file as it is now.

    A file goes where it is what the report says, and in each group that it is to leave one file stays that is so too: connected,
    and not marked to go itself.
    """
    groups: dict[str, list[ReportRow]] = {}
    marks: dict[str, list[ReportRow]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
        if line.action == "remove":
            marks.setdefault(line.path, []).append(line)
    kept = {line.path for line in lines if line.action == "keep"}
    going: list[Removal] = []
    refused: list[Failure] = []
    for path, mine in marks.items():
        stays: list[str] = []
        reason = "is marked keep in one group and remove in another: decide for one" if path in kept else ""
        for line in mine:
            reason = reason or _change(line, seen)
            others = [other for other in groups[line.group] if other.path not in marks and not other.is_offline]
            fit = next((other for other in others if not _change(other, seen) and not _is_one(path, other.path, seen)), None)
            if fit:
                stays.append(fit.path)
            elif not others:
                reason = reason or f"nothing would be left of group {line.group}: at least one file of it stays"
            else:
                told = _change(others[0], seen) or "it is the same file under another name"
                reason = reason or f"what stays in its place is not fit for that: {others[0].path}: {told}"
        if reason:
            refused.append(Failure(path, reason))
        else:
            twins = [stay for line, stay in zip(mine, stays) if line.kind == "identical"]
            going.append(Removal(path, mine[0].checksum, mine[0].location, twins[0] if twins else ""))
    return going, refused


def _change(line: ReportRow, seen: Mapping[str, SeenFile]) -> str:
    """Return what is wrong with a file, in words; nothing where it is as the report says."""
    if line.is_offline:
        return "its drive was not connected when the report was written"
    if not line.checksum:
        return "the report has no checksum of it, so it cannot be told whether it is still the same"
    now = seen[line.path]
    return now.trouble or ("" if now.checksum == line.checksum else "it has changed since the report was written")


def _is_one(path: str, other: str, seen: Mapping[str, SeenFile]) -> bool:
    one, two = seen[path].file, seen[other].file
    return one is None or two is None or (one.inode != 0 and (one.device, one.inode) == (two.device, two.inode))


def whole_sets(going: Collection[str], sets: Iterable[FileSet]) -> tuple[dict[str, list[str]], list[Failure]]:
    """Return the sidecars that go along with each file, and the files that must stay: what belongs together goes or stays together."""
    along: dict[str, list[str]] = {}
    stays: list[Failure] = []
    for group in sets:
        bound = [group.main, *(companion.file for companion in group.companions if companion.role in _BOUND)]
        leaving = [file for file in bound if file.path in going]
        left = [file for file in bound if file.path not in going]
        if leaving and left:
            stays += [Failure(file.path, f"belongs with {left[0].name}, which stays: they go or stay as one") for file in leaving]
            continue
        for companion in group.companions:
            if companion.role is Role.SIDECAR and companion.beside.path in going and companion.file.path not in going:
                along.setdefault(companion.beside.path, []).append(companion.file.path)
    return along, stays
