"""Hold a folder by its handle, so that no link planted on the way can lead a write elsewhere.

Every step below a root opens one folder without following links; names are then looked up in that open folder. Windows
has no such handles: there the same calls go by path.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from lib.files import disk_sync
from lib.files.exclusive_rename import exclusive_rename
from lib.files.junctions import is_junction
from lib.files.volumes import mounted, volume_of
from lib.model import change_time_ns

_BY_HANDLE = os.open in os.supports_dir_fd
_IS_WINDOWS = os.name == "nt"
_IN_USE = {32, 33}  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_ACCESS_DENIED = 5  # also of a file that is being deleted, or that a virus scanner has in hand
_PATIENCE, _PAUSE = 2.0, 0.05  # seconds
_BINARY: int = getattr(os, "O_BINARY", 0)
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NON_BLOCK: int = getattr(os, "O_NONBLOCK", 0)
_DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
_NOT_SUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_IS_LINK = "it is a link; only a file of its own is opened here"
_NO_LINKS = _NOT_SUPPORTED | {errno.EPERM, errno.EMLINK}

_Result = TypeVar("_Result")


class FileIdentity(NamedTuple):
    """What tells that a name still means the file, and the bytes, that it meant before."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        """Return the identity that a stat tells."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, change_time_ns(status))

    def same_but_for_ctime(self, other: FileIdentity) -> bool:
        """Return True where at most the ctime differs, as it does once a file got another name."""
        return self[:4] == other[:4]

    def same_but_for_numbers(self, other: FileIdentity) -> bool:
        """Return True where device, size and mtime are the same."""
        return (self.device, self.size, self.mtime_ns) == (other.device, other.size, other.mtime_ns)


class Folder:
    """An open folder. Use it in a `with` block, or close it."""

    def __init__(self, path: str, handle: int | None) -> None:
        """Take over an open handle (None on Windows); use `open_root` to get the first one."""
        self.path = path
        self._handle = handle
        self._is_denied = False

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the handle back; further calls fail."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _at(self, name: str) -> str:
        if not name or name in (".", "..") or "/" in name or os.sep in name or "\0" in name:
            raise ValueError(f"not the name of one file: {name!r}")
        return name if self._handle is not None else os.path.join(self.path, name)

    def open_child(self, name: str, *, create: bool = False) -> Folder:
        """Return the folder `name` in this one, made first where `create` says so. Raises OSError; a link counts as no folder."""
        target = self._at(name)
        if create:
            with contextlib.suppress(FileExistsError):
                os.mkdir(target, dir_fd=self._handle)
                self.sync()
        path = os.path.join(self.path, name)
        if self._handle is None:
            if not stat.S_ISDIR(os.lstat(path).st_mode) or os.path.islink(path) or is_junction(path):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            return Folder(path, None)
        try:
            return Folder(path, os.open(target, os.O_RDONLY | _DIRECTORY | _NO_FOLLOW, dir_fd=self._handle))
        except OSError as error:
            error.filename = path
            raise

    def status(self, name: str) -> os.stat_result | None:
        """Return what `name` is, links not followed; None where there is no such name."""
        try:
            return os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def identity(self) -> tuple[int, int]:
        """Return device and inode of the folder itself."""
        status = os.stat(self.path) if self._handle is None else os.fstat(self._handle)
        return status.st_dev, status.st_ino

    def is_unchanged(self, status: os.stat_result, before: FileIdentity) -> bool:
        """Return True where `status`, of a name in this folder, tells of the file that was `before`, untouched.

        A network drive may give a file another inode at any time, once the system has forgotten it.
        """
        now = FileIdentity.of(status)
        return now == before or (now._replace(inode=before.inode) == before and not self._has_stable_inodes())

    def is_renamed(self, status: os.stat_result, before: FileIdentity) -> bool:
        """Return True where `status`, of a name in this folder, may be that of the file which was `before` under another name.

        A rename gives a new ctime. On FAT and exFAT the inode is made of the place in the folder, so it gives a new one as well.
        """
        now = FileIdentity.of(status)
        return now.same_but_for_ctime(before) or (now.same_but_for_numbers(before) and not self._has_stable_inodes())

    def _has_stable_inodes(self) -> bool:
        return volume_of(os.path.realpath(self.path), mounted()).stable_inodes

    def open_to_read(self, name: str) -> int:
        """Return a descriptor of the regular file `name`. Raises OSError, also for links, pipes and devices (which would hang)."""
        return self._open_regular(name, os.O_RDONLY)

    def sync_content(self, name: str, handle: int) -> None:
        """Bring the bytes of the file `name`, which is open as `handle`, to the disk. Raises OSError.

        Some systems do that only for who may write: a file that is read-only there is taken as it is.
        """
        with contextlib.suppress(PermissionError):
            try:
                disk_sync.sync(handle)
            except OSError as error:
                if error.errno != errno.EBADF:
                    raise
                writing = self._open_regular(name, os.O_RDWR)
                try:
                    disk_sync.sync(writing)
                finally:
                    os.close(writing)

    def create(self, name: str, mode: int = 0o600) -> int:
        """Return a descriptor, for reading and writing, of the new and empty file `name`. Raises FileExistsError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
        return os.open(self._at(name), flags, mode, dir_fd=self._handle)

    def open_own(self, name: str, *, append: bool = False) -> int:
        """Return a descriptor, for reading and writing, of the toolkit's own file `name`, made where there is none. Raises OSError."""
        return self._open_regular(name, os.O_RDWR | os.O_CREAT | (os.O_APPEND if append else 0))

    def _open_regular(self, name: str, flags: int) -> int:
        path = os.path.join(self.path, name)
        if not _NO_FOLLOW and os.path.islink(path):
            raise OSError(errno.ELOOP, _IS_LINK, path)
        try:
            handle = self._patiently(lambda: os.open(self._at(name), flags | _NO_FOLLOW | _NON_BLOCK | _BINARY, 0o666, dir_fd=self._handle))
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise OSError(errno.ELOOP, _IS_LINK, path) from error
            raise
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        return handle

    def names(self) -> list[str]:
        """Return the names in this folder, in no order. Raises OSError."""
        return os.listdir(self.path if self._handle is None else self._handle)

    def unlink(self, name: str) -> None:
        """Remove the name. Raises OSError."""
        path = self._at(name)
        writable = _make_writable(path) if _IS_WINDOWS else None
        try:
            self._patiently(lambda: os.unlink(path, dir_fd=self._handle))
        except OSError:
            if writable is not None:
                os.chmod(path, writable)
            raise

    def _patiently(self, call: Callable[[], _Result]) -> _Result:
        """Return what `call` gives; on Windows it is tried again for a while where another program has the file open. Raises OSError.

        Access that is denied may be a matter of a moment too. In one folder this is waited for once, since mostly it is for good.
        """
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return call()
            except OSError as error:
                number = getattr(error, "winerror", None)
                passes = number in _IN_USE or (number == _ACCESS_DENIED and not self._is_denied)
                if not passes or time.monotonic() > end:
                    self._is_denied |= number == _ACCESS_DENIED
                    raise
            time.sleep(_PAUSE)

    def remove_child(self, name: str) -> None:
        """Remove the empty folder `name`. Raises OSError where it is not empty."""
        os.rmdir(self._at(name), dir_fd=self._handle)

    def replace(self, name: str, new_name: str) -> None:
        """Rename within this folder, over what has the new name: for files of the toolkit's own only. Raises OSError."""
        paths = self._at(name), self._at(new_name)
        self._patiently(lambda: os.replace(*paths, src_dir_fd=self._handle, dst_dir_fd=self._handle))

    def sync(self) -> None:
        """Make the names in this folder survive a power cut, where the system can."""
        if self._handle is not None:
            try:
                disk_sync.sync(self._handle)
            except OSError as error:
                if error.errno not in _NOT_SUPPORTED:
                    raise

    def rename(self, name: str, target: Folder, new_name: str, reserve: Callable[[], None]) -> None:
        """Give the file `name` its `new_name` in `target` in one step, never replacing anything.

        Raises FileExistsError where the name is taken, OSError (EXDEV across file systems) otherwise; then nothing has changed.
        Where the file system knows neither a rename without replacing nor hard links, `reserve` is called (to write down
        that an empty file of that name is ours) before the name is taken by an empty file and then renamed over.
        """
        if _IS_WINDOWS:
            self._patiently(lambda: os.rename(self._at(name), target._at(new_name)))
        elif not self._rename_without_replacing(name, target, new_name) and not self._link_over(name, target, new_name):
            self._rename_over_reservation(name, target, new_name, reserve)

    def _rename_without_replacing(self, name: str, target: Folder, new_name: str) -> bool:
        call = exclusive_rename()
        if call is None:
            return False
        if call(self._handle, os.fsencode(self._at(name)), target._handle, os.fsencode(target._at(new_name))) == 0:
            return True
        number = ctypes.get_errno()
        if number in _NOT_SUPPORTED:
            return False
        raise OSError(number, os.strerror(number), os.path.join(target.path, new_name))

    def _link_over(self, name: str, target: Folder, new_name: str) -> bool:
        try:
            os.link(self._at(name), target._at(new_name), src_dir_fd=self._handle, dst_dir_fd=target._handle, follow_symlinks=False)
        except OSError as error:
            # A mount of rclone says EIO where it means that it knows no links.
            if error.errno in _NO_LINKS or (error.errno == errno.EIO and target.status(new_name) is None):
                return False
            raise
        try:
            target.sync()
            self.unlink(name)
        except OSError:
            # What failed may have been done all the same (network drives): the new name goes only while the old one is there.
            if self.status(name) is not None:
                target.unlink(new_name)
            raise
        return True

    def _rename_over_reservation(self, name: str, target: Folder, new_name: str, reserve: Callable[[], None]) -> None:
        if target.status(new_name) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.path.join(target.path, new_name))
        reserve()
        os.close(target.create(new_name))
        try:
            os.rename(self._at(name), target._at(new_name), src_dir_fd=self._handle, dst_dir_fd=target._handle)
        except OSError:
            reserved = target.status(new_name)
            if reserved is not None and reserved.st_size == 0 and self.status(name) is not None:
                target.unlink(new_name)
            raise


def is_in_use(error: OSError) -> bool:
    """Return True where another program has the file open, and the system therefore refused."""
    return getattr(error, "winerror", None) in _IN_USE


def _make_writable(path: str) -> int | None:
    """Take the mark of a read-only file away, with which Windows does not unlink it; return its mode as it was, None without the mark."""
    with contextlib.suppress(FileNotFoundError):
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode) and not mode & stat.S_IWRITE:
            os.chmod(path, mode | stat.S_IWRITE)
            return stat.S_IMODE(mode)
    return None


def open_root(path: str) -> Folder:
    """Return the folder at `path`, which was a real path when it was noted. Raises OSError, also where a link has come in its way since."""
    if not _BY_HANDLE:
        if not os.path.isdir(path):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return Folder(path, None)
    folder = Folder(path, os.open(path, os.O_RDONLY | _DIRECTORY | _NO_FOLLOW))
    try:
        now = os.stat(path)
        if os.path.realpath(path) != os.path.abspath(path) or (now.st_dev, now.st_ino) != folder.identity():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    except OSError:
        folder.close()
        raise
    return folder


def make_root(path: str) -> None:
    """Make the folder at `path` and those on the way to it, so that they survive a power cut. Raises OSError."""
    missing = []
    while not os.path.isdir(path):
        path, name = os.path.split(path)
        missing.append(name)
    for name in reversed(missing):
        with open_root(path) as parent:
            parent.open_child(name, create=True).close()
        path = os.path.join(path, name)


@contextlib.contextmanager
def open_below(
    root: str, relative: str, *, create: bool = False, open_folder: Callable[[str], Folder] = open_root
) -> Iterator[tuple[Folder, str]]:
    """Return the open folder that holds `relative` (parts divided by "/") below `root`, and the last part. Raises OSError."""
    *folders, name = relative.split("/")
    current = open_folder(root)
    try:
        for part in folders:
            following = current.open_child(part, create=create)
            current.close()
            current = following
        yield current, name
    finally:
        current.close()
