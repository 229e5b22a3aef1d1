"""Loaded by the Windows Python of a flow: inodes as FAT makes them on the drive in FLOW_FAT, and an end at the rename in FLOW_END_AT."""

from __future__ import annotations

import os
import sys
import zlib
from dataclasses import replace
from typing import Any

if sys.platform == "win32":
    import ctypes
    import msvcrt

    _fat = os.environ.get("FLOW_FAT", "").lower()
    _left = [int(os.environ.get("FLOW_END_AT", "0"))]
    _stat, _lstat, _fstat, _rename = os.stat, os.lstat, os.fstat, os.rename

    class _Status:
        """A status with another inode."""

        def __init__(self, status: os.stat_result, inode: int) -> None:
            self.__dict__.update({name: getattr(status, name) for name in dir(status) if name.startswith("st_")})
            self.st_ino = inode
            self._fields = [*status[:1], inode, *status[2:10]]

        def __getitem__(self, number: int) -> Any:
            return self._fields[number]

    def _as_on_fat(status: os.stat_result, path: str) -> Any:
        """Made of the place in the folder, so that a rename gives another one."""
        whole = os.path.abspath(path.removeprefix("\\\\?\\")).lower()
        return _Status(status, zlib.crc32(whole.encode()) + 1) if whole.startswith(_fat) else status

    def _by_name(path: Any, *, dir_fd: None = None, follow_symlinks: bool = True) -> Any:
        if isinstance(path, int):
            return _by_handle(path)
        return _as_on_fat(_stat(path, follow_symlinks=follow_symlinks), os.fspath(path))

    def _by_own_name(path: Any, *, dir_fd: None = None) -> Any:
        return _as_on_fat(_lstat(path), os.fspath(path))

    def _by_handle(handle: int) -> Any:
        status, name = _fstat(handle), ctypes.create_unicode_buffer(2000)
        known = ctypes.windll.kernel32.GetFinalPathNameByHandleW(ctypes.c_void_p(msvcrt.get_osfhandle(handle)), name, 2000, 0)
        return _as_on_fat(status, name.value) if known else status

    def _last_rename(*paths: Any, **options: Any) -> None:
        _left[0] -= 1
        if _left[0] == 0:
            os._exit(9)
        _rename(*paths, **options)

    if _fat:
        os.stat, os.lstat, os.fstat = _by_name, _by_own_name, _by_handle
        sys.path.insert(0, "C:\\toolkit")
        from lib.files import volumes

        _windows_volume = volumes._windows_volume

        def _fat_volume(point: str) -> volumes.Volume:
            found = _windows_volume(point)
            return replace(found, stable_inodes=False, style="FAT32") if point.lower().startswith(_fat) else found

        volumes._windows_volume = _fat_volume
    if _left[0]:
        os.rename = _last_rename
