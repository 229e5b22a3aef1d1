"""Bring one file to its place, or leave everything as it was: never overwrite, never lose."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
from collections.abc import Callable, Iterator

from lib.files import disk_sync, windows_traits
from lib.files.blocks import Hasher, blocks
from lib.files.folders import FileIdentity, Folder, is_in_use
from lib.files.pinned_folders import DriveGone
from lib.model import IS_WINDOWS, PATH_TOO_LONG, is_path_too_long

_CHUNK = 1 << 20
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_TRAIT_UNKNOWN = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EINVAL}
_MACOS_NO_CACHE = 48


class Refused(Exception):
    """The step was not done and everything is as it was before; the text is the reason, in words for a person."""


class DiskFull(Refused):
    """There is no room: what comes after would fail as well."""


class DriveWentAway(Refused):
    """The drive with `folder` is not there any more."""

    def __init__(self, folder: str) -> None:
        """`folder` is the path under which another one lies now, or none."""
        super().__init__(f"the drive with the folder {folder} went away; connect it again, then start again")
        self.folder = folder


class OtherBytes(Refused):
    """The file has other bytes than those that it was planned with."""


def hasher(checksum: str) -> Hasher:
    """Return a fresh hasher of the algorithm that `checksum` ("sha256:…", "xxh3_128:…") names. Raises ValueError for any other."""
    algorithm = checksum.partition(":")[0]
    if algorithm == "sha256":
        return hashlib.sha256()
    if algorithm == "xxh3_128":
        import xxhash

        fresh: Hasher = xxhash.xxh3_128()
        return fresh
    raise ValueError(f"unknown checksum algorithm: {algorithm}")


def explain(error: OSError) -> Refused:
    """Return the refusal that an error of the system amounts to."""
    where = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, (str, bytes)) else ""
    if isinstance(error, DriveGone):
        return DriveWentAway(os.fsdecode(error.filename))
    if error.errno in _NO_ROOM:
        return DiskFull("the disk is full")
    if error.errno == errno.EFBIG:
        return Refused("the file is larger than the file system of the destination can hold (4 GiB on FAT)")
    if is_in_use(error):
        return Refused(f"another program has the file open; close it there, then start again{where}")
    if error.errno == errno.EROFS:
        return Refused(f"the file system can only be read, not written{where}")
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return Refused(f"a link or a file stands where a folder should be{where}")
    if isinstance(error, FileExistsError):
        return Refused("another file took this name since the plan was made; run again to plan anew")
    if isinstance(error, FileNotFoundError):
        return Refused(PATH_TOO_LONG if is_path_too_long(error) else "the file is not there any more")
    return Refused(f"{(error.strerror or str(error)).lower()}{where}")


def require(folder: Folder, name: str, identity: FileIdentity) -> None:
    """Return only if `name` is still the file that was studied; raises Refused."""
    status = folder.status(name)
    if status is None:
        raise Refused("the file vanished since it was read")
    if not folder.is_unchanged(status, identity):
        raise Refused("the file changed since it was read; run again to take it as it is now")


def bring_to_disk(folder: Folder, name: str) -> None:
    """Make the content of a file survive a power cut, which a rename does not do. Raises OSError."""
    handle = folder.open_to_read(name)
    try:
        folder.sync_content(name, handle)
    finally:
        os.close(handle)


def copy_to_temporary(
    source: Folder,
    name: str,
    identity: FileIdentity,
    checksum: str,
    target: Folder,
    temporary: str,
    advance: Callable[[int], None],
    mtime_ns: int = 0,
) -> list[str]:
    """Copy `name` to the new file `temporary` in `target`, on the disk and read back; return notes on traits that could not be kept.

    `checksum` is what the bytes must have, read and read back. The copy gets the source's times, or `mtime_ns` where it is not 0.
    Raises Refused, the temporary file removed; `advance` is told the bytes read and may raise to stop the copy.
    """
    require(source, name, identity)
    try:
        reading = source.open_to_read(name)
    except OSError as error:
        raise explain(error) from error
    try:
        writing = target.create(temporary)
    except OSError as error:
        os.close(reading)
        raise explain(error) from error
    try:
        with contextlib.ExitStack() as handles:
            handles.callback(os.close, writing)
            handles.callback(os.close, reading)
            status = os.fstat(reading)
            if not source.is_unchanged(status, identity):
                raise Refused("the file changed since it was read; run again to take it as it is now")
            if _pour(reading, writing, checksum, advance) != checksum:
                raise OtherBytes("the file changed while it was copied, or the drive returned other bytes than before")
            notes = _keep_traits(reading, writing, status)
            times = (status.st_atime_ns, mtime_ns or status.st_mtime_ns)
            if os.utime in os.supports_fd:
                os.utime(writing, ns=times)
            disk_sync.sync(writing)
            _forget_cached(writing)
            if _read_back(writing, checksum) != checksum:
                raise Refused("the copy, read back, was not what was written: the destination's disk may be failing")
        if os.utime not in os.supports_fd:
            os.utime(os.path.join(target.path, temporary), ns=times)
        require(source, name, identity)
        return notes
    except BaseException as error:
        with contextlib.suppress(OSError):
            target.unlink(temporary)
        if isinstance(error, OSError):
            raise explain(error) from error
        raise


def _pour(reading: int, writing: int, checksum: str, advance: Callable[[int], None]) -> str:
    algorithm, digest = checksum.partition(":")[0], hasher(checksum)
    for block in blocks(reading):
        digest.update(block)
        written = 0
        while written < len(block):
            written += os.write(writing, block[written:])
        advance(len(block))
    return f"{algorithm}:{digest.hexdigest()}"


def _read_back(handle: int, checksum: str) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    digest = hasher(checksum)
    for block in blocks(handle):
        digest.update(block)
    return f"{checksum.partition(':')[0]}:{digest.hexdigest()}"


def _forget_cached(handle: int) -> None:
    """Make the next read come from the disk: what memory still holds proves nothing about it."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    elif sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, _MACOS_NO_CACHE, 1)


def _keep_traits(source: int, copy: int, status: os.stat_result) -> list[str]:
    """Give the copy the source's extended attributes, owner, permissions and times; what the file system cannot hold is told."""
    notes = []
    if sys.platform == "linux":
        for attribute in _attributes(source):
            try:
                os.setxattr(copy, attribute, os.getxattr(source, attribute))
            except OSError as error:
                if error.errno not in _TRAIT_UNKNOWN or attribute.startswith("user."):
                    notes.append(f"the extended attribute {attribute} could not be kept")
    elif sys.platform == "win32":
        if not windows_traits.keep(source, copy):
            notes.append("the time when it was made, and its attributes, could not be kept")
    elif sys.platform == "darwin":
        import ctypes

        # COPYFILE_ACL | COPYFILE_XATTR of <copyfile.h>: the standard library has no call for either on this system.
        if ctypes.CDLL(None).fcopyfile(source, copy, None, 0b101) != 0:
            notes.append("extended attributes could not be kept")
    if hasattr(os, "fchown"):
        with _unless_unknown():
            os.fchown(copy, status.st_uid, status.st_gid)
    if hasattr(os, "fchmod") and not IS_WINDOWS:
        with _unless_unknown():
            os.fchmod(copy, status.st_mode & 0o777)
    return notes


@contextlib.contextmanager
def _unless_unknown() -> Iterator[None]:
    """Pass over what FAT and network drives do not know, or do not let be set: a picture is whole without owner and permissions."""
    try:
        yield
    except OSError as error:
        if error.errno not in _TRAIT_UNKNOWN:
            raise


def _attributes(handle: int) -> list[str]:
    try:
        return os.listxattr(handle) if sys.platform == "linux" else []
    except OSError as error:
        if error.errno in _TRAIT_UNKNOWN:
            return []
        raise


def same_bytes(one: Folder, name: str, other: Folder, other_name: str, advance: Callable[[int], None] = lambda _: None) -> bool:
    """Return True where both files, the second one read from the disk, hold the same bytes. Raises Refused where one cannot be read."""
    try:
        with contextlib.ExitStack() as handles:
            first = one.open_to_read(name)
            handles.callback(os.close, first)
            second = other.open_to_read(other_name)
            handles.callback(os.close, second)
            other.sync_content(other_name, second)
            _forget_cached(second)
            with os.fdopen(os.dup(first), "rb") as left, os.fdopen(os.dup(second), "rb") as right:
                while chunk := left.read(_CHUNK):
                    if right.read(len(chunk)) != chunk:
                        return False
                    advance(len(chunk))
                return not right.read(1)
    except OSError as error:
        raise explain(error) from error


def require_same_bytes(folder: Folder, name: str, other: Folder, other_name: str, advance: Callable[[int], None] = lambda _: None) -> None:
    """Return only if `other_name` can be read and holds the bytes of `name`; raises Refused.

    Called once a file has left its name, it tells whether the other one is a file of its own. A network drive answers from memory that
    the other name is there; only opening it asks the drive, and there it is gone where both names led to one file.
    """
    where = os.path.join(other.path, other_name)
    try:
        os.close(other.open_to_read(other_name))
    except FileNotFoundError:
        raise Refused(f"kept, because {where} is not there without it: it went away, or both names lead to one and the same file") from None
    except OSError as error:
        raise Refused(f"kept, because {where} cannot be read: {explain(error)}") from error
    if not same_bytes(folder, name, other, other_name, advance):
        raise OtherBytes(f"kept, because it is not byte for byte the same as {where}")


def unlink_verified(
    source: Folder,
    name: str,
    identity: FileIdentity,
    aside: str,
    target: Folder,
    target_name: str,
    kept: FileIdentity,
    confirm: Callable[[], None] = lambda: None,
) -> int:
    """Unlink `name`, which must still be the file of `identity`, for `target_name` in `target` holds its bytes: that must be `kept`.

    The file is first renamed to `aside`. So a file that takes the name at the last moment is not unlinked in its place, and where
    both names lead to one file (bind mount, letter case, overlay), the other name is seen to vanish. `confirm` is called then, and
    may raise Refused: a file that was not made by this run has to be read at that moment. What comes back is the ctime that further
    hard links of the file now have, 0 where there are none. Raises Refused, everything as it was, and OSError.
    """
    require(source, name, identity)
    if _seems_one_file(identity, kept):
        raise Refused("kept, because both names seem to lead to one and the same file")
    if source.status(aside) is not None:
        raise Refused(f"kept, because {os.path.join(source.path, aside)} is in the way, which an earlier run left there")
    source.replace(name, aside)
    try:
        gone, left = source.status(aside), target.status(target_name)
        if gone is None or not source.is_renamed(gone, identity):
            raise Refused("the file changed since it was read; run again to take it as it is now")
        if left is None or not FileIdentity.of(left).same_but_for_ctime(kept):
            raise Refused("kept, because the other file with its bytes changed, or both names lead to one and the same file")
        confirm()
        handle = source.open_to_read(aside) if gone.st_nlink > 1 and identity.ctime_ns else -1
        try:
            source.unlink(aside)
            return FileIdentity.of(os.fstat(handle)).ctime_ns if handle >= 0 else 0
        finally:
            if handle >= 0:
                os.close(handle)
    except (Refused, OSError):
        restore_name(source, aside, source, name)
        raise


def _seems_one_file(one: FileIdentity, other: FileIdentity) -> bool:
    """Return True where two devices show one file (overlay, pool of drives, own network share): no two files get their ctime at once.

    Looking whether one name vanishes with the other would not do: such systems remember names for a while. Shares round times to
    100 ns; where ctime is a multiple of a millisecond, as on FAT, it is too coarse to tell anything.
    """
    coarse = other.ctime_ns % 1_000_000 == 0
    alike = one.size == other.size and all(a // 100 == b // 100 for a, b in zip(one[3:], other[3:]))
    return one.device != other.device and alike and not coarse


def restore_name(now: Folder, aside: str, home: Folder, name: str) -> None:
    """Give the file `aside` in `now` its `name` in `home` again, if it is there. Raises Refused where another one has the name."""
    if now.status(aside) is None:
        return
    try:
        now.rename(aside, home, name, lambda: None)
    except OSError as error:
        raise Refused(f"it lies at {os.path.join(now.path, aside)} now and could not be put back: {explain(error)}") from error


def checksum_of(folder: Folder, name: str, algorithm: str) -> str:
    """Return the checksum ("sha256:…") of a file as it is on the disk now. Raises Refused."""
    try:
        handle = folder.open_to_read(name)
        try:
            _forget_cached(handle)
            return _read_back(handle, f"{algorithm}:")
        finally:
            os.close(handle)
    except OSError as error:
        raise explain(error) from error
