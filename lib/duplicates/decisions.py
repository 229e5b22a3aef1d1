"""What a person decided of duplicates, by contents: it outlives new searches, renamed folders and new files beside the old ones."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lib.duplicates import keeper
from lib.duplicates.model import DuplicateGroup, Location, Proposal
from lib.duplicates.removal_rules import ReportRow, action_of
from lib.reporting import csv_tables

DECISIONS, FORERUNNER = "decisions.csv", "ignored.csv"
COLUMNS = ("group", "checksum", "path", "action", "decided")
"""The first three are those of the forerunner, in which every group was one that is no duplicates."""
_STAYS = ("keep", "ignore")


class DecidedFile(NamedTuple):
    """A file of a group as it was when a person decided: its action is "keep", "remove", "ignore" or empty where it was left open."""

    checksum: str
    path: str
    action: str


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """What a person decided of one group, and on which day ("2026-11-24", empty where that is not known)."""

    files: tuple[DecidedFile, ...]
    decided: str = ""

    @property
    def contents(self) -> tuple[str, ...]:
        """The checksums of the files, in order: two decisions of the same contents are about the same group."""
        return tuple(sorted(file.checksum for file in self.files))


class RememberedAction(NamedTuple):
    """What was decided of a file earlier, and when."""

    action: str
    decided: str


class GroupDecisions:
    """All decisions, the newest last; a later one replaces an earlier one of the same contents."""

    def __init__(self, decisions: Iterable[GroupDecision] = ()) -> None:
        """Keeps for each checksum the decisions in which it has a part."""
        self._by_contents: dict[tuple[str, ...], GroupDecision] = {}
        for decision in decisions:
            self._by_contents.pop(decision.contents, None)
            self._by_contents[decision.contents] = decision
        self._of: defaultdict[str, list[GroupDecision]] = defaultdict(list)
        for decision in self._by_contents.values():
            for checksum in dict.fromkeys(file.checksum for file in decision.files):
                self._of[checksum].append(decision)

    def __iter__(self) -> Iterator[GroupDecision]:
        """Return them from the oldest to the newest."""
        return iter(self._by_contents.values())

    def with_new(self, decisions: Sequence[GroupDecision]) -> GroupDecisions:
        """Return these and the new ones, which are the newer; what was decided so before keeps its day."""
        news = [one for one in decisions if one.contents not in self._by_contents or self._by_contents[one.contents].files != one.files]
        return GroupDecisions([*self, *news]) if news else self

    def passes_over(self, group: DuplicateGroup) -> bool:
        """Return True where a person said of these contents, and of as many copies, that all stay or that they are no duplicates."""
        staying = (Counter(file.checksum for file in decision.files if file.action in _STAYS) for decision in self._about(group))
        return keeper.passed_over(group, list(staying))

    def actions(self, group: DuplicateGroup) -> Mapping[int, RememberedAction]:
        """Return what was decided earlier, by the numbers of the group's members; those that are new in it have none.

        Where two decisions differ, the file stays. Nothing is remembered where no file of the group would be left.
        """
        found: dict[int, RememberedAction] = {}
        for decision in self._about(group):
            matched = _matched(decision, group)
            if len(matched) < 2:
                continue
            for number, action in matched.items():
                if number not in found or found[number].action == "remove":
                    # In a group with news in it, files that are no duplicates of each other are files that stay.
                    found[number] = RememberedAction("keep" if action == "ignore" else action, decision.decided)
        allowed = {number: told for number, told in found.items() if told.action != "remove" or _may_go(group, number)}
        return allowed if _leaves_one(group, allowed) else {}

    def _about(self, group: DuplicateGroup) -> list[GroupDecision]:
        if not self._of:
            return []
        sums = dict.fromkeys(member.candidate.checksum for member in group.members if member.candidate.checksum)
        # Told by identity, since comparing decisions whole would be slow.
        return list({id(decision): decision for checksum in sums for decision in self._of.get(checksum, ())}.values())


def _may_go(group: DuplicateGroup, number: int) -> bool:
    return group.members[number].candidate.place is Location.INPUT


def _leaves_one(group: DuplicateGroup, actions: Mapping[int, RememberedAction]) -> bool:
    for number, member in enumerate(group.members):
        action = actions[number].action if number in actions else member.proposal.value
        if action != Proposal.REMOVE.value and member.candidate.place is not Location.OFFLINE:
            return True
    return False


def _matched(decision: GroupDecision, group: DuplicateGroup) -> dict[int, str]:
    """The action of each member that the decision knows by its content; of copies with the same content, by the end of its path."""
    past: defaultdict[str, list[DecidedFile]] = defaultdict(list)
    for file in decision.files:
        past[file.checksum].append(file)
    matched: dict[int, str] = {}
    for checksum in past:
        now = {n: member.candidate.file.path for n, member in enumerate(group.members) if member.candidate.checksum == checksum}
        matched |= _copies(past[checksum], now)
    return matched


def _copies(past: Sequence[DecidedFile], now: Mapping[int, str]) -> dict[int, str]:
    """Which copy is which: the more of the ends of two paths agree, the surer; none where that cannot be told and would matter."""
    differ = len({file.action for file in past}) > 1
    pairs = sorted(((-_agreement(file.path, path), number, place) for number, path in now.items() for place, file in enumerate(past)))
    matched: dict[int, str] = {}
    taken: set[int] = set()
    for score, number, place in pairs:
        if number in matched or place in taken:
            continue
        rivals = [
            (other, where)
            for also, other, where in pairs
            if also == score and (other == number) != (where == place) and other not in matched and where not in taken
        ]
        if differ and rivals:
            return {}
        matched[number] = past[place].action
        taken.add(place)
    return matched


def _agreement(one: str, other: str) -> int:
    """How many parts of two paths are equal, from the name backwards."""
    count = 0
    for mine, its in zip(reversed(re.split(r"[/\\]", one)), reversed(re.split(r"[/\\]", other))):
        if mine != its:
            break
        count += 1
    return count


def read(path: Path) -> GroupDecisions:
    """Return the decisions of a file; none where there is no file. Raises BadRequest.

    A file without actions is of an earlier version, and holds what is no duplicates.
    """
    if not path.exists():
        return GroupDecisions()
    groups: defaultdict[str, list[DecidedFile]] = defaultdict(list)
    days: dict[str, str] = {}
    for number, row in enumerate(csv_tables.read(path, COLUMNS[:3]), 2):
        action = action_of(row.get("action", "ignore"), f"{path}, line {number}")
        groups[row["group"]].append(DecidedFile(row["checksum"], row["path"], action))
        days[row["group"]] = row.get("decided", "")
    return GroupDecisions(GroupDecision(tuple(files), days[group]) for group, files in groups.items())


def write(path: Path, decisions: GroupDecisions) -> None:
    """Write them in one step. Raises BadRequest where another kind of file would be lost, and OSError."""
    csv_tables.check_target(path, COLUMNS)
    rows = (
        (number, file.checksum, file.path, file.action, decision.decided)
        for number, decision in enumerate(decisions, 1)
        for file in decision.files
    )
    csv_tables.write(path, COLUMNS, rows)


def edited(lines: Iterable[ReportRow], day: str) -> list[GroupDecision]:
    """Return what a person changed in a report: the groups in which an action is another than the search had written."""
    groups: defaultdict[str, list[ReportRow]] = defaultdict(list)
    for line in lines:
        groups[line.group].append(line)
    return [
        GroupDecision(tuple(_decided_file(line, some) for line in some), day)
        for some in groups.values()
        if any(line.action != line.proposed for line in some) and all(line.checksum for line in some)
    ]


def _decided_file(line: ReportRow, group: Sequence[ReportRow]) -> DecidedFile:
    actions = {one.action for one in group}
    is_ignored = "ignore" in actions and "remove" not in actions
    return DecidedFile(line.checksum, line.path, "ignore" if is_ignored else line.action)
