"""What the scripts have in common at the terminal."""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lib.model import BadRequest, Failure
from lib.reporting import command_line
from tests.run import ROOT


def options(*words: str) -> argparse.Namespace:
    return command_line.parser("caption").parse_args(words)


def test_switches_stand_alone_or_say_true_or_false() -> None:
    for words, expected in (
        ((), False),
        (("--dryrun",), True),
        (("-d",), True),
        (("--dry-run", "true"), True),
        (("--dryrun", "No"), False),
        (("--dryrun=off",), False),
    ):
        assert options(*words).dryrun is expected, words


@pytest.mark.parametrize("words", [("--dryrun", "maybe"), ("--workers", "many"), ("--workers", "0"), ("--dry",), ("stray",)], ids=str)
def test_wrong_words_are_one_sentence(words: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest, match=r"--help tells all options\.$"):
        options(*words)


def test_workers_follow_the_cores_the_person_or_debug() -> None:
    assert command_line.workers(options()) >= 1
    assert command_line.workers(options("--workers", "7")) == 7
    assert command_line.workers(options("--workers", "7", "--debug")) == 1


def test_a_value_with_a_minus_sign_is_no_option() -> None:
    assert command_line.joined(["-i", "a", "--zone", "-05:00", "-d"], "--zone") == ["-i", "a", "--zone=-05:00", "-d"]
    assert command_line.joined(["--zone", "-d"], "--zone") == ["--zone", "-d"]


def ended(main: str, *words: str) -> subprocess.CompletedProcess[str]:
    """How a script ends whose `main` does this."""
    lines = [
        "import os, signal",
        "from lib.reporting import command_line",
        "from lib.model import BadRequest, Failure",
        "def main(words):",
        f"    {main}",
        "command_line.run(main)",
    ]
    return subprocess.run([sys.executable, "-c", "\n".join(lines), *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("main", "code", "told"),
    [
        ("return 0", 0, ""),
        ("return 1", 1, ""),
        ("raise BadRequest('Name a folder.')", 2, "Name a folder.\n"),
        ("raise KeyboardInterrupt", 130, "Stopped.\n"),
        ("os.kill(os.getpid(), signal.SIGTERM)", 130, "Stopped.\n"),
    ],
)
def test_exit_codes_tell_how_it_went(main: str, code: int, told: str) -> None:
    done = ended(main)
    assert (done.returncode, done.stderr) == (code, told)


@pytest.mark.parametrize(
    "main",
    [
        r"raise BadRequest('No folder \x1b[31m\nhere')",
        r"command_line.log.info('No folder \x1b[31m\nhere'); return 0",
        r"command_line.tell_failures([Failure('a', 'No folder \x1b[31m\nhere')]); return 1",
        r"command_line.parser('').parse_args(['--workers', 'No folder \x1b[31m\nhere'])",
        r"command_line.parser('').parse_args(['No folder \x1b[31m\nhere'])",
        r"command_line.folder('No folder \x1b[31m\nhere', '--input')",
    ],
)
def test_what_a_name_or_a_reason_holds_does_not_command_the_terminal(main: str) -> None:
    done = ended(main)
    assert r"No folder \x1b[31m\nhere" in done.stderr.replace("\\\\", "\\") and "\x1b" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there is no shell that closes it")
@pytest.mark.parametrize("redirection", ["2>&-", ">&-", ">&- 2>&-", "<&- 2>&-"])
@pytest.mark.parametrize("main", ["return work()", "raise BadRequest('Name a folder.')"])
def test_a_closed_stream_costs_its_words_and_nothing_else(tmp_path: Path, redirection: str, main: str) -> None:
    """No file gets the number of the closed stream either: what a library says there would be written into a photo."""
    lines = [
        "import os, sys",
        f"sys.path.insert(0, {str(ROOT)!r})",
        "from lib.reporting import command_line",
        "from lib.model import BadRequest, Failure",
        "def work():",
        f"    with open({str(tmp_path / 'photo')!r}, 'w') as photo, command_line.progress('Working', 3) as advance:",
        "        advance(3, 0)",
        "        photo.write(str(photo.fileno() > 2))",
        "    print('Done.')",
        "    command_line.tell_failures([Failure('a.jpg', 'is broken')])",
        "    return 1",
        "def main(words):",
        f"    {main}",
        "command_line.run(main)",
    ]
    script = tmp_path / "script.py"
    script.write_text("\n".join(lines))
    words = f'exec "{sys.executable}" "{script}" {redirection}'
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == (1 if "work" in main else 2)
    if "work" in main:
        assert (tmp_path / "photo").read_text() == "True"
    told = ["Done.", "a.jpg: is broken"] if "work" in main else ["Name a folder."]
    if redirection != ">&- 2>&-":
        wanted = [words for words in told if words != "Done." or not redirection.startswith(">&-")]
        assert [words for words in wanted if words not in done.stdout + done.stderr] == []


def test_a_process_that_cannot_be_killed_is_not_waited_for() -> None:
    main = (
        "import multiprocessing, time\n"
        "    hang = lambda: (os.close(1), os.close(2), time.sleep(30))\n"
        "    process = multiprocessing.get_context('fork').Process(target=hang, daemon=True)\n"
        "    process.start()\n"
        "    process._popen.terminate = lambda: None\n"
        "    print(process.pid)\n"
        "    return 130"
    )
    begun = time.monotonic()
    done = ended(main)
    took = time.monotonic() - begun
    os.kill(int(done.stdout), signal.SIGKILL)
    assert done.returncode == 130 and took < 20


def test_our_own_mistake_is_a_traceback() -> None:
    assert "ZeroDivisionError" in ended("1 / 0").stderr


@pytest.mark.parametrize(
    ("words", "shown"),
    [(["--debug"], True), (["--debug", "true"], True), (["--debug=false"], False), (["--debug", "off"], False), ([], False)],
    ids=str,
)
def test_debug_lines_show_on_demand(words: list[str], shown: bool) -> None:
    assert ("a detail" in ended("command_line.log.debug('a detail'); return 0", *words).stderr) is shown


def test_the_first_ctrl_c_lets_a_step_end_and_the_second_does_not() -> None:
    with pytest.raises(KeyboardInterrupt), command_line.stop_gently() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_set()
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def in_terminal(code: str) -> str:
    """What a program shows in a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], stderr=theirs, stdout=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:  # the terminal's other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return shown.decode()


BAR = """
from lib.reporting import command_line
with command_line.progress("2/4 Reading", 4, 4_000_000) as advance:
    for _ in range({done}):
        advance(1, 1_000_000)
"""


def test_a_terminal_shows_files_bytes_rate_and_time_left() -> None:
    shown = in_terminal(BAR.format(done=4))
    assert "2/4 Reading" in shown and "4/4 files" in shown and "4.00M/4.00M" in shown and "B/s" in shown and "100%" in shown


def test_nothing_is_drawn_where_nobody_watches() -> None:
    done = subprocess.run([sys.executable, "-c", BAR.format(done=4)], cwd=ROOT, capture_output=True, check=True)
    assert not done.stderr and not done.stdout


def test_many_failures_are_told_in_part(caplog: pytest.LogCaptureFixture) -> None:
    failures: Sequence[Failure] = [Failure(f"/in/{n}\n.jpg", "is odd") for n in range(25)]
    command_line.tell_failures(failures)
    assert len(caplog.messages) == 21
    assert caplog.messages[0] == "/in/0\\n.jpg: is odd"
    assert "5 more" in caplog.messages[-1]


def test_paths_are_shown_without_harm() -> None:
    assert command_line.printable("a\x1b[2J\udcff😀👩\u200d🚀.jpg") == "a\\x1b[2J\\udcff😀👩\u200d🚀.jpg"
    assert command_line.printable("evil\u202egnp.jpg") == "evil\\u202egnp.jpg"


def test_folders_are_looked_at_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert command_line.folder(os.fspath(tmp_path), "--input") == os.path.realpath(tmp_path)
    for wrong, word in (("file", "this is a file"), ("none", "no such folder")):
        with pytest.raises(BadRequest, match=word):
            command_line.folder(os.fspath(tmp_path / wrong), "--input")


def test_sizes_are_said_as_people_say_them() -> None:
    assert [command_line.size_text(n) for n in (0, 999, 1500, 3_400_000_000, 5 * 10**12)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "3.4 GB",
        "5.0 TB",
    ]
