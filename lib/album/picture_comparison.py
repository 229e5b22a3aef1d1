"""Tell which pictures of one moment are versions of one shot, and which of two is the better: by how they look, what their tags say, and by
the pixels themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.album.album_state import AlbumState, twins
from lib.album.decision import PictureFacts, SetFacts, VersionVerdict
from lib.album.look_groups import FARTHEST, look_groups
from lib.album.naming import Layout
from lib.album.survey import Progress, bar
from lib.analysis.appearance import likeness
from lib.analysis.features import APPEARANCE, METADATA, analyse
from lib.analysis.index import Index
from lib.model import Appearance, FileKind, Metadata
from lib.versions.comparison import compare

_SAME_ASPECT = 0.02
_SAME_LAYOUT = 0.985
_MOST_ALIKE = 30  # forms of one kind, or a burst: to compare each with each would take hours, and find nothing
_UNLIKE = VersionVerdict(are_versions=False)


@dataclass(frozen=True, slots=True)
class PictureComparison:
    """Compares photos that were looked at before, and are in one of the same `groups`; `looks`, `tags` and groups by path."""

    looks: Mapping[str, Appearance]
    tags: Mapping[str, Metadata]
    groups: Mapping[str, int]

    def __call__(self, one: PictureFacts, other: PictureFacts) -> VersionVerdict:
        """Versions are only those of which the one is explained as the other scaled and recompressed; in doubt both stay, and why is told.

        Which is better is measured; where neither has more detail, bit depth and tags decide, and pixels and bytes last.
        """
        first, second = self.looks.get(one.file.path), self.looks.get(other.file.path)
        if first is None or second is None or not is_one_picture(first, second):
            return _UNLIKE
        tags, others = (self.tags.get(each.file.path) or Metadata("") for each in (one, other))
        if why := other_shot(tags, others) or _damaged(one, other):
            return VersionVerdict(are_versions=False, why=f"it looks alike, but {why}")
        found = compare(one.file.path, other.file.path)
        if found.difference is not None:
            return VersionVerdict(are_versions=False, why=f"it looks alike, but {found.difference.value}")
        if found.more_detail:
            return VersionVerdict(True, found.more_detail > 0, "the better one has more real detail")
        worth, others_worth = _worth(tags), _worth(others)
        if worth != others_worth:
            return VersionVerdict(True, worth > others_worth, "both have the same detail, and the better one more tags or bits a channel")
        return VersionVerdict(True, one.bulk > other.bulk, "both have the same detail and tags, and the better one more pixels or bytes")

    def group_of(self, one: PictureFacts) -> int | None:
        """What all photos have in common that may be versions of this one; None where there can be none."""
        return self.groups.get(one.file.path)


def picture_comparison(
    sets: Sequence[SetFacts], album: AlbumState, layout: Layout, index: Index, *, workers: int, progress: Progress
) -> PictureComparison:
    """The comparison of all photos that may turn out to be versions of each other: those are looked at."""
    rivals = [[one.file for one in group if one.file.kind is FileKind.PHOTO] for group in twins(sets, album, layout)]
    photos = {file.path: file for group in rivals for file in group}
    looks: dict[str, Appearance] = {}
    tags: dict[str, Metadata] = {}
    with bar(progress, "3/4 Comparing pictures", list(photos.values())) as advance:
        for file, (look, said) in analyse(list(photos.values()), (APPEARANCE, METADATA), index, workers=workers, advance=advance):
            if isinstance(look, Appearance) and isinstance(said, Metadata):
                looks[file.path], tags[file.path] = look, said
    groups: dict[str, int] = {}
    for group in rivals:
        found = look_groups({file.path: looks[file.path] for file in group if file.path in looks})
        sizes = Counter(found.values())
        groups |= {path: number for path, number in found.items() if sizes[number] <= _MOST_ALIKE}
    return PictureComparison(looks, tags, groups)


def is_one_picture(one: Appearance, other: Appearance) -> bool:
    """True for a picture and a scaled or recompressed version of it, and also for shots that look alike; for pictures with nothing in them
    False."""
    return (
        abs(one.aspect / other.aspect - 1) < _SAME_ASPECT
        and (one.phash ^ other.phash).bit_count() <= FARTHEST
        and likeness(one, other) >= _SAME_LAYOUT
    )


def other_shot(one: Metadata, other: Metadata) -> str:
    """What tags say against two files being of one shot, in words; empty where nothing does. What only one of them says does not count."""
    if _differ(_subseconds(one), _subseconds(other)):
        return "it was taken at another part of the second"
    if any(_differ(first, second) for first, second in zip(_exposure(one), _exposure(other))):
        return "it was exposed otherwise"
    if _differ(one.unique_id, other.unique_id) or _differ(one.content_id, other.content_id):
        return "its camera calls it another shot"
    return ""


def _subseconds(tags: Metadata) -> str:
    """The digits after the second, as far as they mean something."""
    return next((claim.subsecond.strip().rstrip("0") or "0" for claim in tags.claims if claim.subsecond.strip().isdecimal()), "")


def _exposure(tags: Metadata) -> Sequence[str]:
    return ["" if word == "?" else word for word in tags.exposure.split()] or [""]


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _damaged(one: PictureFacts, other: PictureFacts) -> str:
    return "one of the two is damaged" if one.damage or other.damage else ""


def _worth(tags: Metadata) -> tuple[int, int]:
    """Bits a channel, and how much of what matters the tags tell."""
    dated = any(not claim.source.is_guess for claim in tags.claims)
    return tags.bit_depth, sum(map(bool, (dated, tags.camera, tags.latitude is not None, tags.caption, tags.keywords, tags.rating)))
