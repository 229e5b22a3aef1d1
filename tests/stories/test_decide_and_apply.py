"""From the search to the tree: the real scripts write the page, a person decides in a real browser, the saved table is applied."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests import browser, build

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def run(script: str, *words: str | Path, folder: Path) -> str:
    command = [sys.executable, os.fspath(ROOT / script), *(os.fspath(word) for word in words), "--index", os.fspath(folder / "index")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def decide(page_file: Path, saved: Path, choose: Callable[[Page], None]) -> None:
    """Open the page from disk, let `choose` press what it likes, and save the table."""
    with browser.chromium() as chromium:
        page = chromium.new_page()
        page.goto(page_file.as_uri())
        choose(page)
        with page.expect_download() as download:
            page.click("#save")
        download.value.save_as(saved)


def test_the_copy_that_the_person_chose_goes_and_comes_back(tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    original = build.jpeg(drive / "2019" / "IMG_1.jpg", 1, date="2019:07:03 12:34:56")
    copy = drive / "copies" / "a rather long name <b>.jpg"
    copy.parent.mkdir()
    shutil.copy2(original, copy)
    before = build.tree(drive)
    run("find_duplicates.py", "--input", drive, "--output", tmp_path / "out", folder=tmp_path)

    def keep_the_other_one(page: Page) -> None:
        page.get_by_role("button", name=f"Keep {copy.name}", exact=True).click()
        page.get_by_role("button", name=f"Remove {original.name}", exact=True).click()

    decide(tmp_path / "out" / "duplicates.html", tmp_path / "saved.csv", keep_the_other_one)
    run("find_duplicates.py", "--apply", tmp_path / "saved.csv", folder=tmp_path)
    after = build.tree(drive)
    assert not original.exists()
    assert copy.read_bytes() == before["2019/IMG_1.jpg"]
    assert after["quarantine/2019/IMG_1.jpg"] == before["2019/IMG_1.jpg"]
    run("find_duplicates.py", "--undo", "--input", drive, folder=tmp_path)
    assert {name: data for name, data in build.tree(drive).items() if not name.startswith(".photo-toolkit")} == before


def test_a_rejected_photo_leaves_the_selection(tmp_path: Path) -> None:
    photos = [build.jpeg(tmp_path / "album" / f"IMG_{seed}.jpg", seed, (800, 600), quality=92) for seed in (1, 2)]
    for photo in photos:
        thumbnail = tmp_path / "thumbs" / "album_1" / f"Image({photo.stem[-1]})"
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(photo) as image:
            image.thumbnail((160, 160))
            image.save(thumbnail, "JPEG", quality=70)
    found = ("--thumbnails", tmp_path / "thumbs", "--album", tmp_path / "album", "--output", tmp_path / "found")
    run("match_thumbnails.py", *found, folder=tmp_path)
    selected = tmp_path / "found" / "selected" / "album_1"
    assert {path.name for path in selected.iterdir()} == {"IMG_1.jpg", "IMG_2.jpg"}

    def reject_the_second(page: Page) -> None:
        card = page.locator("article").filter(has_text="Image(2)")
        card.get_by_role("button", name="Reject").click()

    decide(tmp_path / "found" / "matches.html", tmp_path / "saved.csv", reject_the_second)
    run("match_thumbnails.py", "--apply", tmp_path / "saved.csv", "--output", tmp_path / "found", folder=tmp_path)
    assert {path.name for path in selected.iterdir()} == {"IMG_1.jpg"}
    assert len(list((tmp_path / "album").iterdir())) == 2
