"""Names of files and keys of objects."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.cold_storage import keys
from lib.cold_storage.model import StoreUrl
from lib.model import BadRequest

SHA256 = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("2014/07/a b.jpg", "2014/07/a b.jpg"),
        ("2014/ü 😀 %41.jpg", "2014/ü 😀 %41.jpg"),
        ("a\nb", "a%0Ab"),
        ("a\\b", "a%5Cb"),
        ("a\x7fb", "a%7Fb"),
        ("a\udcffb", "a%FFb"),
        ("a\udc80b", "a%80b"),
    ],
)
def test_a_key_is_the_name_but_for_what_servers_do_not_keep(name: str, key: str) -> None:
    assert keys.key_of(name) == key


@given(st.binary(min_size=1, max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_every_key_is_utf_8_without_control_characters(name: str) -> None:
    key = keys.key_of(name)
    key.encode("utf-8")
    assert not any(ord(letter) < 32 or ord(letter) == 127 for letter in key)
    assert keys.key_of(key) == key


def test_a_version_of_its_own() -> None:
    assert keys.versioned_key("2014/07/a.b.jpg", SHA256) == "2014/07/a.b.sha256-0123456789ab.jpg"
    assert keys.versioned_key("none", SHA256) == "none.sha256-0123456789ab"


def test_what_lies_beside_the_album() -> None:
    later = keys.dated_key("SHA256SUMS", datetime(2026, 11, 24, 17, 30, tzinfo=UTC))
    assert later == "SHA256SUMS.20261124T173000Z"
    assert keys.is_own("SHA256SUMS") and keys.is_own(later) and keys.is_own("HOW-TO-RESTORE.txt")
    assert not any(map(keys.is_own, ["SHA256SUMS.jpg", "2014/SHA256SUMS", "MD5SUMS.txt/x.jpg", f"{later}/x", "SHA256SUMSx"]))


@pytest.mark.parametrize(
    "name", ["../a", "a/../b", "/a", "a//b", "a/", "", ".", "a/./b", "a\0b", ".photo-toolkit/lock", ".Photo-Toolkit/x", "SHA256SUMS"]
)
def test_names_that_lead_out_of_the_album(name: str) -> None:
    assert not keys.is_safe_name(name)


def test_names_that_stay_in_the_album() -> None:
    assert all(map(keys.is_safe_name, ["a", "2014/07/a.jpg", "..a/b..", "2014/SHA256SUMS", "a\nb"]))


def test_the_longest_key_counts_its_prefix() -> None:
    name = "/".join(["d" * 255] * 4)
    assert len(name) == 1023 and not keys.trouble_with(name) and "longer" in keys.trouble_with(name, "ab/")


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [("s3://b-1/x/y", "b-1", "x/y/"), ("s3://b-1", "b-1", ""), ("s3://b-1/", "b-1", ""), ("s3://b-1/x/", "b-1", "x/")],
)
def test_addresses(text: str, bucket: str, prefix: str) -> None:
    assert StoreUrl.parse(text) == StoreUrl(bucket, prefix)


@pytest.mark.parametrize(
    "text", ["", "b-1", "s3:b", "s3://", "s3://B/x", "s3://ab/x//y", "s3://ab1/../x", "http://ab1/x", "s3://id:secret@ab1/x"]
)
def test_addresses_that_make_no_sense(text: str) -> None:
    with pytest.raises(BadRequest) as told:
        StoreUrl.parse(text)
    assert "secret" not in str(told.value)
