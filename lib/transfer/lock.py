"""Let one run at a time change an album, also where several computers reach it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from lib.files.folders import Folder, open_root
from lib.files.own_files import read_file
from lib.model import BadRequest

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}
_LONGEST = 1000
_TRIES = 3


@contextlib.contextmanager
def hold(root: str, own_folder: str, name: str = "lock") -> Iterator[None]:
    """Hold the lock of `root` for the block. On one computer the system lets go of it when its holder dies, so a dead run never blocks.

    Network drives keep the locks of their computers to themselves, so a file tells the others who is at work. One that names another
    computer blocks, since nobody can tell from here whether its run is alive. Locks of another `name` are for work that changes no
    picture, and keep out only their like. Raises BadRequest where another run holds it, OSError where nothing can be written.
    """
    with contextlib.ExitStack() as stack:
        top = stack.enter_context(open_root(root))
        own = _closed_at_last(stack, top.open_child(own_folder, create=True))
        handle = own.open_own(name)
        stack.callback(_without_complaint, os.close, handle)
        try:
            _take(handle)
        except OSError as error:
            if error.errno in _HELD:
                raise _refusal(root, own, name) from error
            _hold_elsewhere(root, name, own, stack)
        _claim(own, name, root)
        stack.callback(_without_complaint, own.unlink, _holder_name(name))
        yield


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who holds a lock: the computer's name, the number of the process there, and when that began, as the system counts."""

    host: str
    process: int
    began: str

    @property
    def is_from_here(self) -> bool:
        """True where it ran on this computer."""
        return self.host == _host()

    @property
    def is_dead(self) -> bool:
        """True where it ran on this computer and does not any more, or is this very process."""
        if not self.is_from_here:
            return False
        if os.name == "nt" or self.process == os.getpid():
            return True  # Windows' locks hold over the network too: who got this far is alone
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return _began(self.process) != self.began


def _claim(own: Folder, name: str, root: str) -> None:
    """Write down who is at work, in a file that only one can make. Raises BadRequest where another one did, and OSError."""
    me, temporary, holder = _Holder(_host(), os.getpid(), _began(os.getpid())), f".{name}.holder.tmp", _holder_name(name)
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):
            own.unlink(temporary)
        with os.fdopen(own.create(temporary, 0o666), "wb") as file:
            file.write(json.dumps(asdict(me)).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            own.rename(temporary, own, holder, lambda: None)
        told = _read(own, name)
        if told == me:
            return
        if told is not None and not told.is_dead:
            break
        with contextlib.suppress(FileNotFoundError):
            own.unlink(holder)
    _without_complaint(own.unlink, temporary)
    raise _refusal(root, own, name)


def _holder_name(name: str) -> str:
    return f"{name}.holder"


def _read(own: Folder, name: str) -> _Holder | None:
    """Return who holds the lock; None where nobody says so, or it makes no sense."""
    try:
        told = json.loads(read_file(own, _holder_name(name), largest=_LONGEST))
        return _Holder(str(told["host"]), int(told["process"]), str(told["began"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _began(process: int) -> str:
    """Return when a process began, in the system's own count; empty where the system does not tell."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _closed_at_last(stack: contextlib.ExitStack, folder: Folder) -> Folder:
    stack.callback(_without_complaint, folder.close)
    return folder


def _without_complaint(call: Callable[..., object], *words: object) -> None:
    """Do it as far as it can be done: a network that was cut must not cost the report of what was done before."""
    with contextlib.suppress(OSError):
        call(*words)


def _hold_elsewhere(root: str, name: str, own: Folder, stack: contextlib.ExitStack) -> None:
    """Lock a file of this computer instead: some network drives know no locks, and there at least the runs here keep apart."""
    name_here = f"photo-toolkit-{hashlib.sha256(os.fsencode(os.path.join(root, name))).hexdigest()[:16]}.lock"
    with open_root(os.path.realpath(tempfile.gettempdir())) as folder:
        handle = folder.open_own(name_here)
    stack.callback(_without_complaint, os.close, handle)
    try:
        _take(handle)
    except OSError as error:
        raise _refusal(root, own, name) from error


def _refusal(root: str, own: Folder, name: str) -> BadRequest:
    holder = _read(own, name)
    if holder is not None and not holder.is_from_here:
        return BadRequest(
            f"The computer {holder.host} (process {holder.process}) is changing {root} just now, or was cut off while it did; wait until "
            "it has ended, then start again. If it is not at work any more, start the same there once, or delete the file "
            f"{os.path.join(own.path, _holder_name(name))}."
        )
    who = f" (process {holder.process})" if holder else ""
    return BadRequest(f"Another run{who} is changing {root} just now; wait until it has ended, then start again.")


def _take(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # A byte far behind the text: Windows would not let others read a locked one.
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
