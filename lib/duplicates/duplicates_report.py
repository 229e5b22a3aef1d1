"""The report of a search for duplicates: its columns, its rows, and the summary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from lib.duplicates.decisions import RememberedAction
from lib.duplicates.model import DuplicateGroup, Kind, Location, Proposal
from lib.model import Failure
from lib.reporting.command_line import count_text, size_text

COLUMNS = (
    "group",
    "kind",
    "action",
    "path",
    "size",
    "checksum",
    "width",
    "height",
    "capture_date",
    "camera",
    "similarity",
    "reason",
    "location",
    "proposed",
    "decided",
)
_NOTHING_DECIDED: Mapping[int, RememberedAction] = {}
_TITLES = {
    Kind.IDENTICAL: "identical bytes",
    Kind.PICTURE: "the same picture",
    Kind.SIMILAR: "similar pictures",
    Kind.BURST: "bursts",
}


def rows(number: int, group: DuplicateGroup, remembered: Mapping[int, RememberedAction] = _NOTHING_DECIDED) -> Iterator[tuple[object, ...]]:
    """One row a file, in the order of COLUMNS, the one to keep first; `remembered` is what was decided earlier, by the member's number.

    `proposed` repeats the action as it was written, so that it can be told later what a person changed.
    """
    kind, offline = group.kind.value, Location.OFFLINE
    for place, (candidate, proposal, similarity, reason) in enumerate(group.members):
        action, decided = remembered.get(place) or (proposal.value, "")
        file, facts, captured = candidate.file, candidate.facts, candidate.facts.captured
        yield (
            number,
            kind,
            action,
            file.path,
            file.size,
            candidate.checksum,
            facts.width or "",
            facts.height or "",
            f"{captured.local:%Y-%m-%d %H:%M:%S}" if captured and not captured.is_guess else "",
            facts.camera,
            "1.000" if similarity == 1.0 else f"{similarity:.3f}",
            reason,
            "offline" if candidate.place is offline else candidate.root,
            action,
            decided,
        )


def json_line(number: int, group: DuplicateGroup, remembered: Mapping[int, RememberedAction] = _NOTHING_DECIDED) -> Iterator[str]:
    """Yield the rows as JSON, one object a line, with the columns' names; names that are no UTF-8 are written with their escapes."""
    for row in rows(number, group, remembered):
        yield json.dumps(dict(zip(COLUMNS, row)))


def summary(
    groups: Sequence[DuplicateGroup], compared: int, failures: Sequence[Failure], passed_over: int, remembered: int = 0
) -> Iterator[str]:
    """Lines for the terminal: what was compared, and for each kind the groups, files and bytes that could be freed.

    `passed_over` and `remembered` count the groups that were left out, and that came with earlier actions, as a person decided.
    """
    yield f"{count_text(compared, 'file')} compared, {count_text(len(groups), 'group')}."
    for kind in Kind:
        some = [group for group in groups if group.kind is kind]
        if some:
            files, gain = sum(len(group.members) for group in some), sum(group.gain for group in some)
            what = "proposed for removal" if kind.is_certain else "more, for you to decide"
            if kind.is_certain:
                spare = sum(member.proposal is Proposal.REMOVE for group in some for member in group.members)
            else:
                spare = files - len(some)
            yield f"  {_TITLES[kind]}: {count_text(len(some), 'group')} of {count_text(files, 'file')}; {spare:,} {what}, {size_text(gain)}"
    if passed_over:
        yield f"  {count_text(passed_over, 'group')} passed over that you kept whole or called no duplicates."
    if remembered:
        yield f"  {count_text(remembered, 'group has', 'groups have')} the actions that you decided earlier."
    if failures:
        yield f"  {count_text(len(failures), 'file or folder', 'files or folders')} could not be read."
