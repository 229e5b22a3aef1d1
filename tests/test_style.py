"""The house rules that a machine can check: lint, types, the floor plan, and rooms that a reader can hold in mind."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS: dict[str, float] = {
    "model": 0,
    "blocks": 0,
    "folders": 0,
    "imports.decision": 0.25,
    "operation": 0.5,
    "imports.naming": 0.5,
    "imports.encounters": 0.75,
    "imports.vacancy": 0.75,
    "imports.places": 0.9,
    "decoding": 0.5,  # a basement of appearance and matching
    "thumbnail_search.coarse": 0.5,
    "thumbnail_search.fitting": 0.5,
    "thumbnail_search.refining": 0.4,
    "thumbnail_search.evidence": 0.5,
    "thumbnail_search.sketches": 1,
    "thumbnail_search.thumbnails": 1,
    "thumbnail_search.examining": 1.5,
    "thumbnail_search.selection": 1,
    "thumbnail_search.gallery": 2,
    "thumbnail_search.selecting": 4,
    "thumbnail_search.applying": 4,
    "thumbnail_search.selection_report": 5,
    "volumes": 0,
    "date_text": 0.2,
    "name_dates": 0.5,
    "tags.blocks": 0.2,
    "tags.tiff_directory": 0.3,
    "tags.stills": 0.4,
    "tags.boxes": 0.4,
    "tags.exif_tags": 0.4,
    "tags.text_blocks": 0.4,
    "tags.movie_boxes": 0.5,
    "tags.video_tags": 0.5,
    "name_forms": 0.75,
    "scanning": 1,
    "hashing": 1,
    "metadata": 1,
    "appearance": 1,
    "capture_date": 1,
    "companions": 1,
    "renaming": 1,
    "watch.settling": 1,
    "watch.in_use": 1,
    "watch.waking": 1,
    "watch.watching": 2,
    "imports.planning": 1,
    "thumbnail_search.habits": 0.5,
    "thumbnail_search.matching": 1,
    "transfer": 1,
    "journal": 1,
    "batches": 1.5,
    "manifest": 1,
    "lock": 1,
    "workers": 1,
    "index": 1,
    "report": 1,
    "review": 1.5,
    "previews": 2,
    "analysis": 2,
    "execution": 2,
    "undo": 2,
    "recovery": 2.5,
    "zones": 1,
    "imports.orders": 1,
    "duplicate_search.similarity": 1,
    "duplicate_search.neighbours": 0.5,
    "duplicate_search.grouping": 1,
    "duplicate_search.duplicates": 0.25,
    "duplicate_search.verdicts": 1,
    "duplicate_search.duplicates_report": 4,
    "duplicate_search.duplicates_page": 4.25,
    "duplicate_search.finding": 4,
    "duplicate_search.looking": 4.25,
    "duplicate_search.searching": 4.5,
    "duplicate_search.clearing": 5,
    "imports.study": 2.5,
    "imports.fixity": 2.5,
    "imports.album": 2.75,
    "imports.import_report": 1,
    "session": 2.75,
    "cli": 3,
    "imports.importing": 4,
    "watch.attending": 5,
    "imports.upkeep": 5,
}


LIB = ROOT / "lib"
ROOMS = {".".join(path.relative_to(LIB).with_suffix("").parts): path for path in LIB.rglob("*.py") if path.stem != "__init__"}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_from_lower_floors(room: str) -> None:
    syntax = ast.parse(ROOMS[room].read_text(encoding="utf-8"))
    imported = [alias.name for node in ast.walk(syntax) if isinstance(node, ast.Import) for alias in node.names]
    for node in ast.walk(syntax):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    rooms = {name.removeprefix("lib.") for name in imported if name.startswith("lib.")} & ROOMS.keys()
    assert room in FLOORS, f"{room} has no floor yet"
    assert all(FLOORS[other] < FLOORS[room] for other in rooms), rooms


def test_the_floor_plan_names_only_rooms_that_are_there() -> None:
    assert FLOORS.keys() == ROOMS.keys()


def test_no_room_outgrows_its_reader() -> None:
    long = {room: n for room, path in ROOMS.items() if (n := len(path.read_text(encoding="utf-8").splitlines())) > 350}
    assert not long


@pytest.mark.parametrize("checker", [["ruff", "check", "--quiet", "."], ["ruff", "format", "--check", "--quiet", "."], ["mypy"]], ids=str)
def test_a_checker_is_content(checker: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *checker], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
