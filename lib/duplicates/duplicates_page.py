"""The page on which a person looks at the groups of the report: each file with its row and its preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lib.duplicates import duplicates_report
from lib.duplicates.decisions import RememberedAction
from lib.duplicates.model import ComparedFile, DuplicateGroup, Location
from lib.reporting import command_hint, command_line, review_page
from lib.reporting.previews import LARGE, PreviewRequest, make_previews, needs_large


def write(target: Path, groups: Sequence[DuplicateGroup], remembered: Sequence[Mapping[int, RememberedAction]], *, workers: int) -> None:
    """Make the previews beside `target`, then the page. What has no preview is told by its name alone. Raises OSError.

    `remembered` has for each group what was decided earlier, by the numbers of its members.
    """
    shown = [member.candidate for group in groups for member in group.members]
    requests = [request for candidate in shown for request in _requests(candidate)]
    previews: dict[PreviewRequest, str] = {}
    with command_line.progress("Making previews", len(requests)) as advance:
        for request, name in make_previews(requests, review_page.previews_folder(target), workers=workers):
            if isinstance(name, str):
                previews[request] = name
            advance(1, 0)
    again = command_hint.to_paste("--apply", "{csv}", "--output", str(target.parent))
    review_page.write_duplicates(target, _cards(groups, remembered, previews), columns=duplicates_report.COLUMNS, command=again)


def _cards(
    groups: Sequence[DuplicateGroup], remembered: Sequence[Mapping[int, RememberedAction]], previews: Mapping[PreviewRequest, str]
) -> Iterator[review_page.PageGroup]:
    for number, (group, earlier) in enumerate(zip(groups, remembered), 1):
        files = []
        for member, row in zip(group.members, duplicates_report.rows(number, group, earlier)):
            candidate = member.candidate
            small, large = (previews.get(request) for request in (_request(candidate), _request(candidate, LARGE)))
            connected = candidate.place is not Location.OFFLINE
            reference = candidate.place is Location.REFERENCE
            files.append(review_page.PageFile(candidate.file.path, row, small, large, connected, reference))
        yield review_page.PageGroup(tuple(files), group.gain)


def _requests(candidate: ComparedFile) -> Iterator[PreviewRequest]:
    if candidate.place is not Location.OFFLINE and candidate.file.kind.is_picture:
        yield _request(candidate)
        if needs_large(candidate.file.path):
            yield _request(candidate, LARGE)


def _request(candidate: ComparedFile, longest: int | None = None) -> PreviewRequest:
    key = candidate.checksum or f"{candidate.file.path} {candidate.file.size} {candidate.file.mtime_ns}"
    return PreviewRequest(candidate.file.path, key) if longest is None else PreviewRequest(candidate.file.path, key, longest)
