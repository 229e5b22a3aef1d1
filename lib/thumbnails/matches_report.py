"""Tell what was found behind the thumbnails: matches.csv, the page, the summary; and carry out what a person decided there."""

from __future__ import annotations

import os
import webbrowser
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.model import BadRequest
from lib.reporting import command_hint, command_line, csv_tables, review_page, undo_command
from lib.reporting.previews import PreviewRequest, make_previews, needs_large
from lib.thumbnails import selected_folder, selected_ledger
from lib.thumbnails.album_index import AlbumIndex
from lib.thumbnails.command import MatchJob, Thumbnail
from lib.thumbnails.decision import Match, MatchStatus
from lib.thumbnails.selected_folder import Change
from lib.thumbnails.selected_ledger import Ledger
from lib.thumbnails.selection_names import COLUMNS, SELECTED, MatchRow, alternatives_cell, row_of, with_full_path

_BY_HAND = "as you decided"


def report(job: MatchJob, thumbs: Sequence[Thumbnail], matches: Sequence[Match], gallery: AlbumIndex) -> list[MatchRow]:
    """Write matches.csv and the page; the rows. What a person changed in an earlier matches.csv stays as it was decided."""
    ledger = selected_ledger.read(job.output)
    decided = _decided(job, ledger)
    table = [_cells(thumb, match, gallery.paths, decided) for thumb, match in zip(thumbs, matches)]
    csv_tables.write(job.csv, COLUMNS, table)
    rows = [row_of(dict(zip(COLUMNS, cells))) for cells in table]
    if not job.dryrun:
        ledger.told = {
            _key(row): [row.status, row.photo] if _key(row) not in decided else ledger.told.get(_key(row), ["", ""]) for row in rows
        }
        ledger.options = job.options
        selected_ledger.write(job.output, ledger)
        if job.page:
            _write_page(job, table, matches, gallery)
    return rows


def _key(row: MatchRow) -> str:
    return f"{row.set}/{row.thumbnail}"


def _decided(job: MatchJob, ledger: Ledger) -> Mapping[str, MatchRow]:
    """The rows of an earlier matches.csv in which a person changed the status or the photo; a row taken out is none from then on."""
    if not job.csv.exists() or not ledger.told:
        return {}
    rows = {_key(row): row for row in (row_of(cells) for cells in csv_tables.read(job.csv, COLUMNS[:4]))}
    changed = {key: row for key, row in rows.items() if key in ledger.told and ledger.told[key] != [row.status, row.photo]}
    taken_out = {
        key: MatchRow(key.partition("/")[0], key.partition("/")[2], MatchStatus.NONE.value, "") for key in ledger.told if key not in rows
    }
    return {key: with_full_path(row, job.csv.parent) for key, row in (taken_out | changed).items()}


def _cells(thumb: Thumbnail, match: Match, paths: Sequence[str], decided: Mapping[str, MatchRow]) -> tuple[str, ...]:
    photo = "" if match.photo is None else paths[match.photo]
    status, reason = match.status.value, match.reason
    if thumb.also:
        reason += f"; the same thumbnail as {', '.join(thumb.also)}"
    by_hand = decided.get(f"{match.set}/{thumb.path}")
    if by_hand:
        status, photo, reason = by_hand.status, by_hand.photo, _BY_HAND
    return (
        match.set,
        thumb.path,
        status,
        photo,
        f"{match.score:.4f}" if photo else "",
        "" if match.runner_up is None else paths[match.runner_up],
        "" if match.runner_up is None else f"{match.runner_up_score:.4f}",
        alternatives_cell([paths[n] for n in match.alternatives]),
        reason,
    )


def _write_page(job: MatchJob, table: Sequence[tuple[str, ...]], matches: Sequence[Match], gallery: AlbumIndex) -> None:
    page = Path(job.output, "matches.html")
    photos = {paths for cells, match in zip(table, matches) for paths in _shown(cells, match, gallery)}
    wanted = [PreviewRequest(path, _content(path)) for path in sorted({*photos, *(cells[1] for cells in table)})]
    wanted += [PreviewRequest(path, _content(path), 1600) for path in sorted(photos) if needs_large(path)]
    made: dict[tuple[str, int], str] = {}
    with command_line.progress("Making previews", len(wanted)) as advance:
        for request, answer in make_previews(wanted, review_page.previews_folder(page), workers=job.workers):
            advance(1, 0)
            if isinstance(answer, str):
                made[request.path, request.longest] = answer
    pages = [
        review_page.PageMatch(
            cells[1],
            cells,
            tuple(
                review_page.PageCandidate(path, path, _score(path, match, gallery), made.get((path, 320)), made.get((path, 1600)))
                for path in _shown(cells, match, gallery)
            ),
            made.get((cells[1], 320)),
        )
        for cells, match in zip(table, matches)
    ]
    again = command_hint.to_paste("--apply", "{csv}", "--output", job.output)
    review_page.write_matches(page, pages, columns=COLUMNS, command=again)
    command_line.log.info("Look at it in your browser: %s", command_line.printable(page))
    if job.open_page:
        webbrowser.open(page.as_uri())


def _shown(cells: Sequence[str], match: Match, gallery: AlbumIndex) -> list[str]:
    """The candidates of a row, the one that it names first."""
    named = [cells[3]] if cells[3] else []
    return list(dict.fromkeys([*named, *(gallery.paths[n] for n in match.candidates)]))


def _score(path: str, match: Match, gallery: AlbumIndex) -> str:
    for photo, score in ((match.candidates[0] if match.candidates else None, match.score), (match.runner_up, match.runner_up_score)):
        if photo is not None and gallery.paths[photo] == path:
            return f"{score:.4f}"
    return ""


def _content(path: str) -> str:
    """Path, size and time: what tells the page that a preview is still that of the file."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return f"{path}\n{status.st_size}\n{status.st_mtime_ns}"


def bring_together(job: MatchJob, rows: Sequence[MatchRow]) -> Change:
    """Make `selected` what the rows say."""
    return selected_folder.update_selected(job.output, rows, selected_ledger.read(job.output), job.index, workers=job.workers, now=job.now)


def apply(job: MatchJob, table: str) -> int:
    """Make `selected` what the edited matches.csv at `table` says; the exit code. Raises BadRequest."""
    path = Path(os.path.expanduser(table)).absolute()
    rows = []
    for cells in csv_tables.read(path, COLUMNS[:4]):
        row = row_of(cells)
        known = row.status.strip().casefold() in {status.value for status in MatchStatus}
        if not known:
            raise BadRequest(f"{path} has the status {row.status!r} for {row.thumbnail}; it is one of matched, review and none.")
        if row.status.strip().casefold() == MatchStatus.MATCHED.value and not row.photo:
            raise BadRequest(f"{path} says matched for {row.thumbnail} and names no photo; write its path there, or none as the status.")
        row = with_full_path(row, path.parent)
        if not row.set or {"/", "\\", "\0"} & set(row.set) or row.set in (".", ".."):
            raise BadRequest(f"{path} has the set {row.set!r}, which cannot be the name of a folder.")
        rows.append(row)
    ledger = selected_ledger.read(job.output)
    ledger.options |= job.options
    if job.dryrun:
        wanted = sum(row.is_matched for row in rows)
        print(f"{wanted:,} of {command_line.count_text(len(rows), 'thumbnail')} matched; nothing was changed.")
        return command_line.DONE
    change = selected_folder.update_selected(job.output, rows, ledger, job.index, workers=job.workers, now=job.now)
    return _tell_change(job, change)


def _tell_change(job: MatchJob, change: Change) -> int:
    folder = command_line.printable(os.path.join(job.output, SELECTED))
    print(f"{folder}: {change.added:,} added, {change.removed:,} taken out, {change.kept:,} there already.")
    for run_id in reversed(change.run_ids):
        print(f"To put it back: {undo_command.hint('--output', job.output, run_id)}")
    failures = [*job.failures, *change.failures]
    command_line.tell_failures(failures)
    return command_line.SOME_FAILED if failures else command_line.DONE


def summary(job: MatchJob, thumbs: Sequence[Thumbnail], rows: Sequence[MatchRow], change: Change | None) -> int:
    """Print what was found, set by set; the exit code."""
    counts: dict[str, Counter[str]] = {}
    for thumb, row in zip(thumbs, rows):
        counts.setdefault(row.set, Counter())[row.status.strip().casefold()] += 1
        counts[row.set]["unreadable"] += bool(thumb.reason)
    if not counts:
        print("There are no thumbnails there.")
    for name, count in counts.items():
        print(_line(name, count))
    if len(counts) > 1:
        print(_line("together", sum(counts.values(), Counter())))
    if job.list_unmatched:
        for row in rows:
            if not row.is_matched:
                print(f"{command_line.printable(row.status)}: {command_line.printable(row.thumbnail)}")
    print(f"The table: {command_line.printable(job.csv)}")
    if change is not None:
        return _tell_change(job, change)
    command_line.tell_failures(job.failures)
    return command_line.SOME_FAILED if job.failures else command_line.DONE


def _line(name: str, count: Counter[str]) -> str:
    total = sum(count[status.value] for status in MatchStatus)
    unreadable = f" ({count['unreadable']:,} unreadable)" if count["unreadable"] else ""
    return (
        f"{command_line.printable(name)}: {command_line.count_text(total, 'thumbnail')}, {count['matched']:,} matched, "
        f"{count['review']:,} to review, {count['none']:,} without a photo{unreadable}"
    )
