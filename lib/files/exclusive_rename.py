"""The rename that fails where the name exists, which systems have and Python does not."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable


@functools.cache
def exclusive_rename() -> Callable[[int | None, bytes, int | None, bytes], int] | None:
    """Return the system's rename that fails where the name exists: 0, or -1 with errno set; None where the system has none."""
    name, flag = {"linux": ("renameat2", 1), "darwin": ("renameatx_np", 4)}.get(sys.platform, ("", 0))
    if not name:
        return None
    try:
        function = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]

    def rename(source: int | None, name: bytes, target: int | None, new_name: bytes) -> int:
        result: int = function(source, name, target, new_name, flag)
        return result

    return rename
