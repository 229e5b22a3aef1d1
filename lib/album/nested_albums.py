"""An album that lies below an input is not taken apart without a word."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

from lib.files.scanning import OWN_FOLDER
from lib.model import BadRequest, MediaFile
from lib.reporting.command_line import printable
from lib.transfer import manifest


def require_none(files: Iterable[MediaFile], inputs: Collection[str]) -> None:
    """Return only if none of `files` is the manifest of an album that is not itself one of the `inputs`. Raises BadRequest."""
    for folder in (file.folder for file in files if file.name == manifest.NAME):
        if folder not in inputs and os.path.isdir(os.path.join(folder, OWN_FOLDER)):
            raise BadRequest(
                f"{printable(folder)} is an album of its own, which would be taken apart; "
                "add --merge if it is to go into this one, or --copy to leave it as it is."
            )
