"""What all modes of cold storage begin and end with: the bucket, the album, the lock, the table of what became of each file."""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lib.album.command import album_root
from lib.cold_storage import prices as price_table
from lib.cold_storage import record, report
from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.client import Bucket, connect
from lib.cold_storage.model import ListedObject, StorageError, StoreUrl
from lib.cold_storage.prices import Prices
from lib.cold_storage.record import Record, RememberedStore
from lib.files.names import free_path
from lib.files.scanning import OWN_FOLDER
from lib.model import BadRequest, Failure, in_words
from lib.reporting import command_line, csv_tables
from lib.transfer import lock

_MEGABYTE = 1_000_000
_LOCK = "cold-storage.lock"


@dataclass(frozen=True, slots=True)
class Session:
    """One request of the person, checked, and all that it is carried out with. `stop` is set where the person stops it."""

    url: StoreUrl
    endpoint: str
    bucket: Bucket
    root: str
    prices: Prices
    now: datetime
    stop: threading.Event
    bandwidth: Bandwidth
    dryrun: bool
    table: Path

    @contextlib.contextmanager
    def open_record(self) -> Iterator[tuple[RememberedStore, Record]]:
        """What is known of the bucket, and where to write down more; alone with it for the block. A dry run writes nothing."""
        if self.dryrun:
            yield record.read(self.root, self.url, self.endpoint), Record(None)
            return
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(lock.hold(self.root, OWN_FOLDER, _LOCK))
                known = held.enter_context(record.open_record(self.root, self.url, self.endpoint))
            except OSError as error:
                raise BadRequest(f"Nothing can be written to {self.root}: {in_words(error)}.") from error
            yield known

    def listed(self) -> dict[str, ListedObject]:
        """Every object of the bucket, by key. Raises BadRequest."""
        found: dict[str, ListedObject] = {}
        try:
            with command_line.progress("Listing the bucket") as advance:
                for one in self.bucket.list_objects():
                    found[one.key] = one
                    advance(1, 0)
        except StorageError as error:
            raise BadRequest(f"{error}.") from None
        return found

    def finish(self, rows: Iterable[report.Row], failures: Sequence[Failure]) -> int:
        """Write the table, and name what went wrong; the exit code."""
        written = self._write(rows)
        command_line.tell_failures(failures)
        print(f"Report: {command_line.printable(written)}")
        if self.stop.is_set():
            print("Stopped; starting again goes on from here.")
            return command_line.INTERRUPTED
        return command_line.SOME_FAILED if failures else command_line.DONE

    def _write(self, rows: Iterable[report.Row]) -> Path:
        cells = [row.cells() for row in rows]
        try:
            csv_tables.write(self.table, report.COLUMNS, cells)
            return self.table
        except OSError as error:
            command_line.log.error("The report could not be written to %s: %s.", self.table, in_words(error))
            instead = Path(tempfile.mkdtemp(prefix="cold-storage-report-"), self.table.name)
            csv_tables.write(instead, report.COLUMNS, cells)
            return instead


@contextlib.contextmanager
def open_session(arguments: argparse.Namespace, address: str, *, must_exist: bool, now: datetime) -> Iterator[Session]:
    """A session with the bucket at `address`, ended gently by Ctrl-C. Raises BadRequest before anything is sent."""
    url = StoreUrl.parse(address)
    endpoint = _endpoint(arguments.endpoint)
    root = album_root(arguments.output, must_exist=must_exist)
    target = _report_target(arguments.report, now)
    csv_tables.check_target(target, report.COLUMNS)
    prices = price_table.load()
    bucket = connect(url, endpoint)
    with command_line.stop_gently() as stop:
        bandwidth = Bandwidth(arguments.bandwidth * _MEGABYTE, stop)
        yield Session(url, endpoint, bucket, root, prices, now, stop, bandwidth, arguments.dryrun, target)


def _endpoint(text: str) -> str:
    if "@" in text:
        raise BadRequest("--endpoint: a name and a password do not belong into the address; set them up with `aws configure`.")
    if text and not text.startswith(("http://", "https://")):
        raise BadRequest(f"--endpoint {text}: write it as https://name or http://name:port.")
    return text.rstrip("/")


def _report_target(asked: str | None, now: datetime) -> Path:
    if asked:
        return Path(asked).expanduser().absolute()
    return Path(free_path(os.path.abspath(f"cold-storage-report-{now:%Y-%m-%d-%H%M%S}.csv"), os.path.lexists))


def from_any_thread(advance: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """A progress bar that several threads may move."""
    guard = threading.Lock()

    def move(files: int, count: int) -> None:
        with guard:
            advance(files, count)

    return move
