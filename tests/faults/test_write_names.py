"""A run that writes names is killed at calls that matter: each sidecar is the old one or the new one, and the next run goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lib.people import decisions
from lib.people.model import FaceDecision, Verdict
from tests import faces
from tests.build import tree
from tests.faults.test_faults import require_strace
from tests.run import IMPORT
from tests.stories.test_people import FOREIGN, visible

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SIDECARS = ("2019/a.jpg.xmp", "2019/b.jpg.xmp")


@pytest.fixture(autouse=True)
def tools() -> None:
    require_strace()
    faces.require_networks()


def run(folder: Path, *words: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, IMPORT, "--output", "album", "--index", "index", "--workers", "1", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def prepared(folder: Path) -> Path:
    """An album in which somebody said who is in two photos, of which one has a sidecar already; its manifest is true."""
    folder.mkdir()
    album = folder / "album"
    for name, person in (("a", faces.ANNA), ("b", faces.BEN)):
        faces.photo(album / f"2019/{name}.jpg", [(person, 0)])
    (album / SIDECARS[0]).write_text(FOREIGN)
    assert run(folder, "--verify", "--adopt").returncode == 0
    sums = {line.split("  ")[1]: line.split("  ")[0] for line in (album / "SHA256SUMS").read_text().splitlines()}
    decisions.write(os.fspath(album), [FaceDecision(sums[f"2019/{name}.jpg"], None, Verdict.IS, "Anna") for name in "ab"])
    return album


def test_a_kill_leaves_each_sidecar_old_or_new_and_the_next_run_goes_on(tmp_path: Path) -> None:
    album = prepared(tmp_path / "whole")
    old = visible(album)
    done = run(tmp_path / "whole", "--write-names")
    assert "2 sidecars written" in done.stdout, done.stderr
    new = visible(album)
    killed = 0
    for call, when in [*(("renameat2", n) for n in (1, 2, 3)), *(("fsync", n) for n in range(1, 16, 3))]:
        folder = tmp_path / f"{call}{when}"
        album = prepared(folder)
        inject = f"inject={call}:signal=KILL:when={when}"
        done = run(folder, "--write-names", before=["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject])
        killed += done.returncode != 0
        now = tree(album)
        for name in SIDECARS:
            assert now.get(name) in (old.get(name), new[name], None)
        assert FOREIGN.encode() in now.values(), f"{call} {when}: the sidecar that was there is lost"
        assert {name: now[name] for name in old if name.endswith(".jpg")} == {name: old[name] for name in old if name.endswith(".jpg")}
        again = run(folder, "--write-names")
        assert again.returncode == 0 and "Traceback" not in again.stderr, again.stderr
        assert visible(album) == new, f"{call} {when}"
        assert "0 changed, 0 missing, 0 extra" in run(folder, "--verify").stdout
        shutil.rmtree(folder)
    assert killed >= 6, "the kills have to hit the run"
