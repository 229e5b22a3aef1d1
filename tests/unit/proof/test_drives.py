"""Where one file may be shown under two names that nobody can tell, nothing is proved."""

from __future__ import annotations

import pytest

from lib.files.volumes import Volume
from lib.proof.drives import Drive, doubts, mac_styles, shared


def drive(style: str, device: int = 1, *, key: str = "", has_inodes: bool = True) -> Drive:
    return Drive(f"/at/{device}", Volume(key or f"uuid:{device}", f"/at/{device}"), device, style, has_inodes)


@pytest.mark.parametrize(
    "of_input, of_album, is_doubtful",
    [
        (drive("ext4"), drive("ext4"), False),
        (drive("exfat"), drive("btrfs", 2), False),
        (drive("fuseblk"), drive("ext4", 2), False),
        (drive("fuse.sshfs"), drive("ext4", 2), True),
        (drive("ext4"), drive("fuse.rclone", 2), True),
        (drive("cifs"), drive("ext4", 2), True),
        (drive("nfs4"), drive("nfs4"), True),
        (drive("smbfs"), drive("apfs", 2), True),
        (drive("remote"), drive("ntfs", 2), True),
        (drive("overlay"), drive("overlay"), False),
        (drive("overlay"), drive("ext4", 2), True),
        (drive("unknown"), drive("ext4", 2), True),
        (drive("exfat", has_inodes=False), drive("ntfs", 2), True),
    ],
)
def test_doubts(of_input: Drive, of_album: Drive, is_doubtful: bool) -> None:
    assert bool(doubts([of_input], [of_album])) is is_doubtful


def test_one_drive_under_two_numbers_is_told_by_its_name() -> None:
    assert shared([drive("btrfs", 1, key="uuid:A")], [drive("btrfs", 2, key="uuid:A")])
    assert not shared([drive("ext4", 1)], [drive("ext4", 2)])


def test_what_mac_says_of_its_mounts() -> None:
    told = (
        "/dev/disk3s1s1 on / (apfs, sealed, local)\n"
        "//me@nas/Photo album on /Volumes/Photo album (smbfs, nodev)\n"
        "/dev/disk4s1 on /Volumes/Red (x) (exfat)\n"
    )
    assert mac_styles(told) == {"/": "apfs", "/Volumes/Photo album": "smbfs", "/Volumes/Red (x)": "exfat"}
