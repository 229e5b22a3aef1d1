"""Keep what a person said of faces: a plain table in the album, by face and never by group, so that no lost index loses a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lib.files.scanning import OWN_FOLDER
from lib.model import BadRequest
from lib.people.model import Box, FaceDecision, Verdict
from lib.people.naming import nearest
from lib.people.written_names import plain_name
from lib.reporting import csv_tables

NAME = "people.csv"
COLUMNS = ("sha256", "x", "y", "width", "height", "decision", "name", "photo")
REQUIRED = COLUMNS[:-1]


def path_in(album: str) -> Path:
    """Where the album keeps its decisions."""
    return Path(album, OWN_FOLDER, NAME)


def read(path: Path) -> list[FaceDecision]:
    """The decisions in a table, in their order; rows that decide nothing are passed over. Raises BadRequest."""
    found = []
    for number, row in enumerate(csv_tables.read(path, REQUIRED), 2):
        if row["decision"].strip():
            found.append(_of_row(row, f"{path}, row {number}"))
    return found


def of_album(album: str) -> list[FaceDecision]:
    """What was decided in an album until now; none where nothing was. Raises BadRequest."""
    path = path_in(album)
    return read(path) if path.exists() else []


def write(album: str, decisions: Iterable[FaceDecision]) -> None:
    """Keep them in the album in one step. Raises OSError, the old table left as it was."""
    path = path_in(album)
    path.parent.mkdir(parents=True, exist_ok=True)
    csv_tables.write(path, COLUMNS, map(to_row, decisions))


def to_row(decision: FaceDecision) -> Sequence[object]:
    """The decision as a row."""
    box: Iterable[object] = ("", "", "", "") if decision.box is None else (f"{part:.6f}" for part in decision.box)
    return (decision.sha256, *box, decision.verdict.value, decision.name, decision.photo)


def _of_row(row: Mapping[str, str], where: str) -> FaceDecision:
    try:
        verdict = Verdict(row["decision"].strip().lower())
    except ValueError:
        allowed = ", ".join(one.value for one in Verdict)
        raise BadRequest(f"{where}: the decision {row['decision']!r} is none of {allowed}.") from None
    name = plain_name(row["name"])
    if verdict in (Verdict.IS, Verdict.NOT) and not name:
        raise BadRequest(f"{where}: the decision {verdict.value!r} needs a name.")
    sha256 = row["sha256"].strip().lower()
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise BadRequest(f"{where}: the column sha256 holds no checksum.")
    return FaceDecision(sha256, _box(row, where), verdict, name if verdict in (Verdict.IS, Verdict.NOT) else "", row.get("photo", ""))


def _box(row: Mapping[str, str], where: str) -> Box | None:
    cells = [row[side].strip().replace(",", ".") for side in ("x", "y", "width", "height")]
    if not any(cells):
        return None
    try:
        box = Box(*map(float, cells))
    except ValueError:
        raise BadRequest(
            f"{where}: the columns x, y, width and height hold no box; leave all four empty to mean the whole picture."
        ) from None
    if not (0 < box.width <= 1 and 0 < box.height <= 1 and 0 <= box.x <= 1 and 0 <= box.y <= 1):
        raise BadRequest(f"{where}: x, y, width and height are parts of the picture, from 0 to 1.")
    return box


def merged(old: Iterable[FaceDecision], new: Iterable[FaceDecision]) -> list[FaceDecision]:
    """What holds after `new` was decided on top of `old`: for each face at most one name or "stranger", and every name that it is not."""
    held: dict[str, list[FaceDecision]] = {}
    for decision in (*old, *new):
        own = held.setdefault(decision.sha256, [])
        own[:] = [one for one in own if not _is_undone(one, decision)]
        if decision.verdict is not Verdict.FORGET:
            own.append(decision)
    return [decision for own in held.values() for decision in own]


def _is_undone(earlier: FaceDecision, later: FaceDecision) -> bool:
    """True where the later decision takes the place of the earlier one."""
    if not _same_face(earlier.box, later.box):
        return False
    about_whole = later.box is None
    match later.verdict:
        case Verdict.FORGET:
            return not about_whole or earlier.name == later.name or not later.name
        case Verdict.IS:
            if earlier.verdict is Verdict.NOT:
                return earlier.name == later.name
            return not about_whole or earlier.name == later.name
        case Verdict.NOT:
            return earlier.name == later.name
        case Verdict.STRANGER:
            return earlier.verdict is not Verdict.NOT


def _same_face(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return one is other
    return nearest(one, [other]) is not None
