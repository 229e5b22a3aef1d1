"""Tell what an import decided: the rows of its report, and a summary that adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lib.album.decision import Action, Competitor, Decision, Rule
from lib.files.names import is_below, split_name
from lib.model import CaptureDate
from lib.transfer import manifest

COLUMNS = (
    "source",
    "action",
    "rule",
    "destination",
    "reason",
    "capture_date",
    "date_source",
    "utc_offset",
    "source_size",
    "source_sha256",
    "camera",
    "width",
    "height",
    "competitor",
    "competitor_size",
    "competitor_sha256",
    "competitor_date",
    "error",
    "belongs_to",
    "damaged",
    "people",
    "people_maybe",
)

_PASSED_OVER = {
    Rule.HIDDEN: "hidden",
    Rule.LINK: "linked",
    Rule.SPECIAL: "no regular files",
    Rule.SYSTEM: "of a system's own",
    Rule.SET_ASIDE: "set aside in superseded/ or quarantine/",
    Rule.LIBRARY: "in libraries of other programs (--libraries copies their originals)",
}
_MOST_KINDS = 12
_ARRIVALS = (Action.MOVED, Action.COPIED, Action.SUPERSEDED)
_HELD = (*_ARRIVALS, Action.DUPLICATE, Action.IN_PLACE)


def rows(decisions: Sequence[Decision], people: Mapping[str, tuple[str, str]]) -> Iterator[Sequence[object]]:
    """One row for each decision, folder by folder. `people` tells who is, and who may be, in a picture, by its name in the album."""
    folders: dict[str, list[Decision]] = {}
    for decision in decisions:
        folders.setdefault(decision.file.folder, []).append(decision)
    for decision in (one for folder in sorted(folders) for one in sorted(folders[folder], key=lambda one: one.file.name)):
        subject, file, held = decision.subject, decision.file, decision.competitor or Competitor("", 0, "")
        captured = subject.captured if subject else None
        yield (
            file.path,
            decision.action.value,
            decision.rule.word,
            decision.destination,
            decision.reason,
            _moment(captured),
            _source(captured),
            _offset(captured),
            file.size,
            subject.sha256 if subject else "",
            subject.camera if subject else "",
            (subject.width if subject else 0) or "",
            (subject.height if subject else 0) or "",
            held.path,
            held.size if held.sha256 else "",
            held.sha256,
            _moment(held.captured),
            decision.error,
            decision.belongs_to,
            subject.damage if subject else "",
            *people.get(decision.destination or decision.kept, ("", "")),
        )


def _moment(captured: CaptureDate | None) -> str:
    return f"{captured.local:%Y-%m-%d %H:%M:%S}" if captured else ""


def _source(captured: CaptureDate | None) -> str:
    if captured is None:
        return ""
    notes = [
        note
        for note, applies in (
            ("a guess", captured.is_guess),
            ("zone assumed", captured.zone_assumed),
            ("doubtful", captured.doubtful),
        )
        if applies
    ]
    return f"{captured.source.value}{', ' if notes else ''}{', '.join(notes)}"


def _offset(captured: CaptureDate | None) -> str:
    if captured is None or captured.offset is None:
        return ""
    minutes = round(captured.offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def summary(decisions: Sequence[Decision], *, dryrun: bool) -> Iterator[str]:
    """Lines for people: what was found and what became of it, and what they may want to look at."""
    counts = Counter(decision.action for decision in decisions)
    words = " + ".join(f"{counts[action]:,} {action.value.replace('_', ' ')}" for action in Action)
    yield f"{'Dry run, nothing was changed: ' if dryrun else ''}{len(decisions):,} found = {words}"
    arriving = [d for d in decisions if d.action in _ARRIVALS]
    if not decisions:
        yield "There are no files to import."
    changed = [*arriving, *(d for d in decisions if d.action is Action.DUPLICATE and (d.destination or d.removes))]
    strangers = list(_not_looked_at(decisions))
    if decisions and not changed and not counts[Action.FAILED]:
        yield "Nothing came in." if strangers else "Nothing to do: everything that can go into the album is there already."
    yield from strangers
    repaired = sum(d.rule is Rule.REPAIRED for d in arriving)
    if repaired:
        yield f"{_files(repaired)} of the album had gone bad and {'is' if repaired == 1 else 'are'} repaired; --verify reads the others."
    unread = sum(bool(d.unread) for d in decisions)
    if unread:
        lie = "lies" if unread == 1 else "lie"
        yield f"{_files(unread)} {lie} in the album by what was read of it before; the report says when. Without --no-reread it is read."
    damaged = sum(map(_is_damaged, decisions))
    if damaged:
        yield f"{_files(damaged)} went in though damaged; the column damaged of the report says how. Look for a better copy."
    dates = [d.subject.captured for d in arriving if d.subject and d.rule is not Rule.COMPANION]
    guesses = sum(date.is_guess for date in dates)
    if guesses:
        yield f"{_files(guesses)} told no capture date; the date of the file was taken as a guess, which the report marks."
    assumed = sum(date.zone_assumed and not date.is_guess for date in dates)
    if assumed:
        yield f"{_files(assumed)} told the time in UTC only; your computer's zone was assumed (--zone names another one)."
    lying = sum(1 for d in decisions if d.action is Action.DUPLICATE and not d.destination and not d.removes)
    if lying and not dryrun and any(d.action is Action.MOVED for d in decisions):
        yield f"{_files(lying)} with bytes that the album holds already still lie in the source; --duplicates tells what else can be done."
    troubled = sum(1 for d in arriving if d.error and not is_problem(d))
    if troubled:
        yield f"{_files(troubled)} went in though something about them is odd; the column error of the report says what."


def by_source(decisions: Sequence[Decision], inputs: Sequence[str]) -> Iterator[str]:
    """Yield a line for each input from which something was found: how much of it the album holds now, and how much is left there."""
    for folder in inputs:
        own = [decision for decision in decisions if is_below(decision.file.path, folder)]
        held = sum(decision.action in _HELD for decision in own)
        left = sum(map(_is_left, own))
        if own:
            yield f"{folder}: {held:,} of {_files(len(own))} in the album, {left:,} left there."


def _is_left(decision: Decision) -> bool:
    """True where the file still lies where it was found."""
    if decision.action is Action.DUPLICATE:
        return not decision.destination and not decision.removes
    return decision.copies or decision.action not in (Action.MOVED, Action.SUPERSEDED)


def _not_looked_at(decisions: Sequence[Decision]) -> Iterator[str]:
    """Lines on files that may well hold pictures, and that were not looked into."""
    passed = Counter(d.rule for d in decisions if d.rule in _PASSED_OVER and d.action is Action.SKIPPED)
    if passed:
        words = ", ".join(f"{passed[rule]:,} {words}" for rule, words in _PASSED_OVER.items() if passed[rule])
        yield f"Passed over, each named in the report: {words}."
    kinds = Counter(_kind(d.file.name) for d in decisions if d.rule is Rule.NOT_MEDIA and d.file.name != manifest.NAME)
    if kinds:
        named = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))[:_MOST_KINDS]
        rest = kinds.total() - sum(count for _, count in named)
        words = ", ".join([f"{count:,} {kind}" for kind, count in named] + ([f"{rest:,} of other kinds"] if rest else []))
        yield f"Left where they lie, for their names are no photo's or video's: {words}."


def _kind(name: str) -> str:
    return split_name(name)[1][1:].lower() or "without an ending"


def is_problem(decision: Decision) -> bool:
    """True where a person has to know of it: a file that failed, one that should be a picture and holds none or half of one, a source
    that stayed."""
    kept = decision.action is Action.COPIED and not decision.copies
    return decision.action is Action.FAILED or decision.rule is Rule.NO_PICTURE or kept or _is_damaged(decision)


def problem(decision: Decision) -> str:
    """What the problem is, in words."""
    damage = decision.subject.damage if decision.subject and _is_damaged(decision) else ""
    return "; ".join(filter(None, (decision.error, damage)))


def _is_damaged(decision: Decision) -> bool:
    """True for a picture that is not whole and lies in the album now; one that was there before has been told of then."""
    return bool(decision.subject and decision.subject.damage) and decision.action in (*_ARRIVALS, Action.IN_PLACE)


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
