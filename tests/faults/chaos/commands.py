"""The toolkit's commands as a person gives them, each undisturbed or killed at some call, and what each of them has to keep to."""

from __future__ import annotations

import csv
import os
import random
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from lib.reporting import csv_tables
from lib.thumbnails.selection_names import COLUMNS
from tests.faults import law, points
from tests.faults.cases import ROOT
from tests.faults.chaos.ground import Ground, hold
from tests.faults.law import Broken
from tests.faults.points import Done

KILLED = -9
# The calls at which a command is killed, each up to that many of its kind: most are those by which files get their places.
_CALLS = {"renameat2": 10, "unlinkat": 8, "utimensat": 6, "fsync": 20, "write": 30, "openat": 120, "mkdirat": 3}
_COMMON = ("--workers", "1")

Command = Callable[[Ground], list[str]]
COMMANDS: list[Command] = []


def command(words: Command) -> Command:
    """Have this given at times."""
    COMMANDS.append(words)
    return words


def give(ground: Ground, *, kills: bool) -> None:
    """One command, and the law after it. Raises Broken."""
    chosen = ground.chance.choice(COMMANDS)
    words = chosen(ground)
    if not words:
        return
    if ground.chance.random() < 0.5:
        words += ["--index", str(ground.desk / "index")] if ground.chance.random() < 0.7 else ["--no-index"]
    call = ground.chance.choice(sorted(_CALLS)) if kills and ground.chance.random() < 0.5 else ""
    # strace counts for each thread, and copies are made by several: the first few calls are the likeliest to be among those.
    when = ground.chance.randint(1, ground.chance.choice((3, _CALLS[call]))) if call else 0
    ground.note(f"$ {' '.join(words)}{f'   # killed at {call} number {when}' if call else ''}")
    before = ground.look()
    done = _run(ground, words, call, when)
    ground.note(f"  ended with {done.code}: {done.out.strip().splitlines()[:1]} {done.err.strip().splitlines()[:2]}")
    now = hold(ground, before)
    if done.code == KILLED and call:
        return
    if done.code not in (0, 1, 2) or "Traceback" in done.err:
        raise Broken(f"no word for people: {done}")
    if done.code and not (done.err + done.out).strip():
        raise Broken(f"ended with {done.code} and said nothing")
    if "--dryrun" in words and law.visible(now) != law.visible(before):
        raise Broken("a dry run changed something")
    if chosen in (bring_in, copy_in) and done.code != 2:
        _hold_report(ground, words, before, now)
    # A search, a selection or what recovery brought to its end is not what the undo of this command puts back.
    if chosen in (bring_in, copy_in, apply) and done.code == 0 and "had been cut off" not in done.err and ground.chance.random() < 0.3:
        _put_back(ground, done, before, now)


def _put_back(ground: Ground, done: Done, before: law.Tree, now: law.Tree) -> None:
    """By the line that was printed, at once: everything is where it was."""
    lines = [shlex.split(line.partition(": ")[2]) for line in done.out.splitlines() if line.startswith("To put it back: ")]
    if not lines:
        if law.visible(now) != law.visible(before):
            raise Broken("something was changed, and no line tells how it is put back")
        return
    for _, script, *words in reversed(lines):
        ground.note(f"$ {' '.join(words)}   # at once")
        undone = _run(ground, [os.path.basename(script), *words], "", 0)
        ground.note(f"  ended with {undone.code}: {undone.out.strip().splitlines()[:1]} {undone.err.strip().splitlines()[:2]}")
        if undone.code:
            raise Broken(f"it could not be put back: {undone}")
    after = hold(ground, now)
    if law.visible(after) != law.visible(before):
        other = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        raise Broken(f"put back, it is not as it was: {sorted(other)}")


def _run(ground: Ground, words: Sequence[str], call: str, when: int) -> Done:
    log = ("-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}") if call else ()
    return points.run([os.path.join(ROOT, words[0]), *words[1:], *_COMMON], cwd=ground.desk, strace=log, plant=ground.plant)


def _hold_report(ground: Ground, words: Sequence[str], before: law.Tree, now: law.Tree) -> None:
    """Every file that a person saw in the inputs has one row, and what the row says of it is so."""
    with (ground.desk / "report.csv").open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = [{name: csv_tables.unguard(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    inputs = words[words.index("-i") + 1 : words.index("-o")]
    recovered = {row["source"] for row in rows if row["rule"] == "recovered"}
    rows = [row for row in rows if row["rule"] != "recovered"]
    counted = Counter(row["source"] for row in rows)
    twice = sorted(path for path, count in counted.items() if count > 1)
    silent = sorted(path for path in law.visible(before) if _is_input(path, inputs) and path not in counted.keys() | recovered)
    if twice or silent:
        raise Broken(f"the report has twice: {twice}, and nothing of: {silent}")
    for row in rows:
        if row["action"] in ("moved", "copied") and "--dryrun" not in words:
            destination = ground.album / row["destination"]
            content = now.get(str(destination))
            if content != row["source_sha256"] or content != before.get(row["source"], content):
                raise Broken(f"the report says that {row['source']} was {row['action']} to {destination}, where it is not")


def _is_input(path: str, inputs: Sequence[str]) -> bool:
    """True for a file in one of the folders, but in no folder that is hidden or that the toolkit has made for itself."""
    own = ("quarantine", "superseded")
    return any(
        path.startswith(os.path.join(folder, "")) and not any(part.startswith(".") or part in own for part in Path(path).parts)
        for folder in inputs
    )


def _some_sources(ground: Ground) -> list[str]:
    some = ground.chance.sample(ground.sources, ground.chance.randint(1, 3))
    return [str(folder) for folder in some]


@command
def bring_in(ground: Ground) -> list[str]:
    words = ["import.py", "-i", *_some_sources(ground), "-o", str(ground.album), "--report", str(ground.desk / "report.csv")]
    words += ground.chance.choice(([], [], ["--duplicates", "delete"], ["--duplicates", "quarantine"], ["--dryrun"]))
    words += ground.chance.choice(([], [], ["--keep-all"], ["--names", "{year}{month}{day} {name}"], ["--folders", "{year}"]))
    return words


@command
def copy_in(ground: Ground) -> list[str]:
    return ["import.py", "-i", *_some_sources(ground), "-o", str(ground.album), "--report", str(ground.desk / "report.csv"), "--copy"]


@command
def sort_the_album_in_place(ground: Ground) -> list[str]:
    return ["import.py", "-i", str(ground.album), "-o", str(ground.album), "--report", str(ground.desk / "report.csv")]


@command
def undo_import(ground: Ground) -> list[str]:
    return ["import.py", "--undo", "-o", str(ground.album), *ground.chance.choice(([], ["--dryrun"]))]


@command
def verify(ground: Ground) -> list[str]:
    return ["import.py", "--verify", "-o", str(ground.album), *ground.chance.choice(([], ["--adopt"]))]


@command
def find(ground: Ground) -> list[str]:
    folders = [*_some_sources(ground), *([str(ground.album)] if ground.album.is_dir() and ground.chance.random() < 0.5 else [])]
    return ["find_duplicates.py", "-i", *folders, "-o", str(ground.desk), "--level", "identical", "--no-page"]


def _report(ground: Ground) -> Path | None:
    """The report of the last search, with other decisions in it, which may be foolish ones."""
    path = ground.desk / "duplicates.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = list(csv.reader(file))
    at = lines[0].index("action")
    for line in lines[1:]:
        if ground.chance.random() < 0.2:
            line[at] = ground.chance.choice(("remove", "keep", ""))
    with path.open("w", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


@command
def apply(ground: Ground) -> list[str]:
    path = _report(ground)
    return ["find_duplicates.py", "--apply", str(path), *ground.chance.choice(([], ["--delete"], ["--dryrun"]))] if path else []


@command
def undo_apply(ground: Ground) -> list[str]:
    return ["find_duplicates.py", "--undo", "-o", str(ground.desk)] if (ground.desk / "duplicates.csv").exists() else []


@command
def select(ground: Ground) -> list[str]:
    """The decisions of matches.csv made anew, or left as they were."""
    table = ground.desk / "matches.csv"
    if not table.exists() or ground.chance.random() < 0.7:
        csv_tables.write(table, COLUMNS, list(_decisions(ground, ground.chance)))
    words = ["match_thumbnails.py", "--apply", str(table), "-o", str(ground.found)]
    return words + ground.chance.choice(([], [], ["--link"], ["--number"]))


def _decisions(ground: Ground, chance: random.Random) -> Sequence[tuple[str, ...]]:
    files = ground.files()
    chosen = [files[chance.randrange(len(files))] for _ in range(chance.randint(0, 5))] if files else []
    return [
        ("summer", f"t{number}.jpg", chance.choice(("matched", "matched", "none")), str(path), "", "", "", "", "")
        for number, path in enumerate(chosen)
    ]


@command
def undo_select(ground: Ground) -> list[str]:
    return ["match_thumbnails.py", "--undo", "-o", str(ground.found)] if ground.found.is_dir() else []
