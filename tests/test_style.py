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
    "folders": 0,
    "decision": 0.25,
    "operation": 0.5,
    "naming": 0.5,
    "encounters": 0.75,
    "vacancy": 0.75,
    "places": 0.9,
    "decoding": 0.5,  # a basement of appearance and matching
    "coarse": 0.5,
    "fitting": 0.5,
    "evidence": 0.5,
    "sketches": 1,
    "thumbnails": 1,
    "examining": 1.5,
    "selection": 1,
    "gallery": 2,
    "selecting": 4,
    "applying": 4,
    "selection_report": 5,
    "volumes": 0,
    "date_text": 0.2,
    "name_dates": 0.5,
    "blocks": 0.2,
    "tiff_directory": 0.3,
    "stills": 0.4,
    "boxes": 0.4,
    "exif_tags": 0.4,
    "text_blocks": 0.4,
    "movie_boxes": 0.5,
    "video_tags": 0.5,
    "name_forms": 0.75,
    "scanning": 1,
    "hashing": 1,
    "metadata": 1,
    "appearance": 1,
    "capture_date": 1,
    "companions": 1,
    "renaming": 1,
    "settling": 1,
    "in_use": 1,
    "waking": 1,
    "watching": 2,
    "planning": 1,
    "matching": 1,
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
    "orders": 1,
    "similarity": 1,
    "grouping": 1,
    "duplicates": 0.25,
    "verdicts": 1,
    "duplicates_report": 4,
    "duplicates_page": 4.25,
    "finding": 4,
    "looking": 4.25,
    "searching": 4.5,
    "clearing": 5,
    "study": 2.5,
    "fixity": 2.5,
    "album": 2.75,
    "import_report": 1,
    "session": 2.75,
    "cli": 3,
    "importing": 4,
    "attending": 5,
    "upkeep": 5,
}


@pytest.mark.parametrize("room", sorted(p.stem for p in (ROOT / "lib").glob("*.py") if p.stem != "__init__"))
def test_a_room_imports_only_from_lower_floors(room: str) -> None:
    syntax = ast.parse((ROOT / "lib" / f"{room}.py").read_text(encoding="utf-8"))
    imported = [node.module for node in ast.walk(syntax) if isinstance(node, ast.ImportFrom) and node.module]
    imported += [alias.name for node in ast.walk(syntax) if isinstance(node, ast.Import) for alias in node.names]
    for node in ast.walk(syntax):
        if isinstance(node, ast.ImportFrom) and node.module == "lib":
            imported += [f"lib.{alias.name}" for alias in node.names]
    rooms = {name.split(".")[1] for name in imported if name.startswith("lib.")}
    assert room in FLOORS, f"{room} has no floor yet"
    assert all(FLOORS[other] < FLOORS[room] for other in rooms), rooms


def test_no_room_outgrows_its_reader() -> None:
    long = {p.name: n for p in (ROOT / "lib").glob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 350}
    assert not long


@pytest.mark.parametrize("checker", [["ruff", "check", "--quiet", "."], ["ruff", "format", "--check", "--quiet", "."], ["mypy"]], ids=str)
def test_a_checker_is_content(checker: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *checker], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
