"""What this computer remembers of a bucket: a torn, stale or hostile record is found out, and no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.cold_storage import record
from lib.cold_storage.model import StoredObject, StoreUrl
from lib.cold_storage.record import BegunUpload, Check

URL = StoreUrl("b-1", "x/")
OBJECT = StoredObject("2014/\udcff.jpg", "ab" * 32, "cd" * 16, 3, "e", "sum=")


@pytest.fixture
def root(tmp_path: Path) -> str:
    return str(tmp_path.resolve())


def test_what_was_written_is_read_back(root: str) -> None:
    with record.open_record(root, URL, "") as (known, writing):
        assert not known.objects
        writing.stored(OBJECT)
        writing.begun("large", BegunUpload("id-1", "ab" * 32, 5))
        writing.part("large", "id-1", 1, "p1")
        writing.part("large", "id-0", 2, "of another upload")
        writing.fetched("2026-11", 7)
        writing.fetched("2026-11", 8)
        writing.drill(["a", "b"])
    known = record.read(root, URL, "")
    assert known.objects == {OBJECT.key: OBJECT} and known.begun["large"].parts == {1: "p1"} and known.fetched == {"2026-11": 15}
    assert known.drill is not None and known.drill.names == ["a", "b"]
    with record.open_record(root, URL, "") as (_, writing):
        writing.drill([])
        writing.stored(StoredObject("large", "ab" * 32, "", 9, "e", "s"))
    known = record.read(root, URL, "")
    assert known.drill is None and not known.begun


def test_each_bucket_and_server_has_a_record_of_its_own(root: str) -> None:
    with record.open_record(root, URL, "") as (_, writing):
        writing.stored(OBJECT)
    assert not record.read(root, StoreUrl("b-1", "y/"), "").objects and not record.read(root, URL, "http://nas").objects


def test_a_torn_line_and_nonsense_cost_only_themselves(root: str) -> None:
    with record.open_record(root, URL, "") as (_, writing):
        writing.stored(OBJECT)
    (path,) = Path(root).rglob("*.jsonl")
    with path.open("ab") as file:
        file.write(
            b'[]\n7\nnull\n{"k":"stored"}\n{"k":"part","key":"?"}\n{"k":"fetched","month":1,"size":"x"}\n\xff\xfe\n{"k":"stored","key":"to'
        )
    with record.open_record(root, URL, "") as (known, writing):
        assert known.objects == {OBJECT.key: OBJECT}
        writing.fetched("2026-11", 1)
    assert record.read(root, URL, "").fetched == {"2026-11": 1}


def test_a_link_in_its_place_is_not_followed(root: str) -> None:
    outside = Path(root, "outside")
    outside.write_text("secret")
    folder = Path(root, ".photo-toolkit", record.FOLDER)
    folder.mkdir(parents=True)
    (folder / record.file_name(URL, "")).symlink_to(outside)
    assert not record.read(root, URL, "").objects
    with pytest.raises(OSError), record.open_record(root, URL, ""):
        pass
    assert outside.read_text() == "secret"


def test_the_last_check_of_each_bucket_can_be_told(root: str) -> None:
    assert record.checks(root) == []
    first, last = Check(str(URL), "2026-11-23 10:00:00", 5, 1), Check(str(URL), "2026-11-24 10:00:00", 5, 0)
    with record.open_record(root, URL, "") as (_, writing):
        writing.checked(first)
        writing.checked(last)
    assert record.checks(root) == [last]
