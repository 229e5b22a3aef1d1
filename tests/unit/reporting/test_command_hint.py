"""Lines to paste: they do in a shell, in cmd and in PowerShell what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.reporting import command_hint

ROOT = Path(__file__).parents[3]
SCRIPTS = ("import.py", "find_duplicates.py", "match_thumbnails.py")


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9), max_size=4))
def test_a_shell_takes_it_apart_into_the_same_words(words: list[str]) -> None:
    line = command_hint.command("printf", "%s|", *words)
    assert line.isprintable() or "\u200d" in line or "\ufe0f" in line
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout.decode("utf-8", "surrogateescape") == ("".join(f"{word}|" for word in words) or "|")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((r"C:\tk\.venv\Scripts\python.exe", r"C:\tk\import.py"), r"C:\tk\.venv\Scripts\python.exe C:\tk\import.py"),
        (("py", "--output", r"D:\Fähre 2019"), r'py --output "D:\Fähre 2019"'),
        (("py", "D:\\My Album\\"), 'py "D:\\My Album\\\\"'),
        (("py", "{csv}", ""), 'py "{csv}" ""'),
        (("py", "Tom & Jerry, 100% (1).jpg"), 'py "Tom & Jerry, 100% (1).jpg"'),
        (("py", "C'est là"), 'py "C\'est là"'),
        (("py", "$HOME's.jpg"), "py '$HOME''s.jpg'"),
        ((r"C:\Program Files\Python\python.exe", "x"), r'& "C:\Program Files\Python\python.exe" x'),
    ],
)
def test_on_windows_a_word_is_quoted_as_cmd_and_powershell_take_it(monkeypatch: pytest.MonkeyPatch, words: list[str], line: str) -> None:
    monkeypatch.setattr(command_hint, "IS_WINDOWS", True)
    assert command_hint.command(*words) == line


def test_on_windows_a_program_goes_by_its_short_name_rather_than_by_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_hint, "IS_WINDOWS", True)
    monkeypatch.setattr(command_hint, "_short_name", lambda path: r"C:\PROGRA~1\Python\python.exe")
    monkeypatch.setattr(sys, "executable", r"C:\Program Files\Python\pythonw.exe")
    monkeypatch.setattr(sys, "argv", ["/tk/import.py"])
    assert command_hint.to_paste("--undo") == r"C:\PROGRA~1\Python\python.exe /tk/import.py --undo"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_python_without_the_packages_says_in_a_sentence_what_to_run(tmp_path: Path, script: str) -> None:
    options: dict[str, list[str | Path]] = {
        "import.py": ["--input", tmp_path, "--output", tmp_path / "album"],
        "find_duplicates.py": ["--input", tmp_path],
        "match_thumbnails.py": ["--thumbnails", tmp_path, "--album", tmp_path, "--output", tmp_path / "out"],
    }
    # -S leaves out all packages that were installed, -I what the environment adds
    done = subprocess.run([sys.executable, "-I", "-S", ROOT / script, *options[script]], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    # Where this Python is the one in .venv that README's line makes, the packages are still to come into it
    is_own = os.path.abspath(sys.executable) == os.fspath(ROOT / ".venv" / "bin" / "python")
    assert re.match(r"The package \w+ is not installed; run " if is_own else r"This Python lacks the package \w+; ", sentence)
    assert ".venv" in sentence
    line = shlex.split(sentence.rpartition(": ")[2])
    assert line[0] == "cd" or line[1] == ("-m" if is_own else os.fspath(ROOT / script))


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10"])
def test_an_old_python_says_so(version: str) -> None:
    found = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python3"))
    if not found:
        pytest.skip(f"there is no Python {version} here")
    for script in SCRIPTS:
        done = subprocess.run([found[0], ROOT / script, "--help"], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (2, f"This needs Python 3.11 or newer, and this one is {version}; install a newer one.\n")


def test_an_environment_that_is_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    monkeypatch.setattr(command_hint, "_ROOT", os.fspath(tmp_path))
    monkeypatch.setattr(sys, "argv", ["/tk/import.py", "--output", "my album"])
    assert command_hint.missing_package("xxhash").endswith(
        f": cd {tmp_path} && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
    )
    python.parent.mkdir(parents=True)
    python.touch()
    assert command_hint.missing_package("xxhash").endswith(f": {python} /tk/import.py --output 'my album'")
    monkeypatch.setattr(sys, "executable", os.fspath(python))
    assert command_hint.missing_package("xxhash").endswith(f": {python} -m pip install -r {tmp_path}/requirements.txt")
