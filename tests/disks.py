"""Real disks of other kinds, mounted for a test: full, slow of wit, or the same folder under two names."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_NEW_MOUNTS = 0x20000
_namespace: list[bool] = []


def _alone() -> bool:
    """True once this process has mounts of its own, which vanish with it and which nobody else sees."""
    if not _namespace:
        may = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount") is not None
        done = may and ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNTS) == 0
        _namespace.append(bool(done) and subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0)
    return _namespace[0]


def _do(*words: str | Path) -> None:
    """Do it, or skip the test with the reason."""
    if shutil.which(str(words[0])) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([os.fspath(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{words[0]} does not work here: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(place: Path, *words: str | Path) -> Iterator[Path]:
    """What `mount WORD … place` gives, until the end of the block. Skips the test where mounting is not allowed."""
    if not _alone():
        pytest.skip("only root may mount")
    place.mkdir(parents=True, exist_ok=True)
    _do("mount", *words, place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextlib.contextmanager
def drive(place: Path, *, make: str, mount: str, options: str = "") -> Iterator[Path]:
    """A drive of 64 MB, formatted by `make` and mounted by `mount`."""
    if not _alone():
        pytest.skip("only root may mount")
    image = place.with_name(f"{place.name}.image")
    with image.open("wb") as file:
        file.truncate(64 << 20)
    place.mkdir(parents=True)
    _do(*make.split(), image)
    done = subprocess.run(["losetup", "--find", "--show", str(image)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no loop device: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        _do(mount, *(["-o", options] if options else []), device, place)
        try:
            yield place
        finally:
            subprocess.run(["umount", str(place)], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
