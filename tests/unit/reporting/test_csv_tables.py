"""Tables that people open in a spreadsheet, and what such a spreadsheet gives back."""

from __future__ import annotations

import csv
import errno
import io
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.model import BadRequest
from lib.reporting import csv_tables

cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "r.csv")
        csv_tables.write(path, ("one", "two"), rows)
        assert [(row["one"], row["two"]) for row in csv_tables.read(path, ("one", "two"))] == rows


@given(
    st.lists(
        st.lists(cells | st.integers() | st.none() | st.sampled_from(["=", "a,=b", "a;=b", "a\tb", "a\t＝", "'"]), min_size=1, max_size=4),
        max_size=5,
    )
)
def test_lines_are_those_of_the_csv_module(rows: list[list[str | int | None]]) -> None:
    expected = io.StringIO(newline="")
    guarded = [["" if cell is None else csv_tables.guard(str(cell)) for cell in row] for row in rows]
    csv.writer(expected).writerows([["one"], *guarded])
    with tempfile.TemporaryDirectory() as folder:
        csv_tables.write(Path(folder, "r.csv"), ("one",), rows)
        assert Path(folder, "r.csv").read_bytes().decode("utf-8-sig") == expected.getvalue()


# What spreadsheets take for the start of a formula, and the full-width forms that they take for the same.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What divides cells where a spreadsheet's language, or its import dialog, has another idea of it than the report.
DIVIDERS = (";", "\t", "\r", "\n")


@pytest.mark.parametrize("start", FORMULA)
def test_a_cell_that_begins_a_formula_is_made_text(start: str) -> None:
    assert csv_tables.guard(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("divider", DIVIDERS)
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_what_would_begin_a_formula_where_cells_are_divided_otherwise_is_made_text(divider: str, start: str) -> None:
    assert csv_tables.guard(f"holiday{divider}{start}cmd.jpg") == f"holiday{divider}'{start}cmd.jpg"


@given(st.text(st.sampled_from([*FORMULA, *DIVIDERS, "'", "a", "1", ",", '"'])) | cells)
def test_a_guarded_cell_comes_back_as_it_was(cell: str) -> None:
    assert csv_tables.unguard(csv_tables.guard(cell)) == cell


def test_names_that_are_no_utf8_and_offsets_survive(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    csv_tables.write(path, ("a", "b", "c"), [("\udcff.jpg", "+02:00", None), ("=1", "-3", 7)])
    assert b"\xff.jpg,+02:00,\r\n" in path.read_bytes()
    assert list(csv_tables.read(path, ("a",))) == [{"a": "\udcff.jpg", "b": "+02:00", "c": ""}, {"a": "=1", "b": "-3", "c": "7"}]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffaction;path\r\nremove;a.jpg\r\n",
        "path,action\na.jpg,remove\n",
        "path\taction\r\na.jpg\tremove\r\n",
        '"path","action","new"\n"a.jpg","remove","x"\n',
    ],
    ids=["semicolons", "line ends", "tabs", "quotes"],
)
def test_a_spreadsheets_habits_are_survived(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(text.encode())
    (row,) = csv_tables.read(path, ("path", "action"))
    assert (row["path"], row["action"]) == ("a.jpg", "remove")


def test_a_table_without_a_column_or_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with pytest.raises(BadRequest, match="cannot be read"):
        list(csv_tables.read(path, ("a",)))
    path.write_text("b,c\n1,2\n")
    with pytest.raises(BadRequest, match="no column 'a'"):
        list(csv_tables.read(path, ("a",)))


def test_a_write_that_fails_leaves_the_old_table_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    csv_tables.write(path, ("a",), [("old",)])

    def rows() -> list[tuple[str]]:
        raise OSError("the source of the rows is gone")

    with pytest.raises(OSError, match="gone"):
        csv_tables.write(path, ("a",), (row for row in rows()))
    assert [row["a"] for row in csv_tables.read(path, ("a",))] == ["old"]
    assert os.listdir(tmp_path) == ["r.csv"]


def test_only_reports_are_written_over(tmp_path: Path) -> None:
    columns = ("source", "action")
    csv_tables.check_target(tmp_path / "new.csv", columns)
    csv_tables.write(tmp_path / "old.csv", columns, [])
    csv_tables.check_target(tmp_path / "old.csv", columns)
    (tmp_path / "empty.csv").touch()
    csv_tables.check_target(tmp_path / "empty.csv", columns)
    (tmp_path / "saved again.csv").write_text('"source";"action"\n"a";"b"\n')
    csv_tables.check_target(tmp_path / "saved again.csv", columns)
    (tmp_path / "diary.csv").write_text("day,feeling\n")
    (tmp_path / "books.csv").write_text("sources of joy,pages\n")
    (tmp_path / "rivers.csv").write_text("source,mouth\n")
    for wrong in (tmp_path / "diary.csv", tmp_path / "books.csv", tmp_path / "rivers.csv", tmp_path, tmp_path / "no" / "r.csv"):
        with pytest.raises(BadRequest):
            csv_tables.check_target(wrong, columns)


@pytest.mark.parametrize(
    ("system", "data"),
    [
        ("linux", "path\taction\r\nFähre 😀.jpg\tremove\r\n".encode("utf-16")),
        ("linux", b"\xfe\xff" + "path\taction\r\nFähre 😀.jpg\tremove\r\n".encode("utf-16-be")),
        ("linux", "path;action\nFähre 😀.jpg;remove\n".encode()),
        ("win32", "path;action\r\nFähre 😀.jpg;remove\r\n".encode("cp1252", "replace")),
        ("darwin", "path;action\rFähre 😀.jpg;remove\r".encode("mac-roman", "replace")),
    ],
    ids=["Unicode Text", "big-endian", "UTF-8 without a mark", "CSV on Windows", "CSV on macOS"],
)
def test_the_formats_that_excel_offers_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, data: bytes) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(data)
    monkeypatch.setattr(csv_tables, "_OLD_ENCODINGS", {"win32": "cp1252", "darwin": "mac-roman"})
    monkeypatch.setattr(sys, "platform", system)
    csv_tables.check_target(path, ("path", "action"))
    (row,) = csv_tables.read(path, ("path", "action"))
    assert (row["path"].replace("?", "😀"), row["action"]) == ("Fähre 😀.jpg", "remove")


def test_a_table_that_is_open_in_excel_is_told_of_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "duplicates.csv"
    csv_tables.write(path, ("path",), [("old",)])
    before = path.read_bytes()

    def replace(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "permission denied", ".duplicates.csv.tmp")

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(csv_tables, "is_open_elsewhere", lambda _: True)
    with pytest.raises(BadRequest, match="open in another program"):
        csv_tables.check_target(path, ("path",))
    with pytest.raises(PermissionError, match="close it there") as refused:
        csv_tables.write(path, ("path",), [("new",)])
    assert refused.value.filename == os.fspath(path)
    assert path.read_bytes() == before
