"""The review page as a file: whole or not at all, safe by construction, and true to the report."""

from __future__ import annotations

import base64
import hashlib
import json
import ntpath
import os
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.model import BadRequest
from lib.reporting import review_page
from lib.reporting.review_page import (
    ASSETS,
    PageCandidate,
    PageFile,
    PageGroup,
    PageMatch,
    check_target,
    file_url,
    write_duplicates,
    write_matches,
)

COLUMNS = ("group", "kind", "action", "path", "size")
MATCH_COLUMNS = ("set", "thumbnail", "status", "photo", "score", "reason")
HOSTILE = "</script><script>alert(1)</script><!--<b>&amp;\u2028"


def pair(name: str = "a.jpg", *actions: str) -> PageGroup:
    keep, remove = actions or ("keep", "remove")
    rows = (("1", "identical", action, f"{folder}/{name}", 10) for folder, action in (("/x", keep), ("/y", remove)))
    return PageGroup(tuple(PageFile(str(row[3]), row) for row in rows), gain=10)


def written(target: Path, *groups: PageGroup) -> str:
    write_duplicates(target, groups, columns=COLUMNS, command="apply {csv}")
    return target.read_text(encoding="utf-8")


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = written(tmp_path / "duplicates.html", pair())
    assert not re.search(r"https?://|@import|<link|<script[^>]*src|\burl\(", page)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["duplicates.html"]


@pytest.mark.parametrize("mine", ["<!doctype html>\n<title>Our holidays</title>", "duplicates", "<"])
def test_a_page_of_the_persons_own_is_refused_and_left(tmp_path: Path, mine: str) -> None:
    target = tmp_path / "duplicates.html"
    target.write_text(mine)
    with pytest.raises(BadRequest, match="no page of this toolkit"):
        check_target(target)
    with pytest.raises(FileExistsError):
        written(target, pair())
    assert target.read_text() == mine and [path.name for path in tmp_path.iterdir()] == ["duplicates.html"]


def test_an_earlier_page_and_an_empty_file_are_replaced(tmp_path: Path) -> None:
    target = tmp_path / "duplicates.html"
    target.touch()
    check_target(target)
    written(target, pair("first.jpg"))
    check_target(target)
    assert "second.jpg" in written(target, pair("second.jpg"))


def test_the_policy_lets_only_the_own_script_and_style_run(tmp_path: Path) -> None:
    page = written(tmp_path / "duplicates.html", pair(HOSTILE))
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    for tag, directive in (('<script type="module">', "script-src"), ("<style>", "style-src")):
        text = page.split(tag, 1)[1].split("</", 1)[0]
        own = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{own}';" in found[1]
    assert "default-src 'none'" in found[1]
    assert "unsafe" not in found[1] and "http" not in found[1] and "*" not in found[1]


def test_a_hostile_name_is_data_and_never_markup(tmp_path: Path) -> None:
    plain, hostile = written(tmp_path / "a.html", pair()), written(tmp_path / "b.html", pair(HOSTILE))
    assert hostile.count("<") == plain.count("<") and "\u2028" not in hostile
    data = json.loads(hostile.split('id="items">', 1)[1].split("</script>", 1)[0])
    assert data[0]["files"][0]["path"] == f"/x/{HOSTILE}"


def test_no_asset_has_a_handler_or_a_style_in_its_markup_or_makes_markup_of_text() -> None:
    for asset in ASSETS.iterdir():
        text = asset.read_text(encoding="utf-8")
        assert not re.search(r"<[^>]+\s(on\w+|style)\s*=", text), asset.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc", text), asset.name


def test_every_asset_is_used_and_small_enough_to_be_read() -> None:
    listed = (*review_page.STYLES.values(), *review_page.SCRIPTS.values(), review_page.TEMPLATES.values())
    used = {name for names in listed for name in names}
    assert {asset.name for asset in ASSETS.iterdir()} == used
    assert all(len(asset.read_text(encoding="utf-8").splitlines()) < 300 for asset in ASSETS.iterdir())


@pytest.mark.parametrize(
    "group",
    [
        pair("a.jpg", "remove", "remove"),
        PageGroup(
            (PageFile("/x", ("1", "identical", "keep", "/x", 1), connected=False), PageFile("/y", ("1", "identical", "remove", "/y", 1))), 1
        ),
        PageGroup((), 0),
        PageGroup((PageFile("/x", ("1", "identical", "keep", "/x")),), 0),
    ],
    ids=["all removed", "the kept one is away", "empty", "a cell is missing"],
)
def test_a_group_that_would_lose_its_last_file_is_not_shown_at_all(tmp_path: Path, group: PageGroup) -> None:
    with pytest.raises(ValueError):
        written(tmp_path / "duplicates.html", group)
    assert not list(tmp_path.iterdir())


def test_a_photo_that_is_no_candidate_is_refused(tmp_path: Path) -> None:
    match = PageMatch("/t.jpg", ("s", "/t.jpg", "matched", "/b.jpg", 0.9, ""), (PageCandidate("/a.jpg", "/a.jpg"),))
    with pytest.raises(ValueError, match="not among its candidates"):
        write_matches(tmp_path / "matches.html", [match], columns=MATCH_COLUMNS, command="")


def test_a_page_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    def torn() -> Iterator[PageGroup]:
        yield pair()
        raise KeyboardInterrupt

    target = tmp_path / "duplicates.html"
    before = written(target, pair("old.jpg"))
    with pytest.raises(KeyboardInterrupt):
        write_duplicates(target, torn(), columns=COLUMNS, command="")
    assert target.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [target]


def test_the_identity_follows_the_report_and_not_its_place(tmp_path: Path) -> None:
    def identity(target: Path, group: PageGroup) -> str:
        return written(target, group).split('id="identity">', 1)[1].split("<", 1)[0]

    (tmp_path / "elsewhere").mkdir()
    here = identity(tmp_path / "duplicates.html", pair())
    assert identity(tmp_path / "elsewhere" / "again.html", pair()) == here
    assert identity(tmp_path / "duplicates.html", pair("b.jpg")) != here


@given(st.binary(min_size=1, max_size=40).map(lambda name: b"/" + name.replace(b"\0", b"x").replace(b"/", b"y").replace(b".", b"z")))
def test_a_file_address_leads_back_to_every_byte_of_the_name(path: bytes) -> None:
    url = file_url(os.fsdecode(path))
    assert re.fullmatch(r"file:///[!-~]*", url) and not re.search(r"""[#?"'<>\\]""", url)
    assert unquote_to_bytes(url.removeprefix("file://")) == path


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (r"C:\Bilder 2019\#1 100%?.jpg", "file:///C:/Bilder%202019/%231%20100%25%3F.jpg"),
        (r"\\nas\fotos\a b.jpg", "file://nas/fotos/a%20b.jpg"),
        (r"\\?\D:\deep\a.jpg", "file:///D:/deep/a.jpg"),
        (r"\\?\UNC\nas\fotos\a.jpg", "file://nas/fotos/a.jpg"),
    ],
)
def test_a_file_address_on_windows(monkeypatch: pytest.MonkeyPatch, path: str, url: str) -> None:
    monkeypatch.setattr(review_page, "os", SimpleNamespace(path=ntpath))
    monkeypatch.setattr(review_page, "Path", PureWindowsPath)
    assert file_url(path) == url


def test_a_relative_path_counts_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert file_url("javascript:alert(1)") == f"{tmp_path.as_uri()}/javascript%3Aalert%281%29"
