"""Which drive a folder is on, under a name that holds when the drive is mounted elsewhere or at another time."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass

_SHORT_SERIAL = re.compile(r"[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}")
_WITHOUT_INODES = frozenset({"vfat", "msdos", "exfat", "fuse", "hfs", "9p", "iso9660", "udf"})


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted file system: `key` is its UUID or label where it has one, `mount_point` where it is mounted now.

    `root` is the folder of the file system that is seen there ("" for all of it, else a bind mount or a subvolume, beginning with
    a separator). `stable_inodes` is False where a file's inode number may change from one mount to the next. `style` is the file
    system's type as the system calls it, empty where it does not say.
    """

    key: str
    mount_point: str
    root: str = ""
    stable_inodes: bool = True
    style: str = ""

    def within(self, folder: str) -> str:
        """Return the place of `folder` (resolved, below the mount point) on the volume itself; it begins with a separator."""
        below = folder[len(self.mount_point.rstrip(os.sep)) :]
        return (self.root + below) or os.sep


def mounted() -> list[Volume]:
    """Return every volume that is mounted now, those with the longest mount points first; empty where the system has no list of them."""
    if sys.platform != "linux":
        return []
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        # No /proc, as in some jails: volumes are then told by their mount points alone.
        return []
    serials = _names_of_devices("/dev/disk/by-uuid") or _names_of_devices("/dev/disk/by-label")
    found = [volume for line in lines if (volume := _volume_of(line, serials))]
    # Where one mount hides another at the same place, the later line is what is seen.
    return sorted(found, key=lambda volume: len(volume.mount_point))[::-1]


def connected(volumes: list[Volume]) -> set[str]:
    """The keys of the volumes that are connected now: of `volumes` (as `mounted` gives them), or where it gives none, by drive letters."""
    if sys.platform == "win32":
        import ctypes

        letters = ctypes.windll.kernel32.GetLogicalDrives()
        return {_windows_volume(f"{chr(ord('A') + number)}:\\").key for number in range(26) if letters >> number & 1}
    if sys.platform == "darwin":
        return {volume_of(point, []).key for point in ("/", *_folders_in("/Volumes"))}
    return {volume.key for volume in volumes}


def _folders_in(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []


def volume_of(folder: str, volumes: list[Volume]) -> Volume:
    """The volume that the resolved `folder` is on, out of `volumes` (as `mounted` gives them) or, failing that, by asking the system."""
    for volume in volumes:
        if folder == volume.mount_point or folder.startswith(volume.mount_point.rstrip(os.sep) + os.sep):
            return volume
    point = folder
    while not os.path.ismount(point) and os.path.dirname(point) != point:
        point = os.path.dirname(point)
    if sys.platform == "win32":
        return _windows_volume(point)
    return Volume(f"label:{os.path.basename(point)}" if os.path.basename(point) else f"root:{point}", point)


def _volume_of(line: str, serials: dict[str, str]) -> Volume | None:
    """Return a line of mountinfo: id, parent, device numbers, root, mount point, options, …, "-", type, source, options."""
    try:
        before, after = line.split(" - ", 1)
        root, point = map(_plain, before.split(" ")[3:5])
        style, source = map(_plain, after.split(" ")[:2])
    except ValueError:
        return None
    serial = serials.get(os.path.realpath(source)) if source.startswith("/dev/") else None
    key = f"uuid:{serial}" if serial else f"{style}:{source}" if "/" in source else f"{style}:{point}"
    stable = style.split(".")[0] not in _WITHOUT_INODES and not (style == "fuseblk" and serial and _SHORT_SERIAL.fullmatch(serial))
    return Volume(key, point, "" if root == "/" else root, stable, style)


def _plain(text: str) -> str:
    """Spaces and the like are written as octal numbers in mountinfo."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _names_of_devices(folder: str) -> dict[str, str]:
    try:
        return {os.path.realpath(os.path.join(folder, name)): name for name in os.listdir(folder)}
    except OSError:
        # Containers have no such folder; their volumes are told by type and source.
        return {}


def _windows_volume(point: str) -> Volume:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # the attribute is there on Windows alone
    serial, style = ctypes.c_uint32(), ctypes.create_unicode_buffer(64)
    if not kernel.GetVolumeInformationW(point, None, 0, ctypes.byref(serial), None, None, style, 64):
        return Volume(f"root:{point}", point)
    return Volume(f"uuid:{serial.value:08X}", point, "", style.value.lower() not in ("fat", "fat32", "exfat"))
