"""The review page's JavaScript: its types hold by tsc, page by page, and its lint by ESLint; both come from npm, for this test alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

from lib.reporting.review_page import ASSETS, SCRIPTS

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / "tests" / "javascript"
TYPES = "--noEmit --allowJs --checkJs --strict --noImplicitAny false --strictNullChecks false --target es2022 --lib es2022,dom,dom.iterable"
MISSING = "THE PAGES' JAVASCRIPT WAS NOT CHECKED: {}; install Node.js with npm (Debian: apt install npm) and run the tests again"

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture(scope="module")
def tools() -> Path:
    """The folder of the checkers, fetched by npm where they are not there yet."""
    npm = shutil.which("npm")
    reason = "" if npm else "npm is not there"
    if npm and not (TOOLS / "node_modules/.package-lock.json").exists():
        done = subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=TOOLS, capture_output=True, text=True)
        reason = f"npm could not fetch the checkers ({(done.stderr or done.stdout).strip()[:200]})" if done.returncode else ""
    if reason:
        warnings.warn(MISSING.format(reason), stacklevel=1)  # a skip alone is a letter among thousands
        pytest.skip(MISSING.format(reason))
    return TOOLS / "node_modules" / ".bin"


def type_errors(tools: Path, assets: Path, page: str) -> str:
    files = [os.fspath(assets / name) for name in SCRIPTS[page]]
    command: list[str | Path] = [tools / "tsc", *TYPES.split(), TOOLS / "page.d.ts", *files]
    return subprocess.run(command, cwd=TOOLS, capture_output=True, text=True).stdout


@pytest.mark.parametrize("page", SCRIPTS)
def test_the_types_of_a_page_hold(tools: Path, page: str) -> None:
    assert type_errors(tools, ASSETS, page) == ""


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("groups.js", "read, decide, code, restore,", "read, decide, code,", "restore"),
        ("match-card.js", "return { fill, refresh, tall }", "return { fill, tall }", "refresh"),
        ("filters.js", "book.kindLabel", "book.kindName", "kindName"),
    ],
)
def test_a_book_or_a_card_that_lacks_a_part_is_found(tools: Path, tmp_path: Path, file: str, before: str, after: str, told: str) -> None:
    assets = shutil.copytree(ASSETS, tmp_path / "assets")
    text = (assets / file).read_text(encoding="utf-8")
    assert before in text
    (assets / file).write_text(text.replace(before, after), encoding="utf-8")
    assert told in type_errors(tools, assets, "matches" if "match" in file else "duplicates")


def test_the_linter_is_content(tools: Path) -> None:
    command: list[str | Path] = [tools / "eslint", "--max-warnings", "0", "-c", TOOLS / "eslint.config.js", ASSETS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_script_of_the_assets_belongs_to_a_page() -> None:
    assert {path.name for path in ASSETS.glob("*.js")} == {name for names in SCRIPTS.values() for name in names}
