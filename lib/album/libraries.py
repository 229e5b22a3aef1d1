"""Libraries of other programs (Photos, Lightroom, …) are neither an album nor taken apart."""

from __future__ import annotations

from collections.abc import Sequence

from lib.files.names import in_library
from lib.model import BadRequest
from lib.reporting.command_line import printable


def require_none(album: str, inputs: Sequence[str]) -> None:
    """Return only if neither the album nor an input lies in a library. Raises BadRequest."""
    if in_library(album):
        raise BadRequest(f"{printable(album)} lies in a library of another program, which is never changed; name another folder.")
    for folder in filter(in_library, inputs):
        told = f"{printable(folder)} lies in a library of another program"
        raise BadRequest(f"{told}; name the folder that the library lies in, and add --libraries to have its originals copied.")
