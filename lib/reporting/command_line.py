"""What the scripts have in common at the terminal: options, messages, progress, exit codes, and how to stop."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from lib import __version__
from lib.model import BadRequest, Failure, in_words
from lib.reporting import command_hint
from lib.reporting.stopping import heed_signals
from lib.reporting.stopping import stop_at_once as stop_at_once
from lib.reporting.stopping import stop_gently as stop_gently

if TYPE_CHECKING:
    from lib.analysis.index import Index

DONE, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

_MOST_TOLD = 20

log = logging.getLogger("photo-toolkit")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]  # the base promises to exit; raising does that too
        raise BadRequest(f"{message[0].upper()}{message[1:].rstrip('.')}; {self.prog} --help tells all options.")


def parser(caption: str, epilog: str = "") -> argparse.ArgumentParser:
    """Return a parser with the options that every script has; wrong usage raises BadRequest."""
    made = _Parser(description=caption, epilog=epilog, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_switch(made, "-d", "--dryrun", "--dry-run", help="change nothing, only write the report")
    add_switch(made, "--debug", help="log every decision, run one worker, show the traceback of an error")
    made.add_argument("--workers", type=_count, metavar="N", help="processes that read files (default: one for each core)")
    made.add_argument("--index", metavar="FILE", help="where to remember what was read (default: in your cache folder)")
    made.add_argument("--no-index", action="store_true", help="remember nothing, and read everything anew")
    made.add_argument("--version", action="version", version=f"photo-toolkit {__version__}", help="show the version and exit")
    return made


def joined(words: Sequence[str], option: str) -> list[str]:
    """Return the words, where a value of `option` that begins with a minus sign (an offset such as -05:00) is not taken for an option."""
    result: list[str] = []
    for word in words:
        if result and result[-1] == option and re.match(r"-\d", word):
            result[-1] = f"{option}={word}"
        else:
            result.append(word)
    return result


def add_switch(target: argparse._ActionsContainer, *names: str, help: str) -> None:
    """An option that is given alone or with true or false."""
    target.add_argument(*names, nargs="?", const=True, default=False, type=_truth, metavar="true|false", help=help)


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 256")
    return int(text)


def seconds(text: str) -> float:
    """Return a length of time as the type of an option."""
    with contextlib.suppress(ValueError):
        if 0.1 <= float(text) <= 86400:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0.1 to 86400")


def workers(arguments: argparse.Namespace) -> int:
    """Return how many processes read files."""
    if arguments.debug:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(arguments.workers or cores)


def require_name(text: str, option: str) -> None:
    """Return only if the person named a folder. Raises BadRequest for an empty name, which the system would take for this folder."""
    if not text.strip():
        raise BadRequest(f'{option} "": the name is empty, as it is when a variable is; write . for the folder that you are in.')


def index(arguments: argparse.Namespace) -> Index:
    """Return what is remembered of files: where the person says, in the cache folder, or nowhere."""
    from lib.analysis.index import Index  # SQLite takes its time to load, and --help needs none of it
    from lib.analysis.index_file import default_index_path

    return Index(None if arguments.no_index else arguments.index or default_index_path())


def folder(text: str, option: str) -> str:
    """Return the real path of a folder that the person named. Raises BadRequest where there is none or it cannot be read."""
    require_name(text, option)
    path = os.path.realpath(os.path.expanduser(text))
    if not os.path.exists(path):
        raise BadRequest(f"{option} {text}: there is no such folder; check the spelling and whether the drive is connected.")
    if not os.path.isdir(path):
        raise BadRequest(f"{option} {text}: this is a file; name the folder that it lies in.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise BadRequest(f"{option} {text}: you may not read this folder.")
    return path


def output_folder(text: str) -> str:
    """Return the real path of the folder for what a script writes, made where it does not exist. Raises BadRequest."""
    require_name(text, "--output")
    path = os.path.realpath(os.path.expanduser(text))
    if os.path.lexists(path) and not os.path.isdir(path):
        raise BadRequest(f"--output {text}: this is a file; name a folder.")
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise BadRequest(f"--output {text}: the folder cannot be made: {error.strerror}.") from error
    return path


def run(main: Callable[[Sequence[str]], int]) -> None:
    """Run a script's `main` on the command line and leave with its exit code; no traceback for a bad request."""
    _open_streams()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Harmless("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    heed_signals()
    if _wants_debug(sys.argv[1:]):
        log.setLevel(logging.DEBUG)
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BadRequest as request:
        log.error("%s", request)
        code = WRONG_USAGE
    except KeyboardInterrupt as interrupt:
        log.error("%s", str(interrupt) or "Stopped.")
        code = INTERRUPTED
    except ModuleNotFoundError as error:
        if _wants_debug(sys.argv[1:]) or (error.name or "lib").startswith("lib"):
            raise
        log.error("%s", command_hint.missing_package(error.name or ""))
        code = WRONG_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = SOME_FAILED
    except OSError as error:
        if _wants_debug(sys.argv[1:]):
            raise
        where = f" ({printable(str(error.filename))})" if error.filename else ""
        log.error(
            "Broken off, because the system says: %s%s. Starting again goes on from here; --debug tells more.", in_words(error), where
        )
        code = SOME_FAILED
    _leave(code)


def _open_streams() -> None:
    """Give a number that somebody closed (`2>&-`) to nothing, before it is given to a photo and C libraries write their words there.

    Messages whose stream is closed go to stdout.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # open as long as the process lives
    sys.stderr = sys.stderr or sys.stdout
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class _Harmless(logging.Formatter):
    """Messages in which nothing that a name or a reason holds is an order to the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def _leave(code: int) -> None:
    """End the process without taking its objects apart one by one first: after a look at 100,000 files that lasts a third of a second."""
    sys.stdout.flush()
    sys.stderr.flush()
    logging.shutdown()
    # A child that is still there was killed already and hangs at a drive that does not answer; Python's own end would wait for it.
    if threading.active_count() == 1:
        os._exit(code)
    sys.exit(code)


def _wants_debug(words: Sequence[str]) -> bool:
    """Return what --debug says, before the options are looked at in earnest: mistakes in those are logged too."""
    last = next((place for place in range(len(words) - 1, -1, -1) if words[place].split("=")[0] == "--debug"), None)
    if last is None:
        return False
    _, _, value = words[last].partition("=")
    try:
        return _truth(value or words[last + 1])
    except (argparse.ArgumentTypeError, IndexError):
        return True


class _BarStream:
    """Where a bar is drawn. A terminal may be closed at any moment: that costs the bar, and not the step that it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding
        self.fileno = stream.fileno

    def write(self, text: str) -> None:
        """Draw it, if it can be drawn."""
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Have it seen, if it can be seen."""
        with contextlib.suppress(OSError):
            self._stream.flush()


@contextlib.contextmanager
def progress(caption: str, files: int | Callable[[], int | None] = 0, size: int = 0) -> Iterator[Callable[[int, int], None]]:
    """A bar with files, bytes, rate and time left; call what it gives with the files and bytes that are done more.

    Nothing is shown where stderr is no terminal. Time left goes by bytes where `size` is known, else by files. Where these are
    still being found, `files` is asked how many there are, and nothing is shown while it answers None.
    """
    if not sys.stderr.isatty():
        yield lambda more_files, more_bytes: None
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # its monitor thread would make the fork of workers unsafe
    by_bytes = size > 0
    unit = {"unit": "B", "unit_scale": True, "unit_divisor": 1000} if by_bytes else {"unit": " files"}
    done = 0
    with contextlib.ExitStack() as shown:

        def show(total: int | None) -> tqdm[NoReturn]:
            bar = tqdm(total=total, desc=f"{caption:<22}", file=_BarStream(sys.stderr), dynamic_ncols=True, mininterval=0.2, **unit)
            return shown.enter_context(bar)

        bar = None if callable(files) else show(size if by_bytes else files or None)

        def advance(more_files: int, more_bytes: int) -> None:
            nonlocal bar, done
            done += more_files
            if bar is None:
                total = files() if callable(files) else None
                if total is not None:
                    bar = show(total)
                    bar.update(done)
            elif by_bytes:
                bar.set_postfix_str(f"{done:,}/{files:,} files" if files else f"{done:,} files", refresh=False)
                bar.update(more_bytes)
            else:
                bar.update(more_files)

        yield advance


def tell_failures(failures: Sequence[Failure]) -> None:
    """Name the files that had problems, the first of them on the terminal; the report has all."""
    for failure in failures[:_MOST_TOLD]:
        log.error("%s: %s", printable(failure.path), failure.reason)
    if len(failures) > _MOST_TOLD:
        log.error("… and %s more; the report names them all.", f"{len(failures) - _MOST_TOLD:,}")


def printable(path: str | Path) -> str:
    """Return a path as text that can be shown: bytes that are no UTF-8, and control characters, are written as escapes."""
    text = os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(letter if letter.isprintable() or letter in "\u200d\ufe0f" else repr(letter)[1:-1] for letter in text)


def count_text(number: int, one: str, many: str = "") -> str:
    """Return how many of something: "1 file", "3,204 files"; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size_text(count: int) -> str:
    """Return a number of bytes as people say it: "3.4 GB"."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"
