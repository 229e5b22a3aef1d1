"""The law of a proof: where the answer is yes, the input can go, and no picture's bytes or pixels go with it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lib.analysis.index import Index
from lib.proof import verdicts
from lib.proof.model import Answer, FileVerdict
from lib.proof.reading import ProofReader
from lib.reporting import command_line

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _photo(seed: int, comment: bytes = b"", size: tuple[int, int] = (8, 8)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (seed * 40, 255 - seed * 40, 9)).save(made, "JPEG", comment=comment)
    return made.getvalue()


def _zip(*photos: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, photo in enumerate(photos):
            archive.writestr(f"{number}.jpg", photo)
    return made.getvalue()


PHOTOS = [_photo(seed) for seed in range(4)]
CONTENTS = {
    **{f"plain {n}": photo for n, photo in enumerate(PHOTOS)},
    **{f"tagged {n}": _photo(n, b"other tags") for n in range(2)},
    "larger": _photo(0, size=(16, 8)),
    "with a film": PHOTOS[0] + b"film" * 9,
    "zip": _zip(PHOTOS[0], PHOTOS[1]),
    "zip of another": _zip(_photo(5)),
    "broken zip": _zip(PHOTOS[2])[:-9],
    "text": b"words",
    "nothing": b"",
}
NAMES = ["a.jpg", "b.JPG", ".c.jpg", "sub/d.jpg", ".hid/e.jpg", "f.zip", "g", "L.photoslibrary/h.jpg", "._i.jpg", "@eaDir/j.jpg"]
FILES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(sorted(CONTENTS)), max_size=5)


def _lay_out(root: Path, files: dict[str, str]) -> None:
    root.mkdir()
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(CONTENTS[content])


def _pictures(root: Path) -> Iterator[bytes]:
    """Every picture below a folder, also those in archives, found without any of the code that is tried."""
    for folder, _, names in os.walk(root):
        for name in names:
            data = Path(folder, name).read_bytes()
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    yield from (archive.read(one) for one in archive.namelist())
            elif data.startswith(b"PK"):
                yield data
            if data.startswith(b"\xff\xd8"):
                yield data


def _traces(pictures: Iterator[bytes]) -> set[str]:
    """The bytes of pictures, and the pixels of those that end with them."""
    found = set()
    for data in pictures:
        found.add(hashlib.sha256(data).hexdigest())
        with contextlib.suppress(OSError), Image.open(io.BytesIO(data)) as image:
            if data.endswith(b"\xff\xd9"):
                found.add(f"{image.size} {hashlib.sha256(image.tobytes()).hexdigest()}")
    return found


def _reader(disk: Path, album: Path, index: Index, now: datetime = NOW, days: float | None = None) -> ProofReader:
    return ProofReader([str(disk)], str(album), index, now, 1, command_line.progress, days)


@settings(max_examples=40, deadline=None)
@given(FILES, FILES, st.sets(st.sampled_from(NAMES)))
def test_after_a_yes_nothing_is_lost(on_disk: dict[str, str], in_album: dict[str, str], linked: set[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        disk, album = Path(os.path.realpath(place), "disk"), Path(os.path.realpath(place), "album")
        _lay_out(disk, on_disk)
        _lay_out(album, in_album)
        for name in linked & on_disk.keys() - in_album.keys():
            (album / name).parent.mkdir(exist_ok=True)
            (album / name).hardlink_to(disk / name)
        with Index(None) as index:
            evidence = _reader(disk, album, index).gather()
        found = verdicts.findings(evidence)
        assert {one.path for one in found} >= {str(disk / name) for name in on_disk}
        if not verdicts.answer(found, []).allows:
            assert any(one.only_here for one in found)
            return
        lost_with_the_drive = {os.stat(disk / name).st_ino for name in on_disk}
        for path in [path for path in album.rglob("*") if path.is_file() and path.stat().st_ino in lost_with_the_drive]:
            path.unlink()
        kept = _traces(_pictures(album))
        for data in _pictures(disk):
            assert _traces(iter([data])) & kept


def test_the_law_is_not_kept_by_never_saying_yes(tmp_path: Path) -> None:
    _lay_out(tmp_path / "disk", {"a.jpg": "tagged 0", ".c.jpg": "plain 1", "f.zip": "zip", "g": "plain 2"})
    _lay_out(tmp_path / "album", {"a.jpg": "plain 0", "b.JPG": "plain 1", "sub/d.jpg": "plain 2"})
    with Index(None) as index:
        found = verdicts.findings(_reader(tmp_path / "disk", tmp_path / "album", index).gather())
    assert verdicts.answer(found, []) is Answer.FOR_PICTURES
    assert verdicts.answer(found, ["a doubt"]) is Answer.UNPROVED
    assert [one.verdict for one in found if one.path.endswith("a.jpg")] == [FileVerdict.SAME_PICTURE]


def test_what_was_read_is_taken_from_the_index_only_for_so_many_days(tmp_path: Path) -> None:
    _lay_out(tmp_path / "disk", {"a.jpg": "plain 0"})
    _lay_out(tmp_path / "album", {"a.jpg": "plain 0"})

    def read_at(now: datetime, days: float | None) -> str:
        with Index(str(tmp_path / "index")) as index:
            evidence = _reader(tmp_path / "disk", tmp_path / "album", index, now, days).gather()
        (found,) = verdicts.findings(evidence)
        return found.read_at[:10]

    assert read_at(NOW, 9) == "2026-01-01"
    assert read_at(NOW + timedelta(days=2), 3) == "2026-01-01"
    assert read_at(NOW + timedelta(days=4), 3) == "2026-01-05"
    assert read_at(NOW + timedelta(days=5), None) == "2026-01-06"


def test_what_changes_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    _lay_out(tmp_path / "disk", {"a.jpg": "plain 0"})
    _lay_out(tmp_path / "album", {"a.jpg": "plain 0"})
    with Index(None) as index:
        reader = _reader(tmp_path / "disk", tmp_path / "album", index)
        evidence = reader.gather()
        assert (reader.changes_since(evidence), reader.changed_copies(evidence)) == ([], set())
        (tmp_path / "disk/new.jpg").write_bytes(PHOTOS[1])
        (tmp_path / "album/a.jpg").write_bytes(PHOTOS[1])
        assert [os.path.basename(one.path) for one in reader.changes_since(evidence)] == ["new.jpg"]
        assert reader.changed_copies(evidence) == {"a.jpg"}
