"""Write and read tables that people open in a spreadsheet: CSV, UTF-8 with BOM, no cell that a spreadsheet would run."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lib.files.names import NAME_ERRORS
from lib.files.own_files import read_path, replacing_path
from lib.model import IS_WINDOWS, BadRequest, in_words

# By OWASP's list for CSV injection; the full-width forms are taken for the plain ones where Japanese or Chinese is written.
_FORMULA = r"[=+\-@\t\r\n＝＋－＠']"
# A cell begins behind these too, where a spreadsheet's language has ; between cells, or its import dialog was told of others.
_BEGIN = r"(?:\A|(?<=[;\t\r\n]))"
_TO_GUARD = re.compile(f"{_BEGIN}(?={_FORMULA})")
_TO_UNGUARD = re.compile(f"{_BEGIN}'(?={_FORMULA})")
_SUSPECT_CELL = re.compile(f"[,;\t]{_FORMULA}")
_NUMBER = re.compile(r"[+-]\d[\d:.]*")
_ENCODING = "utf-8-sig"
_BYTE_ORDER_MARK = "\ufeff"
_LONGEST_HEADER = 10_000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OLD_ENCODINGS = {"win32": "mbcs", "darwin": "mac-roman"}


def guard(cell: str) -> str:
    """The cell with a ' in front where a spreadsheet would take it, or what follows a ; in it, for a formula (or where a ' is there).

    Numbers and offsets such as +02:00 stay as they are.
    """
    return cell if _NUMBER.fullmatch(cell) else _TO_GUARD.sub("'", cell)


def unguard(cell: str) -> str:
    """What `guard` was given."""
    return _TO_UNGUARD.sub("", cell)


def check_target(path: Path, columns: Sequence[str]) -> None:
    """Return if a table may be written to `path`. Raises BadRequest where it cannot, or where another kind of file would be lost."""
    if not path.parent.is_dir():
        raise BadRequest(f"The folder {path.parent} for the report does not exist; make it first, or name another one.")
    if path.is_dir():
        raise BadRequest(f"{path} is a folder; name a file for the report.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise BadRequest(f"The report cannot be written in the folder {path.parent}; name another place for it with --report.")
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            start = file.read(_LONGEST_HEADER)
        header = (start.decode("utf-16", "replace") if start.startswith(_UTF16) else start.decode(_ENCODING, "replace")).splitlines()[0]
        first, second, *_ = (*(name.strip('" ') for name in re.split("[,;\t]", header.strip())), "", "")
        # Of an earlier version it may have other columns, and after a spreadsheet another order of the later ones.
        if first != columns[0] or (len(columns) > 1 and second not in columns):
            raise BadRequest(f"{path} exists and is no report; name another file, so that nothing is overwritten.")
        if is_open_elsewhere(path):
            raise BadRequest(f"{path} is open in another program; close it there, then start again.")


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the table in one step: a reader sees the old file or the new one, whole. Names that are no UTF-8 survive. Raises OSError."""
    with _unless_open(path), replacing_path(path) as whole:
        # The codec that writes the mark by itself is three times as slow.
        file = io.TextIOWrapper(whole, encoding="utf-8", errors=NAME_ERRORS, newline="")
        file.write(_BYTE_ORDER_MARK)
        careful = csv.writer(file)
        careful.writerow(columns)
        for row in rows:
            if line := _plain_line(row):
                file.write(line)
            else:
                careful.writerow(["" if cell is None else guard(str(cell)) for cell in row])
        file.detach()


@contextlib.contextmanager
def _unless_open(path: Path) -> Iterator[None]:
    """Say of a table that cannot be replaced that a spreadsheet shows it, where that is why: the system names only what is unfinished."""
    try:
        yield
    except PermissionError as error:
        if is_open_elsewhere(path):
            raise PermissionError(error.errno, "it is open in another program; close it there", os.fspath(path)) from error
        raise


def is_open_elsewhere(path: Path) -> bool:
    """True where another program, such as Excel, lets nobody write to the file, as Windows allows programs to do."""
    if not IS_WINDOWS or not path.exists():
        return False
    try:
        path.open("r+b").close()
    except PermissionError:
        return True
    return False


def _plain_line(row: Sequence[object]) -> str:
    """The line of a row of which no cell needs quotes or a guard, as nearly all are; empty for any other.

    The csv module looks at every letter, which for 8,000 rows out of 30,000 files is 7 % of the processor's time of a search.
    """
    line = ",".join([cell if type(cell) is str else "" if cell is None else str(cell) for cell in row])
    if line.count(",") >= len(row) or '"' in line or "\n" in line or "\r" in line or _SUSPECT_CELL.search(f",{line}"):
        return ""
    return f"{line}\r\n" if len(row) > 1 else ""


def read(path: Path, required: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """The rows of a table, as a spreadsheet may have saved it again: semicolons or tabs, columns in another order, other line ends,
    Excel's "Unicode Text" and, on Windows and macOS, its plain "CSV".

    Raises BadRequest where the file is missing, is no table, or lacks one of the `required` columns.
    """
    try:
        text = _decoded(read_path(path))
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {in_words(error)}.") from error
    first = text.lstrip(_BYTE_ORDER_MARK).split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    csv.field_size_limit(1 << 24)
    lines = csv.DictReader(io.StringIO(text.lstrip(_BYTE_ORDER_MARK), newline=""), delimiter=separator)
    names = [(name or "").strip() for name in lines.fieldnames or ()]
    lines.fieldnames = names
    missing = [name for name in required if name not in names]
    if missing:
        raise BadRequest(f"{path} has no column {missing[0]!r}; save it with its first line as the report has it.")
    try:
        for row in lines:
            yield {name: unguard(cell) for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
    except csv.Error as error:
        raise BadRequest(f"{path} is no table from line {lines.line_num} on: {error}.") from error


def _decoded(data: bytes) -> str:
    """The text of a table: what has no mark of its encoding is what spreadsheets of this system write in their old formats."""
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    try:
        return data.decode(_ENCODING, NAME_ERRORS if data.startswith(codecs.BOM_UTF8) else "strict")
    except UnicodeDecodeError:
        old = _OLD_ENCODINGS.get(sys.platform)
        return data.decode(old, "replace") if old else data.decode(_ENCODING, "surrogateescape")
