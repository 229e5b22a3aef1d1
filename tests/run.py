"""Run the scripts as a person does: as a process of their own, with what they print, what they report and how they end."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.build import tree

ROOT = Path(__file__).parent.parent
IMPORT = os.fspath(ROOT / "import.py")
COUNTED = ("moved", "copied", "duplicate", "superseded", "in_place", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class Done:
    """How a run of import.py ended."""

    code: int
    rows: list[dict[str, str]]
    out: str
    err: str

    def row(self, name: str) -> dict[str, str]:
        """The row of the only source whose path ends in `name`."""
        (found,) = [row for row in self.rows if row["source"].endswith(name)]
        return found

    def places(self) -> dict[str, tuple[str, str]]:
        """By source's last name: action and destination."""
        return {os.path.basename(row["source"]): (row["action"], row["destination"]) for row in self.rows}

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each action."""
        return Counter(row["action"] for row in self.rows)


class Desk:
    """A folder to work in: `source` and `album`, with an index and a report of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source, self.album, self.report = folder / "source", folder / "album", folder / "report.csv"
        self.source.mkdir()

    def command(self, *options: str | Path, source: Path | None = None, album: Path | None = None) -> list[str]:
        """The words of a run."""
        words: list[str | Path] = [
            sys.executable,
            IMPORT,
            "--output",
            album or self.album,
            "--index",
            self.folder / "index",
            "--report",
            self.report,
        ]
        if "--input" not in options and "-i" not in options:
            words += ["--input", source or self.source]
        return [os.fspath(word) for word in (*words, *options)]

    def run(self, *options: str | Path, source: Path | None = None, album: Path | None = None) -> Done:
        """Run import.py, and hold its summary against its report."""
        return self.start(self.command(*options, source=source, album=album))

    def start(self, command: list[str]) -> Done:
        """Run a whole command."""
        self.report.unlink(missing_ok=True)
        environment = {**os.environ, "TZ": "UTC"}
        done = subprocess.run(command, capture_output=True, cwd=self.folder, env=environment, timeout=300, check=False)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in err, err
        result = Done(done.returncode, read_report(self.report), out, err)
        if result.rows:
            words = " + ".join(f"{result.counts[action]:,} {action.replace('_', ' ')}" for action in COUNTED)
            assert f"{len(result.rows):,} found = {words}" in out, out
        return result

    def in_album(self) -> dict[str, bytes]:
        """The album's pictures and sidecars: without the toolkit's own folder and the manifest."""
        return album_files(self.album)


def album_files(album: Path) -> dict[str, bytes]:
    """What a person sees in an album, without the manifest."""
    found = tree(album) if album.exists() else {}
    return {name: data for name, data in found.items() if not name.startswith(".photo-toolkit") and name != "SHA256SUMS"}


def read_report(path: Path) -> list[dict[str, str]]:
    """The rows of a report, as a spreadsheet would read them; none where there is no report."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        return list(csv.DictReader(file))


def snapshot(*roots: Path) -> dict[str, tuple[int, ...]]:
    """Everything below the folders, as a person could tell that something was touched: kind, size, times, inode."""
    found: dict[str, tuple[int, ...]] = {}
    for root in roots:
        for path in [root, *root.rglob("*")] if root.exists() else ():
            seen = os.lstat(path)
            found[os.fspath(path)] = (seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_nlink)
    return found
