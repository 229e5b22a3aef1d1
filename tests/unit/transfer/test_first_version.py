"""Albums made by the first version of this toolkit are put back and settled by this one: their journals are read as they were written."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from lib.transfer import journal, manifest, own_runs
from lib.transfer.journal import Progress
from lib.transfer.locked_folder import lock_folder
from tests.faults import law
from tests.moves import undo

MADE_THEN = Path(__file__).parent / "first_version"
RUN = "20261124-180522-9c04"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """An album as the first version left it: two photos moved, and a copy of one of them deleted."""
    album = tmp_path.resolve() / "album"
    shutil.copytree(MADE_THEN / "album", album)
    (tmp_path / "source/sub").mkdir(parents=True)
    path = album / ".photo-toolkit/runs" / f"{RUN}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text((MADE_THEN / path.name).read_text().replace("/home/me", str(tmp_path.resolve())))
    return album


def test_a_run_of_the_first_version_is_put_back(album: Path) -> None:
    photos = law.look([album])
    (run,) = journal.runs(str(album))
    assert (run.ended, run.progress) == ("complete", [Progress.DONE] * 3)
    assert undo(album) == (RUN, [])
    source = album.parent / "source"
    assert set(law.look([source])) == {str(source / name) for name in ("a.jpg", "sub/b.jpg", "copy of a.jpg")}
    assert set(law.look([source]).values()) == set(photos.values()) and law.visible(law.look([album])) == {}
    assert manifest.read(str(album)) == {}


def test_a_run_of_the_first_version_that_was_cut_off_is_settled(album: Path) -> None:
    path = album / ".photo-toolkit/runs" / f"{RUN}.jsonl"
    path.write_text(path.read_text().partition('{"k":"done"')[0])
    with lock_folder(str(album), stop=threading.Event()) as locked:
        assert [(run.run_id, run.failures) for run in locked.recovered] == [(RUN, ())]
    (run,) = journal.runs(str(album))
    assert run.ended == "recovered" and len(law.look([album])) == 2


def test_what_a_cut_off_run_of_the_first_version_left_under_hidden_names_is_cleared_up(album: Path) -> None:
    path, source = album / ".photo-toolkit/runs" / f"{RUN}.jsonl", album.parent / "source"
    path.write_text(path.read_text().partition('{"k":"placed"')[0])
    own_runs.remember(RUN, journal.runs(str(album))[0].plan)
    photo = (album / "2019/07/a.jpg").read_bytes()
    (source / f".photo-toolkit-{RUN}-2.aside").write_bytes(photo)
    (album / "2019/07/b.jpg").rename(source / "sub/b.jpg")
    (album / "2019/07" / f".photo-toolkit-{RUN}-1.tmp").write_bytes(b"half of it")
    with lock_folder(str(album), stop=threading.Event()) as locked:
        assert [(run.run_id, run.failures) for run in locked.recovered] == [(RUN, ())]
    left = {str(Path(path).relative_to(album.parent)) for path in law.look([album, source])}
    assert left == {"album/2019/07/a.jpg", "source/copy of a.jpg", "source/sub/b.jpg"}
