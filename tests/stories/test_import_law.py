"""The law of importing, for any tree: nothing is lost, everything is counted, a second run changes nothing, order does not matter."""

from __future__ import annotations

import functools
import importlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.model import Failure, Unreadable
from tests import build
from tests.run import COUNTED, album_files, read_report, snapshot

pytestmark = pytest.mark.slow

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Tree = dict[str, int]

DAY = "2019:07:03 12:34:56"
MTIME = 1_500_000_000 * 10**9


@functools.cache
def contents() -> tuple[bytes, ...]:
    """Photos, two of them in two qualities, a video, a broken one, and sidecars."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [
            build.jpeg(folder / "0.jpg", 1, (96, 64), date=DAY, make="Canon", model="EOS"),
            build.jpeg(folder / "1.jpg", 1, (192, 128), date=DAY, make="Canon", model="EOS"),
            build.jpeg(folder / "2.jpg", 1, (192, 128), quality=50, date=DAY, make="Canon", model="EOS"),
            build.jpeg(folder / "3.jpg", 2, (96, 64), date=DAY, subsecond="50"),
            build.jpeg(folder / "4.jpg", 3, (96, 64), date="2018:01:02 03:04:05", offset="+02:00"),
            build.jpeg(folder / "5.jpg", 4, (96, 64)),
            build.png(folder / "6.png", 5, (96, 64)),
            build.heic(folder / "7.heic", 1, (96, 64), date=DAY),
            build.video(folder / "8.mov", 6, (64, 48), frames=2, created="2019-07-03T12:34:56Z"),
        ]
        others = [b"no picture", b"", b'{"photoTakenTime": {"timestamp": "1562157296"}}', b"<x/>", b"aae"]
        return (*(path.read_bytes() for path in made), *others)


NAMES = ["IMG_1.jpg", "img_1.JPG", "IMG_1 (1).jpg", "IMG_1_2.jpg", "IMG_E1.jpg", "IMG_1234.jpg", "IMG_E1234.jpg", "IMG_1.HEIC", "IMG_1.MOV"]
NAMES += [
    "x.png",
    "IMG_1.xmp",
    "IMG_1.jpg.xmp",
    "IMG_1.jpg.json",
    "IMG_1.jpg.2.xmp",
    "IMG_1234.AAE",
    "e\u0301.jpg",
    "\u00e9.jpg",
    "notes.txt",
    ".hidden.jpg",
    "Thumbs.db",
]
# The last three: a person's own folder of that name, and two that are passed over, but told.
FOLDERS = ["a", "a/b", "c", "c/superseded", "c/@eaDir/x", "a/.trash"]
trees = st.dictionaries(
    st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)).map("/".join), st.integers(0, 13), min_size=1, max_size=9
)
choices = st.sampled_from(
    [
        [],
        ["--copy"],
        ["--keep-all"],
        ["--duplicates", "delete"],
        ["--duplicates", "quarantine"],
        ["--names", "{year}_{name}"],
        ["--names", "{counter:02}"],
        ["--folders", "all", "--undated", "folder"],
        ["--copy", "--folders", "{camera}", "--names", "{year}{month}"],
    ]
)


def in_this_process(
    function: Callable[[object], Answer],
    items: Iterable[Item],
    *,
    name: Callable[[Item], str] = str,
    send: Callable[[Item], object] = lambda item: item,
    **_: object,
) -> Iterator[tuple[Item, Answer | Failure]]:
    """What `workers.ask` tells, without the processes: they have tests of their own, and cost more than all the rest."""
    for item in items:
        try:
            yield item, function(send(item))
        except Unreadable as error:
            yield item, Failure(name(item), str(error))


@pytest.fixture(autouse=True, scope="module")
def _no_processes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.analysis.features.run_in_pool", in_this_process)
        patch.setattr("os.fsync", lambda handle: None)
        yield


def plant(root: Path, tree: Tree) -> None:
    for name, number in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents()[number])
        os.utime(path, ns=(MTIME, MTIME))


def run(folder: Path, *words: str | Path) -> list[dict[str, str]]:
    """Import with the report in `folder`; its rows, counted."""
    report = folder / "report.csv"
    main = importlib.import_module("import").main
    code = main([os.fspath(word) for word in (*words, "--report", report, "--index", folder / "index", "--zone", "UTC")])
    rows = read_report(report)
    assert code in (0, 1)
    assert all(row["action"] in COUNTED for row in rows)
    assert not [row for row in rows if row["action"] == "failed"], "nothing here is beyond reading or moving"
    return rows


def pictures(*roots: Path) -> set[bytes]:
    return {data for root in roots for data in album_files(root).values()}


@given(trees, choices)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_all_is_counted_and_a_second_run_changes_nothing(tree: Tree, chosen: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        source, album = Path(name, "source"), Path(name, "album")
        plant(source, tree)
        os.symlink("nowhere", source / "link.jpg")
        before = pictures(source)

        rows = run(Path(name), "-i", source, "-o", album, *chosen)

        assert sorted(row["source"] for row in rows) == sorted(os.fspath(source / path) for path in (*tree, "link.jpg"))
        rows = [row for row in rows if not row["source"].endswith("link.jpg")]
        assert pictures(source, album) == before
        for row in rows:
            data = contents()[tree[os.path.relpath(row["source"], source)]]
            arrived = row["action"] in ("moved", "copied", "superseded") or (row["action"] == "duplicate" and row["destination"])
            assert (not arrived) or (album / row["destination"]).read_bytes() == data
            assert os.path.exists(row["source"]) == (row["action"] in ("copied", "skipped") or "--copy" in chosen or _stays(row))
        still = snapshot(source), album_files(album)
        again = run(Path(name), "-i", source, "-o", album, *chosen)
        assert {row["action"] for row in again} <= {"duplicate", "skipped"}
        assert (snapshot(source), album_files(album)) == still
        itself = run(Path(name), "-i", album, "-o", album, *[word for word in chosen if word != "--copy"])
        assert pictures(source, album) == before
        assert {row["action"] for row in itself} <= {"in_place", "duplicate", "skipped", "moved", "superseded"}


def _stays(row: dict[str, str]) -> bool:
    return row["action"] == "duplicate" and not row["destination"] and "deleted" not in row["reason"]


@given(trees, choices)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_the_inputs_does_not_matter(tree: Tree, chosen: list[str]) -> None:
    albums = []
    for order in (("a", "c"), ("c", "a")):
        with tempfile.TemporaryDirectory() as name:
            source, album = Path(name, "source"), Path(name, "album")
            plant(source, {"a/keep.txt": 9, "c/keep.txt": 9, **tree})
            run(Path(name), "-i", *(source / part for part in order), "-o", album, *chosen)
            albums.append(album_files(album))
    assert albums[0] == albums[1]


@given(trees, trees, choices)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_when_a_second_drive_comes_in_later(first: Tree, second: Tree, chosen: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        one, other, album = Path(name, "one"), Path(name, "other"), Path(name, "album")
        plant(one, first)
        plant(other, second)
        before = pictures(one, other)
        run(Path(name), "-i", one, "-o", album, *chosen)
        run(Path(name), "-i", other, "-o", album, *chosen)
        assert pictures(one, other, album) == before
        again = run(Path(name), "-i", one, other, "-o", album, *chosen)
        assert {row["action"] for row in again} <= {"duplicate", "skipped"}
