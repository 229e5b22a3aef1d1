"""Tell who is in the pictures: the rows of people.csv, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lib.people.model import NamedFace, PicturePeople, Status
from lib.reporting.command_line import count_text

COLUMNS = ("photo", "face", "name", "status", "score", "x", "y", "width", "height", "people", "people_maybe")
_SEPARATOR = "; "


def rows(pictures: Sequence[PicturePeople]) -> Iterator[Sequence[object]]:
    """One row for each face and each name without a face, picture by picture; boxes in pixels of the upright picture."""
    for one in pictures:
        for number, face in enumerate(one.faces, 1):
            score = f"{face.similarity:.3f}" if face.similarity else ""
            yield (
                one.picture.name,
                number if face.face else "",
                face.name,
                face.status.value,
                score,
                *_pixels(one, face),
                people_cell(one.people),
                people_cell(one.maybe),
            )


def people_cell(names: Sequence[str]) -> str:
    """Several names in one cell."""
    return _SEPARATOR.join(names)


def _pixels(one: PicturePeople, face: NamedFace) -> Sequence[object]:
    found = one.picture.found
    if face.box is None or found is None:
        return ("", "", "", "")
    box, width, height = face.box, found.width, found.height
    return (round(box.x * width), round(box.y * height), round(box.width * width), round(box.height * height))


def summary(pictures: Sequence[PicturePeople]) -> Iterator[str]:
    """Lines for people."""
    statuses = Counter(face.status for one in pictures for face in one.faces if face.face)
    words = ", ".join(f"{statuses[status]:,} {status.value}" for status in Status)
    total = sum(statuses.values())
    yield f"{count_text(total, 'face')} in {count_text(sum(bool(one.faces) for one in pictures), 'picture')} of {len(pictures):,}: {words}."
    names = Counter(name for one in pictures for name in one.people)
    if names:
        told = ", ".join(f"{name} {number:,}" for name, number in names.most_common(20))
        yield f"Pictures of: {told}{' …' if len(names) > 20 else ''}"
    groups = {face.group for one in pictures for face in one.faces if face.group}
    if groups:
        yield f"{count_text(len(groups), 'group')} of unknown faces that look alike wait for a name on the page."
