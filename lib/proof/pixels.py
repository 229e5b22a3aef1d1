"""Pixels as evidence: only where a picture holds nothing beside them that would be lost with its bytes."""

from __future__ import annotations

import os
import warnings

from lib.analysis import hashing, metadata
from lib.analysis.decoding import open_picture
from lib.model import Unreadable, in_words

_PNG_DEPTH = 24  # where a PNG has its bits per channel
_JPEG_END = b"\xff\xd9"
_FORMATS = frozenset({"JPEG", "PNG", "GIF", "WEBP", "HEIF"})
_TAIL = 4096


def provable_pixels(path: str) -> str:
    """Return the hash of the upright pixels, as `hashing.pixels`, of a picture that is all in them. Raises Unreadable with why it is not.

    Left out: raw files and TIFF, of which only an embedded picture may be decoded; films, motion photos, further images in a JPEG or
    HEIC (gain maps, depth) and whatever follows a JPEG's end; more than 8 bits a channel, which decoding cuts off; AVIF, which does not
    tell its depth.
    """
    pixels = hashing.pixels(path)
    if metadata.read(path).motion_photo:
        raise Unreadable("it has a film in it, so equal pixels prove nothing")
    try:
        if reason := _beside_pixels(path):
            raise Unreadable(f"{reason}, so equal pixels prove nothing")
    except OSError as error:
        raise Unreadable(f"could not be read: {in_words(error)}") from error
    return pixels


def _beside_pixels(path: str) -> str:
    """Return what a picture that can be decoded holds beside its pixels, in words; empty where that is nothing but tags."""
    with open(path, "rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        depth = file.read(_PNG_DEPTH + 1)[-1]
        file.seek(-min(_TAIL, os.fstat(file.fileno()).st_size), os.SEEK_END)
        tail = file.read().rstrip(b"\0")
        file.seek(0)
        with open_picture(file) as picture:
            style, told = picture.format or "", picture.info
            if style not in _FORMATS:
                return f"{style or 'this format'} may hold more than the pixels that are decoded"
            if style == "HEIF":
                depth = int(told.get("bit_depth", 0))
                if told.get("depth_images") or told.get("aux"):
                    return "it has further images in it"
    if style == "JPEG" and not tail.endswith(_JPEG_END):
        return "it has something behind its end"
    return "it has more than 8 bits a channel" if style in ("PNG", "HEIF") and not 1 <= depth <= 8 else ""
