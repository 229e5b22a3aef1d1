"""Give a copy what Windows knows of a file beside its bytes and its last change: when it was made, and its attributes."""

from __future__ import annotations

import sys

_KEPT = 0x1 | 0x2 | 0x4 | 0x20 | 0x2000  # read-only, hidden, system, archive, not indexed
_NORMAL = 0x80
_BASIC_INFO = 0  # FileBasicInfo of FILE_INFO_BY_HANDLE_CLASS


def keep(source: int, copy: int) -> bool:
    """True where the open file `copy` has these of the open file `source` now; access lists and further streams are not among them."""
    if sys.platform != "win32":
        return False
    import ctypes
    import msvcrt

    class Info(ctypes.Structure):
        _fields_ = (
            ("made", ctypes.c_int64),
            ("read", ctypes.c_int64),
            ("written", ctypes.c_int64),
            ("changed", ctypes.c_int64),
            ("attributes", ctypes.c_uint32),
        )

    kernel, info = ctypes.windll.kernel32, Info()
    handles = [ctypes.c_void_p(msvcrt.get_osfhandle(file)) for file in (source, copy)]
    if not kernel.GetFileInformationByHandleEx(handles[0], _BASIC_INFO, ctypes.byref(info), ctypes.sizeof(info)):
        return False
    # A time of 0 leaves the copy's as it is.
    kept = Info(info.made, 0, 0, 0, info.attributes & _KEPT or _NORMAL)
    return bool(kernel.SetFileInformationByHandle(handles[1], _BASIC_INFO, ctypes.byref(kept), ctypes.sizeof(kept)))
