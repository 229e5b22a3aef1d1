"""Which of several files of one picture to keep, and why; and which files make a group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from lib.duplicates.model import ComparedFile, DuplicateGroup, Kind, KnownFacts, Location, Member, Proposal

BURST_SECONDS = 2.0
"""Shots of one camera within this time are a burst."""
_SAME_SHOT = 0.9995
"""Two files of the same second and size that look less alike than this are two frames; more alike, one frame saved twice."""
_ORIGINAL_FORMATS = frozenset({"heif", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf"})
_NO_DATE = datetime.max

# Bound once: looking up a member of an Enum takes Python 3.11 a third of the time of a whole candidate.
_INPUT, _REFERENCE, _OFFLINE = Location
_KEEP, _REMOVE, _UNDECIDED = Proposal

Pair = tuple[int, int]


def best_first(candidates: Iterable[ComparedFile]) -> list[ComparedFile]:
    """Return the candidates as the keeper rule ranks them; the first is the one to keep."""
    return [candidate for _, candidate in _ranked(candidates)]


def identical(copies: Sequence[ComparedFile], *, within_reference: bool = False) -> DuplicateGroup | None:
    """Return the group of files with the same bytes; None where nothing is left to tell (all in reference folders, or one file)."""
    return _certain(Kind.IDENTICAL, copies, within_reference)


def same_picture(copies: Sequence[ComparedFile], *, within_reference: bool = False) -> DuplicateGroup | None:
    """Return the group of files with the same pixels, some of which may have the same bytes; None as with `identical`."""
    return _certain(Kind.PICTURE, copies, within_reference)


def _certain(kind: Kind, copies: Sequence[ComparedFile], within_reference: bool) -> DuplicateGroup | None:
    ranked = _ranked(copies)
    places = [copy.place for copy in copies]
    if not within_reference and places.count(_REFERENCE) > 1:
        # One reference file says it all; that there are more of them is not asked. As the best of all it is the first.
        ranked = [(rank, copy) for rank, copy in ranked if copy.place is not _REFERENCE or copy is ranked[0][1]]
    if len(ranked) < 2 or places.count(_OFFLINE) == len(places):
        return None
    best = ranked[0][1]
    path, members = best.file.path, [Member(best, _KEEP, 1.0, f"kept: {_why(ranked)}")]
    for _, copy in ranked[1:]:
        what = "same bytes" if copy.checksum and copy.checksum == best.checksum else "same pixels"
        if copy.place is _INPUT:
            members.append(Member(copy, _REMOVE, 1.0, f"{what} as {path}"))
        elif copy.place is _REFERENCE:
            members.append(Member(copy, _KEEP, 1.0, f"{what}, kept: in a reference folder"))
        else:
            members.append(Member(copy, _KEEP, 1.0, f"{what}, on a drive that is not connected"))
    return DuplicateGroup(kind, tuple(members))


def alike(
    candidates: Mapping[int, ComparedFile], pairs: Mapping[Pair, float], *, within_reference: bool = False
) -> Iterator[DuplicateGroup]:
    """Yield groups of similar pictures, and of bursts, in which every two files are alike.

    `pairs` holds how alike two candidates are (0 to 1) by their numbers, the smaller first; a pair that is not there is none. A file
    may be in several groups: what is like each of two others does not make those alike.
    """
    by_kind: dict[Kind, dict[Pair, float]] = {Kind.SIMILAR: {}, Kind.BURST: {}}
    for (one, other), likeness in pairs.items():
        first, second = candidates[one], candidates[other]
        both_references = first.place is second.place is _REFERENCE and not within_reference
        together = first.set_number == second.set_number and first.set_number >= 0
        if not both_references and not together and not first.place is second.place is _OFFLINE:
            by_kind[kind_of(first, second, likeness)][one, other] = likeness
    for kind, some in by_kind.items():
        for numbers in _cliques(some):
            ranked = _ranked(candidates[number] for number in numbers)
            number_of = {candidates[number].file.path: number for number in numbers}
            best = ranked[0][1]
            number_of_best = number_of[best.file.path]
            members = [Member(best, _UNDECIDED, 1.0, f"best: {_why(ranked)}")]
            for _, candidate in ranked[1:]:
                number = number_of[candidate.file.path]
                likeness = some[min(number_of_best, number), max(number_of_best, number)]
                members.append(Member(candidate, _UNDECIDED, likeness, _difference(candidate, best, kind)))
            yield DuplicateGroup(kind, tuple(members))


def kind_of(first: ComparedFile, second: ComparedFile, likeness: float) -> Kind:
    """Return whether two pictures that are alike are versions of one shot, or shots of a burst: one camera, two seconds at most.

    Where both say the same second, equal sizes tell: a frame and the next have them, and still differ a little.
    """
    one, other = first.facts.captured, second.facts.captured
    if not one or not other or one.is_guess or other.is_guess or first.facts.camera != second.facts.camera:
        return Kind.SIMILAR
    apart = abs(one.local - other.local)
    precise = one.local.microsecond and other.local.microsecond
    if apart > timedelta(seconds=BURST_SECONDS):
        return Kind.SIMILAR
    if (precise and apart) or apart >= timedelta(seconds=1):
        return Kind.BURST
    same_size = (first.facts.width, first.facts.height) == (second.facts.width, second.facts.height)
    return Kind.BURST if same_size and likeness < _SAME_SHOT and not precise else Kind.SIMILAR


def _cliques(pairs: Mapping[Pair, float]) -> Iterator[list[int]]:
    """Yield groups of numbers of which every two are a pair, until every pair is in one of them; those alike most come first."""
    friends: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        friends[one].add(other)
        friends[other].add(one)
    covered: set[Pair] = set()
    for one, other in sorted(pairs, key=lambda pair: (-min(len(friends[pair[0]]), len(friends[pair[1]])), -pairs[pair], pair)):
        if (one, other) in covered:
            continue
        clique = [one, other]
        common = friends[one] & friends[other]
        while common:
            joins = max(common, key=lambda number: (len(friends[number]), -number))
            clique.append(joins)
            common &= friends[joins]
        covered.update((a, b) for a in clique for b in clique if a < b)
        yield sorted(clique)


def _difference(candidate: ComparedFile, best: ComparedFile, kind: Kind) -> str:
    """Return what a human should know of a file that is like the best one."""
    if kind is Kind.BURST:
        return "another shot of the same burst"
    mine, its = candidate.facts, best.facts
    if mine.pixels and its.pixels and mine.pixels != its.pixels:
        return f"looks like {best.file.name}, in {mine.width} x {mine.height} pixels against {its.width} x {its.height}"
    if mine.format != its.format:
        return f"looks like {best.file.name}, saved as {mine.format.upper()}"
    return f"looks like {best.file.name}"


def passed_over(group: DuplicateGroup, ignored: Sequence[Counter[str]]) -> bool:
    """Return True where a human has said of these very contents (and of as many copies) that they are no duplicates."""
    if not ignored:
        return False
    contents = Counter(member.candidate.checksum for member in group.members)
    return any(contents <= some for some in ignored)


def _captured(facts: KnownFacts) -> datetime:
    return facts.captured.local if facts.captured and not facts.captured.is_guess else _NO_DATE


_Rank = tuple[object, ...]


def _ranked(candidates: Iterable[ComparedFile]) -> list[tuple[_Rank, ComparedFile]]:
    """Return the candidates by the keeper rule, with what is compared: the most important first; less is better."""
    facts, merits, date = None, (0, False, 0), _NO_DATE
    ranked: list[tuple[_Rank, ComparedFile]] = []
    for candidate in candidates:
        if candidate.facts is not facts:
            # Copies mostly share their facts.
            facts = candidate.facts
            date = _captured(facts)
            tags = (date is not _NO_DATE) + bool(facts.camera) + facts.motion_photo
            merits = -facts.pixels, facts.format not in _ORIGINAL_FORMATS, -tags
        path = candidate.file.path
        # The files of a set are ranked by their main file, so that all of them are kept at one place.
        leader = candidate.set_main or candidate.file
        leading_path = path if leader is candidate.file else leader.path
        place = candidate.place
        standing = place is not _REFERENCE, place is _OFFLINE, candidate.order
        shape = -leader.size, leader.mtime_ns, len(leading_path), leading_path, path
        ranked.append(((*standing, *merits, -candidate.set_size, date, *shape), candidate))
    ranked.sort(key=itemgetter(0))
    return ranked


def _why(ranked: Sequence[tuple[_Rank, ComparedFile]]) -> str:
    """Return in words what made the first of two or more win over the next one."""
    (rank, best), (other, _) = ranked[:2]
    return next((reason(best) for mine, its, reason in zip(rank, other, _REASONS) if mine != its), "the first of equals")


_REASONS: tuple[Callable[[ComparedFile], str], ...] = (
    lambda candidate: "in a reference folder",
    lambda candidate: "on a drive that is connected",
    lambda candidate: "its folder was put first",
    lambda candidate: f"most pixels ({candidate.facts.width} x {candidate.facts.height})",
    lambda candidate: f"{candidate.facts.format.upper()} as the camera made it",
    lambda candidate: "has its date and tags",
    lambda candidate: "what belongs to it lies beside it",
    lambda candidate: "the older capture date",
    lambda candidate: "the larger file",
    lambda candidate: "the older file",
    lambda candidate: "the shorter path",
    lambda candidate: "the first by name",
    lambda candidate: "the first by name",
)
"""What is said of the file that wins by each part of the rule."""
