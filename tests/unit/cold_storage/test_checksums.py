"""Checksums as S3 has them."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from lib.cold_storage import checksums
from lib.cold_storage.bandwidth import RunStopped
from lib.cold_storage.model import ObjectFacts, Restoration

DATA = bytes(range(256)) * 4000


def facts(checksum: str, size: int = 3, **metadata: str) -> ObjectFacts:
    return ObjectFacts("k", size, "e", checksum, Restoration.READY, {name.replace("_", "-"): value for name, value in metadata.items()})


def test_sums_of_whole_files_and_of_parts(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    handle = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        for part in (1_000_000, 300_000, len(DATA), 7):
            found = checksums.read_fixity(handle, part, threading.Event())
            assert found.sha256 == hashlib.sha256(DATA).hexdigest() and found.md5 == hashlib.md5(DATA).hexdigest()
            assert list(found.parts) == [hashlib.sha256(DATA[at : at + part]).digest() for at in range(0, len(DATA), part)]
        assert checksums.read_fixity(handle, 0, threading.Event()).parts == ()
        stop = threading.Event()
        stop.set()
        with pytest.raises(RunStopped):
            checksums.read_fixity(handle, 0, stop)
    finally:
        os.close(handle)


def test_the_checksum_of_an_object_in_parts() -> None:
    """Of the parts "a" and "b": what `openssl dgst -sha256 -binary | base64` makes of both of their sums joined, and their number."""
    parts = [hashlib.sha256(b"a").digest(), hashlib.sha256(b"b").digest()]
    assert checksums.composite(parts) == "5aAf7hTg7VxIcU8iGA8lrYNltT+XefedxKPX6Tlj+Uo=-2"
    assert checksums.is_same(checksums.composite(parts), checksums.composite(parts).removesuffix("-2"))  # some servers leave it away


@pytest.mark.parametrize(
    ("size", "part"),
    [(0, 0), (100_000_000, 0), (100_000_001, 16 << 20), (160_000_000_000, 16 << 20), (168_000_000_000, 17 << 20), (5 * 2**40, 525 << 20)],
)
def test_how_large_parts_are(size: int, part: int) -> None:
    assert checksums.part_size_for(size) == part
    assert not part or -(-size // part) <= 10_000


SHA = hashlib.sha256(b"abc").hexdigest()
PLAIN = checksums.base64_of(SHA)


@pytest.mark.parametrize(
    ("told", "proven"),
    [
        (facts(PLAIN), True),
        (facts(PLAIN, size=4), False),
        (facts(""), False),
        (facts(checksums.base64_of("00" * 32)), False),
        (facts("x=-2", sha256=SHA, parts_sha256="x=-2"), True),
        (facts("y=-2", sha256=SHA, parts_sha256="x=-2"), False),
        (facts("x=-2", sha256="00" * 32, parts_sha256="x=-2"), False),
        (facts("x=-2", sha256=SHA), False),
        (facts("", sha256=SHA, parts_sha256=""), False),
    ],
)
def test_what_proves_that_an_object_is_the_file(told: ObjectFacts, proven: bool) -> None:
    assert checksums.proves(told, SHA, 3) is proven


def test_what_this_computer_remembers_counts_more_than_the_objects_metadata() -> None:
    forged = facts("y=-2", sha256=SHA, parts_sha256="y=-2")
    assert checksums.proves(forged, SHA, 3) and not checksums.proves(forged, SHA, 3, "x=-2")
