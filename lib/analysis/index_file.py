"""The file that the index is kept in: where it lies, opened with care for what may lie there instead, set aside when it is no good."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import stat
import sys

from lib.files.names import free_path
from lib.model import BadRequest

logger = logging.getLogger(__name__)

_FORMAT = 1
_WAIT_FOR_OTHERS = 30.0
_MAGIC = b"SQLite format 3\0"
_TABLES = """
create table if not exists volume (id integer primary key, key text unique not null, mount_point blob not null);
create table if not exists folder (id integer primary key, volume integer not null, path blob not null, unique (volume, path));
create table if not exists file (
  id integer primary key, folder integer not null, name blob not null,
  size integer not null, mtime_ns integer not null, ctime_ns integer not null, inode integer not null, unique (folder, name));
"""


def default_index_path() -> str:
    """Where the index is kept unless the person says otherwise: the user's cache folder."""
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        cache = os.path.join(home, "Library", "Caches")
    elif sys.platform == "win32":
        cache = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    else:
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(cache, "photo-toolkit", "index.sqlite")


def open_base(path: str) -> sqlite3.Connection | None:
    """The base in the file at `path`, made where there is none; None, and a message, where it cannot be used. Raises BadRequest.

    A damaged base, or one of a newer version, is set aside for a new one.
    """
    _require_index(path)
    for _ in range(2):
        base = None
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            base = sqlite3.connect(path, timeout=_WAIT_FOR_OTHERS, isolation_level=None)
            _require_own_tables(base, path)
            version = base.execute("pragma user_version").fetchone()[0]
            if version <= _FORMAT:
                base.execute("pragma journal_mode = wal")
                base.execute("pragma synchronous = normal")
                base.executescript(_TABLES)
                base.execute(f"pragma user_version = {_FORMAT}")
                return base
            base.close()
            set_aside(path, "was made by a newer version of this toolkit")
        except (sqlite3.DatabaseError, OSError) as error:
            if base:
                base.close()
            if isinstance(error, OSError) or not is_damage(error):
                logger.warning("The index %s cannot be used (%s): this run remembers nothing.", path, error)
                return None
            set_aside(path, f"is damaged ({error})")
    return None


def _require_index(path: str) -> None:
    """Return if the file at `path` may be an index by its first bytes, or there is none. Raises BadRequest.

    What lies in the toolkit's own place in the cache is its own, whatever became of it.
    """
    with contextlib.suppress(OSError):
        status = os.stat(path)
        if path == default_index_path() or (stat.S_ISREG(status.st_mode) and not status.st_size):
            return
        if stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                if file.read(len(_MAGIC)) == _MAGIC:
                    return
        raise BadRequest(f"--index {path}: this is no index of this toolkit; name another file, which may be a new one.")


def _require_own_tables(base: sqlite3.Connection, path: str) -> None:
    tables = {name for (name,) in base.execute("select name from sqlite_master where type = 'table'")}
    if tables and not {"volume", "folder", "file"} <= tables:
        base.close()
        raise BadRequest(f"--index {path}: this is no index of this toolkit, but another program's; name another file.")


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """True where the content is at fault; a lock, a full disk or a missing right passes."""
    return getattr(error, "sqlite_errorname", "").split("_")[:2] in (["SQLITE", "CORRUPT"], ["SQLITE", "NOTADB"], ["SQLITE", "ERROR"])


def set_aside(path: str, why: str) -> None:
    """Give the base another name, so that a new one can be begun, and tell why."""
    aside = free_path(f"{path}.aside", os.path.lexists)
    try:
        for ending in ("-wal", "-shm"):
            if os.path.exists(path + ending):
                os.replace(path + ending, aside + ending)
        os.replace(path, aside)
    except OSError as error:
        logger.warning("The index %s %s, and could not be set aside (%s).", path, why, error)
        return
    logger.warning("The index %s %s: it was set aside as %s, and a new one is begun.", path, why, aside)
