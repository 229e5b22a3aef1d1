"""Large files go in parts, and what arrived is not sent again."""

from __future__ import annotations

import base64
import io
import threading
from typing import cast

from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.client import Bucket, Part
from lib.cold_storage.model import FileChecksums, StorageError, Trouble
from lib.cold_storage.multipart import Sending
from lib.cold_storage.record import BegunUpload, Record

PARTS = (b"aaaa", b"bbbb", b"cc")
DIGESTS = tuple(bytes([number]) * 32 for number in range(3))
SUMS = FileChecksums("ab" * 32, "cd" * 16, 4, DIGESTS)


class FakeBucket:
    """Notes what it is asked; knows only the uploads in `known`."""

    def __init__(self, *known: str) -> None:
        self.known, self.calls = set(known), [""][:0]

    def begin_parts(self, key: str, traits: object) -> str:
        self.known.add("fresh")
        self.calls.append("begin")
        return "fresh"

    def put_part(self, key: str, upload: str, number: int, body: Part, checksum: str) -> str:
        if upload not in self.known:
            raise StorageError("not known", Trouble.NO_UPLOAD)
        assert checksum == base64.b64encode(DIGESTS[number - 1]).decode() and body.read() == PARTS[number - 1]
        self.calls.append(f"{upload} {number}")
        return f"etag{number}"

    def complete_parts(self, key: str, upload: str, parts: list[tuple[str, str]], *, replaces: str = "") -> str:
        assert [etag for etag, _ in parts] == ["etag1", "etag2", "etag3"]
        self.calls.append(f"complete {upload}")
        return "done"

    def abandon_parts(self, key: str, upload: str) -> None:
        self.calls.append(f"abandon {upload}")


def send(bucket: FakeBucket, begun: BegunUpload | None) -> list[str]:
    sending = Sending(cast(Bucket, bucket), Record(None), Bandwidth(0, threading.Event()), lambda files, count: None)
    assert sending.send("k", io.BytesIO(b"".join(PARTS)), 10, SUMS, {}, begun) == "done"
    return bucket.calls


def test_all_parts_are_sent() -> None:
    assert send(FakeBucket(), None) == ["begin", "fresh 1", "fresh 2", "fresh 3", "complete fresh"]


def test_only_what_did_not_arrive_is_sent_again() -> None:
    begun = BegunUpload("old", SUMS.sha256, 4, {1: "etag1", 2: "etag2"})
    assert send(FakeBucket("old"), begun) == ["old 3", "complete old"]


def test_an_upload_that_the_server_forgot_is_begun_anew() -> None:
    assert send(FakeBucket(), BegunUpload("old", SUMS.sha256, 4, {1: "etag1"}))[0] == "begin"


def test_what_was_begun_for_other_bytes_is_let_go_of() -> None:
    calls = send(FakeBucket("old"), BegunUpload("old", "ff" * 32, 4, {1: "etag1"}))
    assert calls[:2] == ["abandon old", "begin"] and len([call for call in calls if call.startswith("fresh")]) == 3
