"""Real disks of other kinds, mounted for a test: full, slow of wit, far away, or the same folder under two names."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_NEW_MOUNTS = 0x20000
_namespace: list[bool] = []


def may_mount() -> bool:
    """True once this process has mounts of its own, which vanish with it and which nobody else sees."""
    if not _namespace:
        may = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount") is not None
        done = may and ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNTS) == 0
        _namespace.append(bool(done) and subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0)
    return _namespace[0]


def do(*words: str | Path) -> None:
    """Do it, or skip the test with the reason."""
    if shutil.which(str(words[0])) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([os.fspath(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{words[0]} does not work here: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(place: Path, *words: str | Path) -> Iterator[Path]:
    """What `mount WORD … place` gives, until the end of the block. Skips the test where mounting is not allowed."""
    if not may_mount():
        pytest.skip("only root may mount")
    place.mkdir(parents=True, exist_ok=True)
    do("mount", *words, place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextlib.contextmanager
def drive(place: Path, *, make: str, mount: str, options: str = "") -> Iterator[Path]:
    """A drive of 64 MB, formatted by `make` and mounted by `mount`."""
    if not may_mount():
        pytest.skip("only root may mount")
    image = place.with_name(f"{place.name}.image")
    with image.open("wb") as file:
        file.truncate(64 << 20)
    place.mkdir(parents=True)
    do(*make.split(), image)
    done = subprocess.run(["losetup", "--find", "--show", str(image)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no loop device: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        do(mount, *(["-o", options] if options else []), device, place)
        try:
            yield place
        finally:
            subprocess.run(["umount", str(place)], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server")


@contextlib.contextmanager
def network_drive(place: Path, folder: Path, *options: str) -> Iterator[Path]:
    """The folder as another computer sees it: sshfs, and the server of OpenSSH at the other end of a pipe in place of the network.

    Like any network drive it answers from memory for a while what it was told before. The network is cut by ending the file
    `place` + ".server", which holds the number of the server's process.
    """
    if not may_mount():
        pytest.skip("only root may mount")
    server = next(filter(os.path.exists, SFTP_SERVERS), None)
    if server is None or shutil.which("sshfs") is None:
        pytest.skip("sshfs or openssh-sftp-server is not installed")
    command, number = place.with_name(f"{place.name}.ssh"), place.with_name(f"{place.name}.server")
    command.write_text(f"#!/bin/sh\necho $$ > {number}\nexec {server}\n")
    command.chmod(0o755)
    place.mkdir()
    words = [word for option in (f"ssh_command={command}", *options) for word in ("-o", option)]
    do("sshfs", *words, f"there:{folder}", place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)  # once cut, it is gone by itself


def cut(place: Path) -> None:
    """Cut the network to a network drive."""
    os.kill(int(place.with_name(f"{place.name}.server").read_text()), signal.SIGKILL)


@contextlib.contextmanager
def cloud_drive(place: Path, folder: Path) -> Iterator[Path]:
    """The folder as rclone shows it, which remembers what is in files as well."""
    if not may_mount():
        pytest.skip("only root may mount")
    if shutil.which("rclone") is None:
        pytest.skip("rclone is not installed")
    place.mkdir()
    words = ("--vfs-cache-mode", "full", "--dir-cache-time", "1h", "--cache-dir", f"{place}.cache", "--config", os.devnull)
    mount = subprocess.Popen(["rclone", "mount", *words, str(folder), str(place)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not os.path.ismount(place):
            if mount.poll() is not None:
                pytest.skip("rclone cannot mount here")
            time.sleep(0.02)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)
        mount.terminate()
        mount.wait()
