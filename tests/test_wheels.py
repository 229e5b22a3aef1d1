"""Every requirement, in the range that is pinned, has a wheel for each system and Python that README names: nothing is ever compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A wheel for an older system of a kind goes on all newer ones.
SYSTEMS = {
    "Windows": ["win_amd64"],
    "macOS on Apple silicon": [f"macosx_{number}_0_arm64" for number in range(14, 10, -1)],
    "macOS on Intel": [
        *(f"macosx_{number}_0_x86_64" for number in range(15, 10, -1)),
        *(f"macosx_10_{n}_x86_64" for n in range(15, 8, -1)),
    ],
    "Linux": ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@pytest.mark.network
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_there_is_a_wheel_of_everything(tmp_path: Path, request: pytest.FixtureRequest, system: str, python: str) -> None:
    if not any("test_wheels" in argument for argument in request.config.args):
        pytest.skip("pip works at it for a minute: python -m pytest tests/test_wheels.py")
    platforms = [word for platform in SYSTEMS[system] for word in ("--platform", platform)]
    requirements = [line.partition(";")[0] for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()]
    (tmp_path / "requirements.txt").write_text("\n".join(requirements))
    wanted = ["-r", os.fspath(tmp_path / "requirements.txt"), "--python-version", python, "--only-binary=:all:", *platforms]
    options = ["--dry-run", "--ignore-installed", "--target", os.fspath(tmp_path / "nowhere"), "--disable-pip-version-check", "-q"]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *options, *wanted], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
