"""The house rules that a machine can check: lint, types, the order of the packages, and modules that a reader can hold in mind."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A package imports only from those before it; within a package the order is free, but without circles.
PACKAGES = (
    "model",
    "files",
    "dates",
    "analysis",
    "filesets",
    "transfer",
    "reporting",
    "versions",
    "album",
    "proof",
    "cold_storage",
    "people",
    "thumbnails",
    "duplicates",
    "watch",
    "commands",
)
LIB = ROOT / "lib"
MODULES = {".".join(path.relative_to(LIB).with_suffix("").parts): path for path in LIB.rglob("*.py") if path.stem != "__init__"}


def imported_by(module: str) -> set[str]:
    syntax = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(syntax) if isinstance(node, ast.Import) for alias in node.names]
    for node in ast.walk(syntax):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return {name.removeprefix("lib.") for name in names if name.startswith("lib.")} & MODULES.keys()


def package_of(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_package_imports_only_from_those_before_it(module: str) -> None:
    own = PACKAGES.index(package_of(module))
    assert all(PACKAGES.index(package_of(other)) < own for other in imported_by(module) if package_of(other) != package_of(module))


def test_no_modules_import_each_other_in_a_circle() -> None:
    graphlib.TopologicalSorter({module: imported_by(module) for module in MODULES}).prepare()


def test_every_package_has_its_place_in_the_order() -> None:
    assert {package_of(module) for module in MODULES} == set(PACKAGES)


def test_the_map_names_every_package_in_its_order() -> None:
    rows = re.findall(r"^\| `([\w.]+?)(?:\.py|/)` \|", (LIB / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [row for row in rows if row in PACKAGES] == list(PACKAGES)


def test_the_places_that_the_map_names_exist() -> None:
    for place in re.findall(r"`([\w/]+(?:\.py|\.d\.ts|/))`", (LIB / "README.md").read_text(encoding="utf-8")):
        assert (LIB / place).exists() or (ROOT / place).exists(), place


def test_no_two_classes_share_a_name() -> None:
    """Not even with a leading underscore: a name that somebody searches for has one meaning."""
    places: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(module)
    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}


def test_no_module_outgrows_its_reader() -> None:
    long = {module: n for module, path in MODULES.items() if (n := len(path.read_text(encoding="utf-8").splitlines())) > 350}
    assert not long


@pytest.mark.parametrize("checker", [["ruff", "check", "--quiet", "."], ["ruff", "format", "--check", "--quiet", "."], ["mypy"]], ids=str)
def test_a_checker_is_content(checker: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *checker], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
