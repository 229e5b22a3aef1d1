"""Checksums of a file's bytes and of its pixels; no link is followed, and a pipe or a device has no checksum."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from xxhash import xxh3_128, xxh3_128_digest

from lib.analysis import orientation as orientations
from lib.analysis.decoding import open_picture, require_memory
from lib.files.blocks import Hasher, blocks, next_block
from lib.model import Changed, Unreadable, in_words

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

WHOLE_AT_ONCE = 128 * 1024
"""Files up to this many bytes are cheaper read whole than at both ends."""
_XXH3 = "xxh3_128:"
_EDGE = 4096
_STRIP = 1 << 20
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)


class Algorithm(Enum):
    """A way to put a whole file into one number."""

    SHA256 = "SHA-256"
    XXH3 = "XXH3-128"

    def hasher(self) -> Hasher:
        """One that has seen nothing yet."""
        if self is Algorithm.XXH3:
            return xxh3_128()
        import hashlib  # takes its time to load, and a search for duplicates needs none of it

        return hashlib.sha256()


def sha256(path: str) -> str:
    """SHA-256 of the whole file, 64 hex digits. Raises Unreadable."""
    return checksums(path, [Algorithm.SHA256])[0]


def sha256_from_disk(path: str, size: int) -> str:
    """Return the SHA-256 of a file that was found with `size` bytes, read from the disk where the system lets its memory be passed by.

    Raises Unreadable, also where the file has another size by now.
    """
    hasher, length = Algorithm.SHA256.hasher(), 0
    with _regular(path) as file:
        if hasattr(os, "posix_fadvise"):  # what is in memory tells nothing of a disk that went bad since
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        for block in blocks(file):
            hasher.update(block)
            length += len(block)
    if length != size:
        raise Changed("has changed since it was found; start again when nothing writes there any more")
    return hasher.hexdigest()


def xxh3(path: str) -> str:
    """XXH3-128 of the whole file, as `xxh3_text` has it: fast, for telling files apart, no proof against intent. Raises Unreadable."""
    return checksums(path, [Algorithm.XXH3])[0]


def checksums(path: str, algorithms: Sequence[Algorithm]) -> list[str]:
    """Return the checksums of the whole file, which is read once for all of them. Raises Unreadable."""
    hashers = [algorithm.hasher() for algorithm in algorithms]
    with _regular(path) as file:
        for block in blocks(file):
            for hasher in hashers:
                hasher.update(block)
    digests = [hasher.digest() for hasher in hashers]
    return [xxh3_text(digest) if way is Algorithm.XXH3 else digest.hex() for way, digest in zip(algorithms, digests)]


def xxh3_text(digest: bytes) -> str:
    """Return an XXH3-128 of 16 bytes as reports and journals write it: "xxh3_128:" and 32 hex digits."""
    return _XXH3 + digest.hex()


def xxh3_digest(text: str) -> bytes:
    """Return what `xxh3_text` was given."""
    return bytes.fromhex(text.removeprefix(_XXH3))


def quick_hash(path: str, size: int) -> bytes:
    """Return what a quick look tells of a file that was found with `size` bytes, 16 bytes: files for which it differs are different.

    XXH3-128 of the whole file where it has up to WHOLE_AT_ONCE bytes, of its first and last 4 KiB where it has more. Raises
    Unreadable, also where the file has another size by now.
    """
    # Every file that has a rival passes here: no context manager, no hasher, and no look at what the walk found to be a regular
    # file but the reading itself. What is none any more gives other bytes than `size`, and is looked at then.
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        raise Unreadable(f"could not be read: {in_words(error)}") from error
    try:
        if size <= WHOLE_AT_ONCE:
            block = next_block(file)
            return xxh3_128_digest(block) if len(block) == size else _slow_glance(file, size)
        head = os.read(file, _EDGE)
        os.lseek(file, size - _EDGE, os.SEEK_SET)
        # A byte more is asked for than there was: a file that has grown gives it.
        tail = os.read(file, _EDGE + 1)
        return xxh3_128_digest(head + tail) if len(head) == len(tail) == _EDGE else _slow_glance(file, size)
    except OSError as error:
        raise Unreadable(f"could not be read: {in_words(error)}") from error
    finally:
        os.close(file)


def pixels(path: str, *, upright: bool = True) -> str:
    """XXH3-128 of the decoded pixels, 32 hex digits: equal for one picture whatever its tags and container. Raises Unreadable.

    Upright is after the EXIF orientation; otherwise as stored. Every page or frame counts. A colour profile other than sRGB counts
    too, since the same numbers are other colours then.
    """
    import warnings

    from PIL import ImageSequence, UnidentifiedImageError

    hasher = xxh3_128()
    try:
        with warnings.catch_warnings(), _regular(path) as file, open(file, "rb", closefd=False) as stream:
            # Pillow warns of sizes that require_memory decides on here.
            warnings.simplefilter("ignore")
            with open_picture(stream) as picture:
                hasher.update(_profile(picture))
                # The further images of a camera's MPO are its previews, not pages.
                for frame in iter([picture]) if picture.format == "MPO" else ImageSequence.Iterator(picture):
                    _update(hasher, frame, upright)
    except Unreadable:
        raise
    except UnidentifiedImageError as error:
        raise Unreadable("the pixels could not be decoded: the content is no picture") from error
    except OSError as error:
        raise Unreadable(f"the pixels could not be decoded: {in_words(error)}") from error
    except Exception as error:
        # Decoders answer a broken file with whatever they trip over: ValueError, SyntaxError, struct.error, MemoryError, …
        raise Unreadable(f"the pixels could not be decoded: {error or type(error).__name__}") from error
    return hasher.hexdigest()


def _update(hasher: Hasher, image: Picture, upright: bool) -> None:
    """Hash the pixels in strips, each turned and converted on its own: a large picture is in memory once, not three times."""
    require_memory(image)
    image.load()
    orientation = orientations.checked(image.getexif().get(orientations.TAG)) if upright else orientations.UPRIGHT
    is_turned, from_end = orientations.swaps_sides(orientation), orientations.mirrored_sides(orientation)[1]
    mode = _common_mode(image)
    wide, high = (image.height, image.width) if is_turned else (image.width, image.height)
    hasher.update(f"{mode} {wide} {high};".encode())
    step = max(1, _STRIP // wide)
    for top in range(0, high, step):
        # The rows of the upright picture are rows of the stored one or columns of it, counted from its start or from its end.
        first, last = top, min(top + step, high)
        if from_end:
            first, last = high - last, high - first
        strip = image.crop((first, 0, last, image.height) if is_turned else (0, first, image.width, last))
        strip = orientations.upright(strip, orientation)
        hasher.update((strip if strip.mode == mode else strip.convert(mode)).tobytes())


def _common_mode(image: Picture) -> str:
    """Return the mode in which pictures are compared: a PNG of a JPEG, or a palette, may hold the same colours in another way."""
    if image.mode.startswith("I") or image.mode in ("F", "CMYK", "LAB"):
        return image.mode
    if image.has_transparency_data:
        step = max(1, _STRIP // image.width)
        strips = (image.crop((0, top, image.width, min(top + step, image.height))) for top in range(0, image.height, step))
        if any(_alpha(strip, image).getextrema() != (255, 255) for strip in strips):
            return "RGBA"
    return "RGB"


def _alpha(strip: Picture, whole: Picture) -> Picture:
    strip.info = whole.info
    return strip.convert("RGBA").getchannel("A")


def _profile(image: Picture) -> bytes:
    """Return the colour profile, empty for sRGB, which is what pixels without a profile are taken for."""
    profile = image.info.get("icc_profile") or b""
    return b"" if b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile else bytes(profile)


def _slow_glance(file: int, size: int) -> bytes:
    """Return the same where a read gave another number of bytes than it should: some network drives give less at once."""
    _require_regular(file)
    parts = [(0, size)] if size <= WHOLE_AT_ONCE else [(0, _EDGE), (size - _EDGE, _EDGE)]
    if os.fstat(file).st_size == size:
        data = b"".join(_read_part(file, start, length) for start, length in parts)
        if len(data) == sum(length for _, length in parts):
            return xxh3_128_digest(data)
    raise Changed("has changed since it was found; start again to compare it as it is now")


def _read_part(file: int, start: int, length: int) -> bytes:
    os.lseek(file, start, os.SEEK_SET)
    data = b""
    while len(data) < length and (more := os.read(file, length - len(data))):
        data += more
    return data


@contextmanager
def _regular(path: str) -> Iterator[int]:
    """A descriptor of the regular file at a path."""
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        raise Unreadable(f"could not be read: {in_words(error)}") from error
    try:
        _require_regular(file)
        yield file
    except OSError as error:
        # An error without a number is no word of the system, but of a decoder at work on what was opened here.
        if error.errno is None:
            raise
        raise Unreadable(f"could not be read: {in_words(error)}") from error
    finally:
        os.close(file)


def _require_regular(file: int) -> None:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise Unreadable("is no regular file")
