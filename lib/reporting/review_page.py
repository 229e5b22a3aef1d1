"""Write the page on which a person looks and decides: one HTML file that needs no server and no network, and trusts no name."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lib.files.own_files import replacing_path
from lib.model import BadRequest
from lib.reporting.csv_tables import guard

ASSETS = Path(__file__).parent / "assets"
_FIRST = ("words.js", "dom.js", "sheet.js", "memory.js")
_LAST = ("stage.js", "compare.js", "filters.js", "deck.js", "keys.js", "main.js")
SCRIPTS = {
    "duplicates": (*_FIRST, "report.js", "groups.js", "group-card.js", *_LAST, "patterns.js"),
    "matches": (*_FIRST, "report.js", "matches.js", "match-card.js", *_LAST),
    "people": (*_FIRST, "people-book.js", "completion.js", "people-grid.js", "people-photo.js", "people-actions.js", "people-main.js"),
}
_CARDS = ("base.css", "cards.css", "compare.css")
STYLES = {"duplicates": _CARDS, "matches": _CARDS, "people": ("base.css", "people.css")}
TEMPLATES = {"duplicates": "page.html", "matches": "page.html", "people": "people.html"}
TITLES = {"duplicates": "Duplicates", "matches": "Thumbnails and their photos", "people": "Who is in the pictures"}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of a duplicate group: where it lies, its row as it was given to the report, and what the page needs to show it.

    `preview` and `large` are names in `previews_folder`: the small picture, and a bigger one for formats that browsers do
    not open. `connected` is False for a file on a drive that is away: it gets no link, and cannot be the one copy that stays.
    `reference` is True for a file that is always kept: deciding many groups at once keeps it.
    """

    path: str
    row: tuple[object, ...]
    preview: str | None = None
    large: str | None = None
    connected: bool = True
    reference: bool = False


@dataclass(frozen=True, slots=True)
class PageGroup:
    """Files that are there twice, the proposed keeper first. `gain` is what can be freed, in bytes."""

    files: tuple[PageFile, ...]
    gain: int


@dataclass(frozen=True, slots=True)
class PageCandidate:
    """A photo that may be behind a thumbnail. `cell` is what the report is given for it, `note` one line of facts about it."""

    path: str
    cell: str
    score: str = ""
    preview: str | None = None
    large: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PageMatch:
    """A thumbnail, its row as it was given to the report, and the photos that it may come from, the best first.

    The photo that the row names is one of the candidates.
    """

    thumbnail: str
    row: tuple[object, ...]
    candidates: tuple[PageCandidate, ...] = ()
    preview: str | None = None


def write_duplicates(target: Path, groups: Iterable[PageGroup], *, columns: Sequence[str], command: str) -> None:
    """Write the page for duplicate groups to `target`, whole or not at all.

    `columns` are the report's; `group`, `kind`, `action`, `path` and `size` must be among them. `command` is what to run with the saved
    decisions, `{csv}` standing for the file. Groups are taken one by one, so that any number of them fits in memory.
    Raises ValueError for a group that would leave no file, OSError when the page cannot be written.
    """
    action = columns.index("action")
    items = (_group(group, len(columns), action) for group in groups)
    _write(target, "duplicates", items, columns, command)


def write_matches(target: Path, matches: Iterable[PageMatch], *, columns: Sequence[str], command: str) -> None:
    """Write the page for thumbnails and their photos to `target`, whole or not at all.

    `columns` are the report's; `set`, `thumbnail`, `status`, `photo`, `score` and `reason` must be among them. `command` as in
    `write_duplicates`. Raises ValueError for a row whose photo is not among its candidates, OSError when the page cannot be written.
    """
    photo = columns.index("photo")
    items = (_match(match, len(columns), photo) for match in matches)
    _write(target, "matches", items, columns, command)


@dataclass(frozen=True, slots=True)
class PageFace:
    """A face as the page of people shows it. `box` as parts of the upright picture; `preview` is a name in `previews_folder`.

    `status` is confirmed, sure, maybe, unknown or small; `refused` are names that it is not; `group` numbers unknown faces that look
    alike from 1, 0 for none, and `part` what such a group can be split into.
    """

    box: tuple[float, float, float, float]
    preview: str
    name: str
    status: str
    score: float = 0.0
    refused: tuple[str, ...] = ()
    stranger: bool = False
    group: int = 0
    part: int = 0


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A photo or video with its faces. `name` is what the table calls it; `names` are people who are there without a face."""

    path: str
    name: str
    sha256: str
    faces: tuple[PageFace, ...]
    names: tuple[str, ...] = ()
    large: str | None = None
    video: bool = False


def write_people(target: Path, pictures: Iterable[PagePicture], *, columns: Sequence[str], command: str) -> None:
    """Write the page for faces to `target`, whole or not at all.

    `columns` are those of a table of decisions, in its order. `command` as in `write_duplicates`. Raises OSError when the page cannot
    be written.
    """
    _write(target, "people", map(_picture, pictures), columns, command)


def check_target(target: Path) -> None:
    """Return if a page may be written to `target`. Raises BadRequest where something lies there that is no review page."""
    if not _may_be_replaced(target):
        raise BadRequest(f"{target} exists and is no page of this toolkit; name another output folder, or go on with --no-page.")


def _may_be_replaced(target: Path) -> bool:
    marks = [_asset(template).partition("{{")[0].encode() for template in TEMPLATES.values()]
    try:
        with target.open("rb") as file:
            start = file.read(max(map(len, marks)))
            return not start or start.startswith(tuple(marks))
    except FileNotFoundError:
        return not target.is_symlink()
    except OSError:
        return False


def previews_folder(target: Path) -> Path:
    """Return the folder of small pictures that belongs to the page `target`: beside it, named after it."""
    return target.with_name(f"{target.stem}_files")


def file_url(path: str) -> str:
    """The `file:` address of a path (a relative one counts from the current folder), every byte escaped that addresses give a meaning."""
    whole = os.path.abspath(path)
    for long, short in (("\\\\?\\UNC\\", "\\\\"), ("\\\\?\\", "")):
        if whole.startswith(long):
            whole = short + whole.removeprefix(long)
    return Path(whole).as_uri()


def _group(group: PageGroup, width: int, action: int) -> dict[str, object]:
    if any(len(file.row) != width for file in group.files):
        raise ValueError("a row has not as many cells as there are columns")
    if not any(file.connected and file.row[action] != "remove" for file in group.files):
        raise ValueError(f"nothing would be left of the group {[file.path for file in group.files]}")
    return {"gain": group.gain, "files": [_file(file) for file in group.files]}


def _file(file: PageFile) -> dict[str, object]:
    link = file_url(file.path) if file.connected else None
    return _said(
        row=_cells(file.row),
        path=file.path,
        url=link,
        preview=file.preview,
        large=file.large,
        away=not file.connected,
        reference=file.reference,
    )


def _match(match: PageMatch, width: int, photo: int) -> dict[str, object]:
    if len(match.row) != width:
        raise ValueError("a row has not as many cells as there are columns")
    if match.row[photo] and match.row[photo] not in {candidate.cell for candidate in match.candidates}:
        raise ValueError(f"the photo of {match.thumbnail} is not among its candidates")
    candidates = [_candidate(candidate) for candidate in match.candidates]
    return _said(row=_cells(match.row), path=match.thumbnail, url=file_url(match.thumbnail), preview=match.preview, candidates=candidates)


def _candidate(candidate: PageCandidate) -> dict[str, object]:
    return _said(
        path=candidate.path,
        url=file_url(candidate.path),
        cell=guard(candidate.cell),
        score=candidate.score,
        preview=candidate.preview,
        large=candidate.large,
        note=candidate.note,
    )


def _picture(picture: PagePicture) -> dict[str, object]:
    """Lists in place of objects for faces: of these there may be a hundred thousand."""
    faces = [
        [
            *(round(part, 6) for part in one.box),
            one.preview,
            one.name,
            one.status,
            round(one.score, 3),
            list(one.refused),
            one.stranger,
            one.group,
            one.part,
        ]
        for one in picture.faces
    ]
    return _said(
        name=picture.name,
        sha256=picture.sha256,
        url=file_url(picture.path),
        faces=faces,
        names=list(picture.names),
        large=picture.large,
        video=picture.video,
    )


def _cells(row: Sequence[object]) -> list[str]:
    """Return the cells as they stand in the report."""
    return [guard("" if cell is None else str(cell)) for cell in row]


def _said(**facts: object) -> dict[str, object]:
    return {key: fact for key, fact in facts.items() if fact}


def _write(target: Path, kind: str, items: Iterable[dict[str, object]], columns: Sequence[str], command: str) -> None:
    style = "\n".join(_asset(name) for name in STYLES[kind])
    script = "\n".join(_asset(name) for name in SCRIPTS[kind])
    about = {
        "columns": list(columns),
        "command": command,
        "file": target.stem,
        "previews": quote(os.fsencode(previews_folder(target).name)),
        "separators": os.sep + (os.altsep or ""),
    }
    parts = {
        "policy": _policy(style, script),
        "title": TITLES[kind],
        "kind": kind,
        "style": style,
        "script": script,
        "about": _json(about),
    }
    identity = hashlib.sha256(_json([kind, *columns]).encode())
    if not _may_be_replaced(target):
        raise FileExistsError(errno.EEXIST, "another file took its name", os.fspath(target))
    text, *rest = re.split(r"\{\{(\w+)\}\}", _asset(TEMPLATES[kind]))
    with replacing_path(target) as page:
        page.write(text.encode())
        for name, text in zip(rest[::2], rest[1::2]):
            if name == "items":
                for line in _lines(items):
                    identity.update(line)
                    page.write(line)
            else:
                page.write((identity.hexdigest()[:32] if name == "identity" else parts[name]).encode())
            page.write(text.encode())


def _lines(items: Iterable[dict[str, object]]) -> Iterator[bytes]:
    yield b"["
    for number, item in enumerate(items):
        yield (",\n" if number else "\n").encode() + _json(item).encode()
    yield b"\n]"


def _json(value: object) -> str:
    """JSON that holds nothing a browser could take for markup; bytes of a name that are no UTF-8 travel as lone surrogates."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(style: str, script: str) -> str:
    """Return what the page may do: run its own script, wear its own style, and show pictures from disk. No word to any network."""
    own_style, own_script = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    return (
        f"default-src 'none'; script-src 'sha256-{own_script}'; style-src 'sha256-{own_style}'; "
        "img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
