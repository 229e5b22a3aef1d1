"""README says what is true: its options are those of --help, its commands and columns exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib.album.import_report import COLUMNS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = sorted(path.name for path in ROOT.glob("*.py"))


def section(script: str) -> str:
    found = re.search(rf"^## {re.escape(script)}$(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    assert found, f"README has no section for {script}"
    return found[1]


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", text)) - {"-h", "--help", "--version"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_options_in_readme_are_those_of_help(script: str) -> None:
    told = subprocess.run([sys.executable, str(ROOT / script), "--help"], capture_output=True, text=True, check=True).stdout
    usage = told.split("\nexamples:")[0]
    rows = "\n".join(line.split("|")[1] for line in section(script).splitlines() if line.startswith("| `-"))
    assert options(rows) == options(usage)


def test_the_columns_in_readme_are_those_of_the_report() -> None:
    named = re.findall(r"^\| (`.*?) \|", section("import.py").split("### The report")[1], re.MULTILINE)
    assert [column for cell in named for column in re.findall(r"`(\w+)`", cell)] and {
        column for cell in named for column in re.findall(r"`(\w+)`", cell)
    } == set(COLUMNS)


def test_the_modules_that_readme_runs_exist() -> None:
    for module in re.findall(r"-m (tests[\w.]*)", README):
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
