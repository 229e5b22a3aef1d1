"""Lines that a person pastes into a terminal: as the shells of this system take them, from whatever folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

from lib.model import IS_WINDOWS

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What neither cmd nor PowerShell takes for anything but a part of a word.
_PLAIN_ON_WINDOWS = re.compile(r"[\w.:\\/+=-][\w.:\\/+=~-]*")


def to_paste(*words: str) -> str:
    """Return the line that calls this script with these words."""
    python = re.sub(r"pythonw\.exe$", "python.exe", sys.executable or "python3")
    return command(python, os.path.abspath(sys.argv[0]), *words)


def missing_package(name: str) -> str:
    """Return what to do where this Python lacks the package `name`: mostly it is the system's own, started by habit."""
    python = os.path.join(_ROOT, ".venv", *(("Scripts", "python.exe") if IS_WINDOWS else ("bin", "python")))
    if not os.path.exists(python):
        return f"This Python lacks the package {name}; run this line once, then start the script by the python in .venv: {_set_up()}"
    if os.path.abspath(sys.executable) != python:
        again = command(python, os.path.abspath(sys.argv[0]), *sys.argv[1:])
        return f"This Python lacks the package {name}; start the script by the one that has it: {again}"
    install = command(python, "-m", "pip", "install", "-r", os.path.join(_ROOT, "requirements.txt"))
    return f"The package {name} is not installed; run this line once, then start again: {install}"


def _set_up() -> str:
    if IS_WINDOWS:  # PowerShell 5.1 knows no &&
        return f"cd {_windows_word(_ROOT)}; py -3 -m venv .venv; .venv\\Scripts\\pip install -r requirements.txt"
    return f"cd {_shell_word(_ROOT)} && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"


def command(program: str, *words: str) -> str:
    """Return the line that calls `program` with these words."""
    if IS_WINDOWS:
        return " ".join([_windows_program(program), *map(_windows_word, words)])
    return " ".join(map(_shell_word, (program, *words)))


def _shell_word(word: str) -> str:
    """A word as a shell takes it; what cannot be shown is written with escapes, as bash, zsh and ksh know them."""
    if all(letter.isprintable() or letter in "\u200d\ufe0f" for letter in word):
        return shlex.quote(word)
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b"\\'" else f"\\{byte:03o}" for byte in os.fsencode(word))
    return f"$'{''.join(plain)}'"


def _windows_word(word: str) -> str:
    """As cmd and PowerShell both take it, where one way of writing does for both; else as PowerShell, which a new window opens."""
    if _PLAIN_ON_WINDOWS.fullmatch(word):
        return word
    if re.search(r"[$`“”„]", word):
        return "'" + re.sub(r"(['‘’‚‛])", r"\1\1", word) + "'"
    quoted = subprocess.list2cmdline([word])
    return quoted if quoted.startswith('"') else f'"{quoted}"'


def _windows_program(path: str) -> str:
    """PowerShell takes a quoted word for a text and not for a program: a path with blanks goes by its short name, where it has one."""
    for name in (path, _short_name(path)):
        if _PLAIN_ON_WINDOWS.fullmatch(name):
            return name
    return f"& {_windows_word(path)}"


def _short_name(path: str) -> str:
    """The path in names of eight letters and three, empty where there is none."""
    if sys.platform != "win32":
        return ""
    import ctypes

    name = ctypes.create_unicode_buffer(1024)
    return name.value if 0 < ctypes.windll.kernel32.GetShortPathNameW(path, name, 1024) < 1024 else ""
