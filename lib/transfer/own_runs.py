"""Remember outside of every album which runs this user has begun: what lies on a drive may have been written by anybody.

A journal names files anywhere on the computer. One that was cut off is gone on with as it says only while its plan is known here.
"""

from __future__ import annotations

import contextlib
import os

from lib.files.folders import make_root, open_root
from lib.files.own_files import read_file, replacing
from lib.files.user_folders import data_folder

_LONGEST = 200


def remember(run_id: str, plan: str) -> None:
    """Write down, on the disk, that a run with this plan (SHA-256, hex) is about to begin. Where that cannot be, it is not known later."""
    folder = _folder()
    with contextlib.suppress(OSError):
        make_root(folder)
        with open_root(folder) as own, replacing(own, run_id) as file:
            file.write(plan.encode("ascii"))


def knows(run_id: str, plan: str) -> bool:
    """Return True where this user has begun the run, and has not seen its end yet."""
    try:
        with open_root(_folder()) as own:
            return bool(plan) and read_file(own, run_id, largest=_LONGEST) == plan.encode("ascii")
    except OSError:
        return False


def forget(run_id: str) -> None:
    """Forget the run, which has come to its end."""
    with contextlib.suppress(OSError), open_root(_folder()) as own:
        own.unlink(run_id)


def _folder() -> str:
    return os.path.realpath(os.path.join(data_folder(), "runs"))
