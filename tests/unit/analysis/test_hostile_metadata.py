"""Damaged and hostile files cost a note or one clear refusal: never a crash, a hang, or memory."""

from __future__ import annotations

import os
import random
import struct
import zlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.analysis import metadata
from lib.dates import capture_date
from lib.model import DateSource, Unreadable
from tests import build, containers
from tests.containers import box
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import seeds


@cache
def whole() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        return seeds(Path(folder))


def test_every_seed_of_the_fuzzer_is_a_file_that_tells_a_date(tmp_path: Path) -> None:
    for name, data in whole().items():
        (tmp_path / name).write_bytes(data)
        ask = metadata.read_sidecar if name in ("a.xmp", "a.json") else metadata.read
        found = ask(os.fspath(tmp_path / name))
        assert found.notes == () or name == "b.mts", name  # that one is no whole stream
        date = capture_date.decide(found, name, 0, zone=UTC, now=datetime(2024, 6, 1))
        assert date.source is not DateSource.MTIME or name in ("a.gif", "a.mts", "b.avi"), name


@settings(max_examples=400, deadline=None)
@given(kind=st.integers(0, 10_000), seed=st.integers(0, 1 << 64))
def test_whatever_is_damaged_there_is_an_answer_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, kind: int, seed: int) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(mutated(list(whole().values())[kind % len(whole())], random.Random(seed)))
    for ask in (metadata.read, metadata.read_sidecar):
        try:
            found = ask(os.fspath(path))
        except Unreadable as refusal:
            assert str(refusal)
            continue
        assert found.orientation in range(1, 9)
        assert found.width is None or found.width > 0
        assert all(text.isprintable() and len(text) <= 200 for text in (found.make, found.model, found.content_id))
        assert all(claim.text.isprintable() and 0 < len(claim.text) <= 200 for claim in found.claims)
        capture_date.decide(found, "a", 0, zone=UTC, now=datetime(2024, 6, 1))


@pytest.mark.parametrize("name", ["a.jpg", "a.heic", "a.png", "a.tif", "a.mov", "b.mp4", "a.avi", "a.cr3"])
def test_a_file_cut_off_anywhere_is_still_known_for_what_it_is(tmp_path: Path, name: str) -> None:
    data = whole()[name]
    style = "tiff" if name == "a.tif" else {"a.jpg": "jpeg", "a.heic": "heif"}.get(name, name[2:])
    for length in range(16, len(data), max(1, len(data) // 60)):
        (tmp_path / name).write_bytes(data[:length])
        assert metadata.read(os.fspath(tmp_path / name)).format == style


def test_one_damaged_tag_does_not_cost_the_others(tmp_path: Path) -> None:
    data = containers.tiff_block(date="2019:07:03 12:34:56", make="Maker", model="Model is long")
    entry = data.index(struct.pack("<HH", 272, 2))
    (tmp_path / "a.tif").write_bytes(data[: entry + 4] + b"\xff\xff\xff\x7f\xff\xff\xff\x7f" + data[entry + 12 :])
    found = metadata.read(os.fspath(tmp_path / "a.tif"))
    assert (found.make, found.model, found.claims[0].text) == ("Maker", "", "2019:07:03 12:34:56")


def test_a_structure_without_end_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8" + b"\xff\xe0\0\2" * 300_000)
    assert metadata.read(os.fspath(tmp_path / "a.jpg")).notes == ("its structure has no end",)


def test_a_box_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    head = box(b"ftyp", b"isom\0\0\0\0isom") + b"\0\0\0\1moov" + struct.pack(">Q", 6 << 30) + b"\0\0\0\1mvhd" + struct.pack(">Q", 5 << 30)
    (tmp_path / "a.mp4").write_bytes(head)
    os.truncate(tmp_path / "a.mp4", 6 << 30)
    found = metadata.read(os.fspath(tmp_path / "a.mp4"))
    assert (found.format, len(found.notes)) == ("mp4", 1)


def test_a_text_that_inflates_to_many_megabytes_is_cut(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(40)) + packer.flush()
    path = containers.behind_pixels(build.png(tmp_path / "a.png"), containers.png_chunk(b"zTXt", b"Creation Time\0\0" + bomb))
    assert metadata.read(os.fspath(path)).claims == ()


def test_a_picture_that_would_decode_to_gigabytes_is_told_like_any_other(tmp_path: Path) -> None:
    path = build.png(tmp_path / "a.png", text={"Creation Time": "2019:07:03 12:34:56"})
    data = path.read_bytes()
    header = containers.png_chunk(b"IHDR", struct.pack(">LL", 100_000, 100_000) + data[24:29])
    path.write_bytes(data[:8] + header + data[33:])
    found = metadata.read(os.fspath(path))
    assert (found.width, found.height, len(found.claims)) == (100_000, 100_000, 1)


def test_a_thousand_such_texts_are_not_even_tried(tmp_path: Path) -> None:
    bomb = containers.png_chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(b"<" * (1 << 20)))
    path = containers.behind_pixels(build.png(tmp_path / "a.png"), *[bomb] * 20_000)
    found = metadata.read(os.fspath(path))
    assert (found.format, found.notes) == ("png", ("its XMP block is damaged",))


def test_extents_that_take_no_bytes_have_an_end(tmp_path: Path) -> None:
    entries = [box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + b"Exif\0") for number in range(1, 3000)]
    kinds = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 2999), *entries)
    items = b"".join(struct.pack(">HHH", number, 0, 65535) for number in range(1, 3000))
    places = box(b"iloc", b"\0\0\0\0" + struct.pack(">HH", 0, 2999) + items)
    (tmp_path / "a.heic").write_bytes(box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", b"\0\0\0\0", kinds, places))
    assert metadata.read(os.fspath(tmp_path / "a.heic")).notes == ("the box that describes its pictures is damaged",)


def test_an_xmp_packet_of_declarations_alone_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").write_bytes(b"<?xml " * 600_000 + b">")
    with pytest.raises(Unreadable):
        metadata.read_sidecar(os.fspath(tmp_path / "a.xmp"))


def test_thousands_of_exif_blocks_are_no_work(tmp_path: Path) -> None:
    blocks = [containers.chunk(b"strd", b"AVIF\0\0\0\0", containers.bare_directory(make="Maker"))] * 40_000
    assert metadata.read(os.fspath(containers.avi(tmp_path / "a.avi", *blocks))).make == "Maker"


@pytest.mark.parametrize("depth", [500, 100_000])
def test_deeply_nested_xmp_is_no_trouble(tmp_path: Path, depth: int) -> None:
    nested = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * depth + b"</a>" * depth + b"</x:xmpmeta>"
    (tmp_path / "a.xmp").write_bytes(nested)
    assert metadata.read_sidecar(os.fspath(tmp_path / "a.xmp")).claims == ()


def test_nothing_is_printed_about_a_damaged_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(30):
        for name in ("a.jpg", "a.tif", "a.mkv", "a.mts", "a.mov"):
            (tmp_path / name).write_bytes(mutated(whole()[name], random.Random(number)))
            try:
                metadata.read(os.fspath(tmp_path / name))
            except Unreadable:
                continue
    assert capfd.readouterr() == ("", "")
