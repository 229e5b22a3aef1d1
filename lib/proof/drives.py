"""Whether two folders can be told apart by what their drives say of their files; where not, nothing there proves anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from lib.files.volumes import Volume, mounted, volume_of

_REMOTE = re.compile(
    r"nfs\d*|cifs|smb\w*|afpfs|webdav|davfs\d*|9p|ceph|glusterfs|lustre|afs|ncpfs|virtiofs|vboxsf|prl_fs|fuse|macfuse|osxfuse|fuse\..*|remote"
)
_LAYERED = frozenset({"overlay", "aufs", "ecryptfs", "unionfs", "nullfs", "unknown"})
_WINDOWS_REMOTE = 4  # DRIVE_REMOTE
_MAC_MOUNT = re.compile(r"^.+? on (/.*) \((\w+)[,)]")


@dataclass(frozen=True, slots=True)
class Drive:
    """The drive that a folder is on: its volume, the number that the system gives it now, and the kind of its file system."""

    folder: str
    volume: Volume
    device: int
    style: str
    has_inodes: bool


def drive_of(folder: str) -> Drive:
    """Return the drive of a folder, a real path. Raises OSError."""
    volumes = mounted()
    volume, status = volume_of(folder, volumes), os.stat(folder)
    return Drive(folder, volume, status.st_dev, _style(volume), status.st_ino != 0)


def drives_below(folder: str) -> list[Drive]:
    """Return the drive of a folder, and of each folder below it where another one is mounted. Raises OSError."""
    points = {volume.mount_point for volume in mounted() if volume.mount_point.startswith(os.path.join(folder, ""))}
    return [drive_of(folder), *(drive_of(point) for point in sorted(points) if os.path.isdir(point))]


def doubts(inputs: Sequence[Drive], album: Sequence[Drive]) -> list[str]:
    """Return in a sentence each why a file of the input and one of the album may be one file that nobody can tell. Pure."""
    found = []
    for drive in (*inputs, *album):
        if _REMOTE.fullmatch(drive.style):
            found.append(
                f"{drive.folder} is on a network drive or shown by a program ({drive.style}), which may show files of the other side "
                "under new names; connect the drive itself to this computer, and ask again."
            )
        elif not drive.has_inodes:
            found.append(f"{drive.folder} is on a drive that does not number its files, so one file under two names would not be noticed.")
        elif drive.style in _LAYERED and len({one.device for one in (*inputs, *album)}) > 1:
            found.append(
                f"{drive.folder} may show files of another folder ({drive.style}), so one file under two names would not be noticed."
            )
    return list(dict.fromkeys(found))


def shared(inputs: Sequence[Drive], album: Sequence[Drive]) -> bool:
    """Return True where the album lies on a drive of the inputs: erasing that drive, and not only the folder, would take both. Pure."""
    return any(one.device == other.device or one.volume.key == other.volume.key for one in inputs for other in album)


def words(drive: Drive) -> str:
    """Return the drive as a certificate names it: first its UUID or label where it has one. Pure."""
    return f"{drive.volume.key} ({drive.style}), at {drive.volume.mount_point}"


def _style(volume: Volume) -> str:
    """Return the kind of file system in the system's words; "remote" for a network drive of Windows, "unknown" where it is not told."""
    if sys.platform == "win32":
        import ctypes

        point = os.path.join(os.path.splitdrive(volume.mount_point)[0], os.sep)
        if point.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(point) == _WINDOWS_REMOTE:
            return "remote"
        return volume.style or "ntfs"
    if sys.platform == "darwin":
        told = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
        return mac_styles(told).get(volume.mount_point, "unknown")
    return volume.style or "unknown"


def mac_styles(told: str) -> dict[str, str]:
    """Return the kind of file system by mount point, as macOS's `mount` tells: "/dev/disk4s1 on /Volumes/Red (apfs, local)". Pure."""
    return {found[1]: found[2] for line in told.splitlines() if (found := _MAC_MOUNT.match(line))}
