"""What is known of every file ever looked at, in one SQLite file: each thing is read once, until the file changes."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from lib.analysis import index_file
from lib.files.volumes import Volume, connected, mounted, volume_of
from lib.model import MediaFile

logger = logging.getLogger(__name__)

Value = bytes | str
"""An answer in bytes, or in words why there is none."""
_Result = TypeVar("_Result")

_MOST_WAITING = 1000
_COARSE_TIMES_NS = 4_000_000_000
_HALF = 1 << 63
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")
_FIND = "select size, mtime_ns, ctime_ns, inode, id from file where folder = ? and name = ?"


@dataclass(frozen=True, slots=True)
class OfflineFile:
    """A file on a drive that is not connected: as it was when last looked at, and what was found out then."""

    file: MediaFile
    volume: str
    values: tuple[Value | None, ...]


class Index:
    """The index at `path`, made where there is none; with None, or where it cannot be used, nothing is remembered.

    Several processes may use one index. Columns are named by who asks ("sha256_1"), and hold bytes, or a text that says why the
    file has no answer. What is known of a file counts while its inode, size, mtime and ctime are what they were; on file systems
    that make up inode numbers at each mount, while size and mtime are.
    """

    def __init__(self, path: str | None) -> None:
        """Open it; a damaged index, or one of a newer version, is set aside and told of. Raises BadRequest for a file that is none."""
        self._path = path or ""
        self._volumes: list[Volume] | None = None
        self._places: dict[str, tuple[int | None, Volume]] = {}
        self._volume_ids: dict[str, int] = {}
        self._waiting: list[tuple[MediaFile, Mapping[str, Value]]] = []
        self._carried: list[tuple[MediaFile, MediaFile]] = []
        self._base = index_file.open_base(path) if path else None
        self._columns = _columns_of(self._base) if self._base else set()

    @property
    def is_open(self) -> bool:
        """True where what is remembered will be kept."""
        return self._base is not None

    def has_any(self, columns: Sequence[str]) -> bool:
        """True where something may be known in one of `columns`."""
        self.flush()
        return self.is_open and not self._columns.isdisjoint(columns)

    def recall(self, folder: str, files: Sequence[MediaFile], columns: Sequence[str]) -> list[tuple[Value | None, ...]]:
        """For each of `files`, all of `folder`, what is known of it in `columns`; None where nothing is, or it changed since.

        All that is known of files between the first name and the last is in memory for that time: give neighbours.
        """
        self.flush()
        nothing: tuple[Value | None, ...] = (None,) * len(columns)
        if not self._base or self._columns.isdisjoint(columns):
            return [nothing] * len(files)
        place, volume = self._place(folder)
        chosen, joined = self._select(columns)
        names = [os.fsencode(file.name) for file in files]
        if place is None or not names:
            return [nothing] * len(files)
        query = f"select name, size, mtime_ns, ctime_ns, inode, {chosen} from file {joined} where folder = ? and name between ? and ?"
        rows = {row[0]: row for row in self._rows(query, place, min(names), max(names))}
        found = map(rows.get, names)
        return [row[5:] if row and _is_same(file, row[1:5], volume) else nothing for file, row in zip(files, found)]

    def remember(self, file: MediaFile, values: Mapping[str, Value]) -> None:
        """Keep `values` by column for `file` as it was seen. They are written in batches, and when the index is closed."""
        if self._base and values:
            self._waiting.append((file, values))
            if len(self._waiting) >= _MOST_WAITING:
                self.flush()

    def carry(self, old: MediaFile, new: MediaFile) -> None:
        """Let what is known of `old` hold for `new` too: the same bytes at another place, as they are seen there.

        It is written in batches, like what is remembered.
        """
        if self._base:
            self._carried.append((old, new))
            if len(self._carried) >= _MOST_WAITING:
                self.flush()

    def forget(self, folder: str, name: str) -> None:
        """Let nothing be known of this file: it was found to hold other bytes, though it looks from outside as it did."""
        self.flush()
        place, _ = self._place(folder)
        self._try(lambda base: self._delete(base, place, os.fsencode(name)), None)

    def away(self, columns: Sequence[str]) -> Iterator[OfflineFile]:
        """Every file known on volumes that are not connected now, with what is known of it in `columns`.

        Folders are told as they were at the last mount point.
        """
        self.flush()
        chosen, joined = self._select(columns)
        here = connected(self._mounted())
        for number, key, point in self._rows("select id, key, mount_point from volume"):
            if key in here or self._is_at(os.fsdecode(point), key):
                continue
            query = (
                f"select folder.path, file.name, size, mtime_ns, ctime_ns, inode, {chosen} "
                f"from file join folder on folder.id = file.folder {joined} where folder.volume = ?"
            )
            for path, name, size, mtime_ns, ctime_ns, inode, *values in self._rows(query, number):
                folder = os.fsdecode(point).rstrip(os.sep) + os.fsdecode(path)
                yield OfflineFile(MediaFile(folder, os.fsdecode(name), size, mtime_ns, ctime_ns, 0, inode), key, tuple(values))

    def _is_at(self, point: str, key: str) -> bool:
        """True where the volume is still mounted where it was; another one may be there by now."""
        return os.path.isdir(point) and volume_of(os.path.realpath(point), self._mounted()).key == key

    def forget_features(self, names: Collection[str]) -> int:
        """Delete what is known in the columns of these features, whatever their version; how many answers that were. Raises DatabaseError.

        What is deleted is overwritten in the file, so that it cannot be read there any more.
        """
        self.flush()
        if self._base is None:
            return 0
        # The tables stay, since another process may count on them.
        columns = [column for column in _columns_of(self._base) if column.rpartition("_")[0] in names]
        self._base.execute("pragma secure_delete = on")
        with self._base:
            self._base.execute("begin immediate")
            count = sum(self._base.execute(f"delete from known_{column}").rowcount for column in columns)
        self._base.execute("vacuum")
        self._base.execute("pragma wal_checkpoint(truncate)")
        return count

    def flush(self) -> None:
        """Write down what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._try(lambda base: self._write(base, waiting), None)
        carried, self._carried = self._carried, []
        if carried:
            self._try(lambda base: self._copy_all(base, carried), None)

    def close(self) -> None:
        """Write down what waits, and let go of the file."""
        self.flush()
        if self._base:
            self._base.close()
            self._base = None

    def __enter__(self) -> Index:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it, whatever happened: what was found out until then is worth keeping."""
        self.close()

    def _mounted(self) -> list[Volume]:
        if self._volumes is None:
            self._volumes = mounted()
        return self._volumes

    def _select(self, columns: Sequence[str]) -> tuple[str, str]:
        """The parts of a query that fetch `columns`; those that were never filled are null."""
        chosen = ", ".join(f"known_{column}.value" if column in self._columns else "null" for column in columns)
        joined = " ".join(f"left join known_{c} on known_{c}.file = file.id" for c in columns if c in self._columns)
        return chosen, joined

    def _place(self, folder: str, *, make: bool = False) -> tuple[int | None, Volume]:
        """The row of `folder` (None where there is none and none is made), and its volume."""
        known = self._places.get(folder)
        if known and (known[0] is not None or not make):
            return known
        real = os.path.realpath(folder)
        volume = known[1] if known else volume_of(real, self._mounted())
        key, within = volume.key, os.fsencode(volume.within(real))

        def find(base: sqlite3.Connection) -> int | None:
            if make and key not in self._volume_ids:
                base.execute(
                    "insert into volume (key, mount_point) values (?, ?) "
                    "on conflict (key) do update set mount_point = excluded.mount_point",
                    (key, os.fsencode(volume.mount_point)),
                )
            if key not in self._volume_ids and (found := base.execute("select id from volume where key = ?", (key,)).fetchone()):
                self._volume_ids[key] = found[0]
            where = (self._volume_ids.get(key), within)
            if make:
                base.execute("insert or ignore into folder (volume, path) values (?, ?)", where)
            found = base.execute("select id from folder where volume = ? and path = ?", where).fetchone()
            return found[0] if found else None

        row = find(self._base) if make and self._base else self._try(find, None)
        self._places[folder] = (row, volume)
        return row, volume

    def _write(self, base: sqlite3.Connection, waiting: Sequence[tuple[MediaFile, Mapping[str, Value]]]) -> None:
        now = time.time_ns()
        with base:
            base.execute("begin immediate")
            for column in {column for _, values in waiting for column in values} - self._columns:
                if not _COLUMN.fullmatch(column):
                    raise ValueError(f"no name of a column: {column}")
                base.execute(f"create table if not exists known_{column} (file integer primary key, value not null)")
                self._columns.add(column)
            for file, values in waiting:
                place, volume = self._place(file.folder, make=True)
                # With coarse times and no inode, a file that was written just now could pass for what it becomes next.
                if volume.stable_inodes or file.mtime_ns < now - _COARSE_TIMES_NS:
                    number = self._row(base, file, place, volume)
                    for column, value in values.items():
                        base.execute(f"insert or replace into known_{column} values (?, ?)", (number, value))

    def _copy_all(self, base: sqlite3.Connection, carried: Sequence[tuple[MediaFile, MediaFile]]) -> None:
        with base:
            base.execute("begin immediate")
            for old, new in carried:
                self._copy(base, old, new)

    def _copy(self, base: sqlite3.Connection, old: MediaFile, new: MediaFile) -> None:
        (place, volume), (new_place, new_volume) = self._place(old.folder), self._place(new.folder, make=True)
        known = base.execute(_FIND, (place, os.fsencode(old.name))).fetchone()
        if known and _is_same(old, known[:4], volume):
            number = self._row(base, new, new_place, new_volume)
            for column in self._columns:
                copied = f"insert or replace into known_{column} select ?, value from known_{column} where file = ?"
                base.execute(copied, (number, known[4]))

    def _row(self, base: sqlite3.Connection, file: MediaFile, place: int | None, volume: Volume) -> int:
        """The row of `file` as it is now; what was known of it before it changed is dropped."""
        name = os.fsencode(file.name)
        old = base.execute(_FIND, (place, name)).fetchone()
        if old and _is_same(file, old[:4], volume):
            return int(old[4])
        self._delete(base, place, name)
        made = base.execute(
            "insert into file (folder, name, size, mtime_ns, ctime_ns, inode) values (?, ?, ?, ?, ?, ?)",
            (place, name, file.size, _time(file.mtime_ns), _time(file.ctime_ns), _signed(file.inode)),
        )
        return int(made.lastrowid or 0)

    def _delete(self, base: sqlite3.Connection, place: int | None, name: bytes) -> None:
        """Drop the row of a file, and all that was known of it."""
        if old := base.execute(_FIND, (place, name)).fetchone():
            for column in self._columns | _columns_of(base):
                base.execute(f"delete from known_{column} where file = ?", (old[4],))
            base.execute("delete from file where id = ?", (old[4],))

    def _rows(self, query: str, *values: object) -> list[Any]:
        return self._try(lambda base: base.execute(query, values).fetchall(), [])

    def _try(self, action: Callable[[sqlite3.Connection], _Result], instead: _Result) -> _Result:
        """What `action` gives; where the index fails, `instead`, and this run goes on without an index."""
        if not self._base:
            return instead
        try:
            return action(self._base)
        except sqlite3.DatabaseError as error:
            self._base.close()
            self._base = None
            if index_file.is_damage(error):
                index_file.set_aside(self._path, f"is damaged ({error})")
            else:
                logger.warning("The index %s cannot be used now (%s): this run remembers nothing.", self._path, error)
            return instead


def _columns_of(base: sqlite3.Connection) -> set[str]:
    rows = base.execute("select name from sqlite_master where type = 'table' and name like 'known\\_%' escape '\\'").fetchall()
    return {name.removeprefix("known_") for (name,) in rows}


def _is_same(file: MediaFile, row: tuple[int, int, int, int], volume: Volume) -> bool:
    if volume.stable_inodes:
        return row == (file.size, _time(file.mtime_ns), _time(file.ctime_ns), _signed(file.inode))
    return row[:2] == (file.size, _time(file.mtime_ns))


def _time(nanoseconds: int) -> int:
    """SQLite holds times from the year 1677 to 2262; a clock that was set wrong comes out as another time, but always as the same."""
    return (nanoseconds + _HALF) % (2 * _HALF) - _HALF


def _signed(inode: int) -> int:
    """SQLite holds 63 bits and a sign; some file systems number their files with more."""
    return inode & 0x7FFF_FFFF_FFFF_FFFF
