"""`pip install .`: three commands that work from any folder, with the pages' assets, under one name of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lib import __version__
from tests import build
from tests.run import ROOT

SCRIPTS = ("import.py", "find_duplicates.py", "match_thumbnails.py")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_tells_the_version(script: str) -> None:
    told = subprocess.run([sys.executable, ROOT / script, "--version"], capture_output=True, text=True, check=True).stdout
    assert told == f"photo-toolkit {__version__}\n"


def test_the_lock_has_a_version_of_everything_that_is_required() -> None:
    lines = (ROOT / "tests/requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line[0] != "#")}
    for file in ("requirements.txt", "requirements-s3.txt", "tests/requirements.txt", "tests/requirements-s3.txt"):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            if line and line[0] not in "-#":
                wanted = Requirement(line)
                assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), wanted


def test_the_changelog_begins_with_this_version() -> None:
    assert re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0] == __version__


def test_every_package_is_installed() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in (ROOT / "lib").rglob("__init__.py")}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == {"photo_toolkit", *(f"photo_toolkit.{folder}" for folder in folders)}


@pytest.mark.slow
@pytest.mark.network
def test_what_is_installed_works_from_any_folder(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "place"
    shutil.copytree(ROOT / "lib", source / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*SCRIPTS, "pyproject.toml", "requirements.txt", "requirements-people.txt", "requirements-s3.txt"):
        shutil.copy(ROOT / name, source / name)
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
        "--target",
        place,
        source,
    ]
    installed = subprocess.run(pip, capture_output=True, text=True)
    if installed.returncode and re.search("No matching distribution|Could not find a version|ConnectionError", installed.stderr):
        pytest.skip("pip cannot reach a registry to get setuptools: that an installation works was NOT tested")
    assert installed.returncode == 0, installed.stderr
    assert {path.name for path in place.iterdir()} - {"bin", "photo_toolkit"} == {f"photo_toolkit-{__version__}.dist-info"}

    for name in ("requirements-people.txt", "requirements-s3.txt", "lib/cold_storage/prices.toml"):
        assert (place / "photo_toolkit" / name).exists()
    photos, out = tmp_path / "photos", tmp_path / "out"
    for number in range(2):
        build.jpeg(photos / str(number) / "a.jpg", 1)

    def call(command: str, *words: str | Path) -> str:
        environment = {**os.environ, "PYTHONPATH": os.fspath(place)}
        path = place / "bin" / command
        done = subprocess.run([sys.executable, path, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    for command in PROJECT["project"]["scripts"]:
        assert call(command, "--version") == f"photo-toolkit {__version__}\n"
    call("find-duplicates", "--input", photos, "--output", out, "--no-index")
    assert "<script" in (out / "duplicates.html").read_text(encoding="utf-8")
    call("import-photos", "--input", photos, "--output", tmp_path / "album", "--no-index", "--report", tmp_path / "report.csv")
    assert len(list((tmp_path / "album").rglob("a.jpg"))) == 1
