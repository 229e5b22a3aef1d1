"""A person's computer with an album on it, and a bucket on a server of the tests."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import logging
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lib.cold_storage.checksums import WHOLE_UP_TO
from lib.model import BadRequest
from lib.reporting import command_line
from lib.transfer import manifest
from tests import s3_servers
from tests.run import IMPORT, album_files, read_report
from tests.s3_servers import BUCKET, S3Server


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        return self.out + self.err


class Household:
    """A person's computer with an album on it, and a bucket of its own on a server."""

    def __init__(self, folder: Path, server: S3Server, bucket: str) -> None:
        self.folder, self.album, self.server = folder, folder / "album", server
        self.url = f"s3://{bucket}/family"
        self.bucket = bucket
        self.as_process = False

    def command(self, *words: str | Path, album: Path | None = None) -> list[str]:
        fixed: list[str | Path] = ["--output", album or self.album, "--index", self.folder / "index", "--report", self.folder / "r.csv"]
        return [os.fspath(word) for word in (sys.executable, IMPORT, *fixed, *words)]

    def run(self, *words: str | Path, album: Path | None = None, code: int | None = 0, variables: Mapping[str, str] | None = None) -> Ended:
        """Run import.py: in this process, which saves half a second each time, or as a person does where `as_process` was set."""
        (self.folder / "r.csv").unlink(missing_ok=True)
        environment = {**s3_servers.environment(self.folder), "TZ": "UTC", **(variables or {})}
        command = self.command(*words, album=album)
        ended = self._start(command, environment) if self.as_process else self._call(command[2:], environment)
        assert "Traceback" not in ended.err, ended.err
        assert code is None or ended.code == code, ended.told
        return ended

    def _start(self, command: list[str], environment: dict[str, str]) -> Ended:
        done = subprocess.run(command, capture_output=True, cwd=self.folder, env=environment, timeout=300, check=False)
        return Ended(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def _call(self, words: list[str], environment: dict[str, str]) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(err)
        command_line.log.addHandler(handler)
        command_line.log.setLevel(logging.INFO)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _surroundings(self.folder, environment):
                code = importlib.import_module("import").main(words)
        except BadRequest as request:
            print(request, file=err)
            code = command_line.WRONG_USAGE
        finally:
            command_line.log.removeHandler(handler)
        return Ended(code, out.getvalue(), err.getvalue())

    def s3(self, *words: str | Path, album: Path | None = None, code: int | None = 0, variables: Mapping[str, str] | None = None) -> Ended:
        """The same with the server's address."""
        return self.run(*words, "--endpoint", self.server.endpoint, album=album, code=code, variables=variables)

    def store(self, *words: str, code: int | None = 0) -> Ended:
        return self.s3("--store", self.url, *words, code=code)

    def check(self, *words: str, code: int | None = 0) -> Ended:
        return self.s3("--verify", "--store", self.url, *words, code=code)

    def rows(self) -> dict[str, dict[str, str]]:
        """The last report, by name, or by key where only the bucket has it."""
        return {row["name"] or row["key"]: row for row in read_report(self.folder / "r.csv")}

    def stored(self) -> dict[str, int]:
        """What the bucket holds below the prefix."""
        return {key.removeprefix("family/"): size for key, size in self.server.keys(self.bucket).items()}

    def put(self, files: dict[str, bytes]) -> None:
        """Make the album's files, and a manifest of them."""
        for name, data in files.items():
            path = self.album / os.fsdecode(os.fsencode(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            os.utime(path, ns=(10**18 + len(data), 10**18 + len(data)))
        every = {name: hashlib.sha256(data).hexdigest() for name, data in album_files(self.album).items()}
        manifest.write(os.fspath(self.album), every)


@contextlib.contextmanager
def _surroundings(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Within the block the process is in this folder and has this environment."""
    before, here = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


_made = 0


def household(folder: Path, server: S3Server, *, versioned: bool = True, locked: bool = False) -> Household:
    global _made
    _made += 1
    bucket = f"{BUCKET}-{_made}"
    server.bucket(bucket, versioned=versioned, locked=locked)
    return Household(folder, server, bucket)


def photos(count: int, size: int = 2000, seed: int = 1) -> dict[str, bytes]:
    chance = random.Random(seed)
    return {f"2014/{1 + n % 12:02}/IMG_{n:04}.jpg": chance.randbytes(size) for n in range(count)}


def killed_at_random(home: Household, kills: int) -> int:
    """Store small files and one in parts while the process is killed again and again, then finish: nothing is missing or torn.

    Returned is how many starts were killed before they had ended by themselves.
    """
    chance = random.Random(kills)
    files = {**photos(60, 40_000), "2014/07/large.mov": chance.randbytes(WHOLE_UP_TO + 20_000_000)}
    home.put(files)
    store = ["--store", home.url, "--endpoint", home.server.endpoint, "--storage-class", "STANDARD"]
    cut_off = 0
    for number in range(kills):
        # Slowly at first, so that the kills meet all of the run; it goes on where it was cut off.
        command = home.command(*store, "--bandwidth", "20")
        environment = {**s3_servers.environment(home.folder), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, cwd=home.folder, env=environment, stdout=subprocess.PIPE, text=True) as started:
            assert started.stdout is not None
            while number % 5 and not started.stdout.readline().startswith("The sums"):
                assert started.poll() is None
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.wait(chance.random() * 2)  # from where it sends, and each fifth time from its start
            cut_off += started.poll() is None
            started.kill()
        held = home.stored()
        whole = {name: data for name, data in files.items() if name in held}
        if number % 10 == 9 or number == kills - 1:
            assert all(home.server.read(f"family/{name}", home.bucket) == data for name, data in whole.items())
        assert all(held[name] == len(data) for name, data in whole.items())
    assert cut_off
    home.store("--storage-class", "STANDARD")
    assert {name: home.server.read(f"family/{name}", home.bucket) for name in files} == files
    assert "0 files stored" in home.store("--storage-class", "STANDARD").out
    home.check()
    begun = home.server.client.list_multipart_uploads(Bucket=home.bucket).get("Uploads", [])
    assert len(begun) <= 1, "an upload in parts that was cut off was not gone on with"
    return cut_off
