"""A power cut loses nothing: what was not brought to the disk is dropped, and every file is whole under its name or where it was."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import law, points, power
from tests.faults.cases import CASES, Ground
from tests.faults.law import Broken
from tests.faults.power import Drive, order_of, require_order, spread
from tests.faults.test_faults import require_strace

LOST_IN_A_POWER_CUT = ("no_content_sync", "no_sync_before_rename", "no_journal_sync", "placed_is_not_synced", "believe_the_cache")


@pytest.fixture(autouse=True)
def strace() -> None:
    require_strace()


@pytest.fixture
def ground(tmp_path: Path, far_path: Path) -> Ground:
    made = Ground(tmp_path.resolve(), tmp_path.resolve() / "near", far_path / "far")
    for place in made.places:
        place.mkdir()
    return made


@pytest.mark.parametrize("name", ["move_on_one_disk", "move_to_another_disk", "quarantine_on_another_disk", "undo_of_move_to_another_disk"])
def test_content_is_on_the_disk_before_its_name_and_all_of_it_before_a_source_goes(ground: Ground, name: str) -> None:
    assert require_order(order_of(CASES[name], ground)) >= 3


@pytest.mark.parametrize("bug", LOST_IN_A_POWER_CUT)
def test_a_planted_bug_of_power_cuts_is_found(ground: Ground, bug: str) -> None:
    name = "move_on_one_disk" if bug == "no_sync_before_rename" else "move_to_another_disk"
    how = {"believe_the_cache": "the cache is not dropped", "placed_is_not_synced": "PLACED is not synced|journal synced"}
    with pytest.raises(Broken, match=how.get(bug, "not synced")):
        require_order(order_of(CASES[name], ground, plant=bug))


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    with power.drive(tmp_path.resolve() / "drive") as made:
        yield made


@pytest.fixture
def near(tmp_path: Path, drive: Drive) -> Ground:
    """Source and album lie on the drive whose power is cut."""
    return Ground(tmp_path.resolve(), drive.place, tmp_path.resolve() / "nowhere")


@pytest.fixture
def far(tmp_path: Path, drive: Drive) -> Iterator[Ground]:
    """The source lies on another disk, which keeps everything; the album on the drive whose power is cut."""
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        yield Ground(tmp_path.resolve(), Path(folder).resolve(), drive.place)


@pytest.mark.drives
@pytest.mark.parametrize("plant", ["", "no_sync_before_rename"])
def test_photos_that_were_copied_a_moment_ago_are_whole_after_a_power_cut(near: Ground, drive: Drive, plant: str) -> None:
    command = CASES["move_on_one_disk"].setup(near)
    before = law.look(near.places)
    assert points.run(command, cwd=near.desk, plant=plant).code == 0
    drive.cut()
    if plant:
        with pytest.raises(Broken):
            law.nothing_lost(before, law.look(near.places))
    else:
        law.nothing_lost(before, law.look(near.places))
        law.all_settled(near.places)
        assert len(law.visible(law.look([near.album]))) == 3
        assert points.run(near.undo(near.album), cwd=near.desk).code == 0
        assert law.look(near.places) == before


@pytest.mark.drives
@pytest.mark.parametrize("plant", ["", "no_journal_sync"])
def test_photos_from_another_disk_are_whole_after_a_power_cut(far: Ground, drive: Drive, plant: str) -> None:
    command = CASES["move_to_another_disk"].setup(far)
    before = law.look(far.places)
    assert points.run(command, cwd=far.desk, plant=plant).code == 0
    drive.cut()

    def all_is_well() -> None:
        law.nothing_lost(before, law.look(far.places))
        if points.run(far.undo(far.far_album), cwd=far.desk).code or law.look(far.places) != before:
            raise Broken("it could not be put back")

    if plant:
        with pytest.raises((Broken, IndexError)):
            all_is_well()
    else:
        law.all_settled(far.places)
        all_is_well()


DECISIVE = ("rename", "renameat2", "unlinkat", "fsync")


@pytest.mark.drives
@pytest.mark.parametrize("name", ["better_version_on_one_disk", "delete_on_one_disk"])
def test_after_a_power_cut_at_any_moment_nothing_is_lost_and_the_run_goes_on(near: Ground, drive: Drive, name: str) -> None:
    cut_at_many_moments(near, drive, name)


@pytest.mark.drives
@pytest.mark.parametrize("name", ["move_to_another_disk", "undo_of_move_to_another_disk"])
def test_the_same_with_two_disks_of_which_one_loses_its_power(far: Ground, drive: Drive, name: str) -> None:
    cut_at_many_moments(far, drive, name)


def cut_at_many_moments(ground: Ground, drive: Drive, name: str) -> None:
    command = CASES[name].setup(ground)
    drive.keep()
    other = None if ground.near == drive.place else ground.near
    kept = ground.desk / "kept"
    if other:
        shutil.copytree(other, kept)
    before = law.look(ground.places)
    done, found = points.trace(command, ground.places, cwd=ground.desk)
    assert done.code == 0
    after = law.look(ground.places)
    for point in spread([point for point in found if point.call in DECISIVE], 5):
        drive.fresh()
        if other:
            shutil.rmtree(other)
            shutil.copytree(kept, other)
        killed = points.inject(command, point, "signal=KILL", cwd=ground.desk)
        assert killed.code == -9, (point, killed)
        drive.cut()
        law.nothing_lost(before, law.look(ground.places))
        again = points.run(command, cwd=ground.desk)
        now = law.look(ground.places)
        assert now == after and (again.code == 0 or "was put back already" in again.err), (str(point), again)
        law.all_settled(ground.places)
