"""A computer with Windows, as the flows see it: drives C: and D:, and the toolkit's scripts started there by a Windows Python."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

import pytest

from tests.run import ROOT, read_report
from tests.windows import wine_python

_TOOLKIT = ("import.py", "find_duplicates.py", "match_thumbnails.py", "lib", "tests/windows/hooks")
PYTHON = r"C:\python\python.exe"
_LONGEST_RUN = 600.0  # seconds, on a machine that has much else to do


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, and the rows of its report."""

    code: int
    told: str
    rows: list[dict[str, str]]

    def actions(self) -> dict[str, str]:
        """What was done, by the name of the file."""
        return {PureWindowsPath(row["source"]).name: row["action"] for row in self.rows}


@dataclass(slots=True)
class Computer:
    """One flow's folders on both drives, seen from here, and its Python there."""

    installed: Path
    name: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def c(self) -> Path:
        """The flow's folder on drive C:."""
        return self.installed / "prefix" / "drive_c" / "flows" / self.name

    @property
    def d(self) -> Path:
        """The flow's folder on drive D:."""
        return self.installed / "d" / "flows" / self.name

    @property
    def report(self) -> Path:
        """Where import.py writes its report."""
        return self.c / "report.csv"

    def there(self, path: Path) -> str:
        """The name by which Windows knows a path below `c` or `d`."""
        for drive, root in (("C:\\", self.installed / "prefix" / "drive_c"), ("D:\\", self.installed / "d")):
            if path.is_relative_to(root):
                return drive + os.fspath(path.relative_to(root)).replace("/", "\\")
        raise ValueError(f"{path} is on neither drive")

    def words(self, script: str, *options: str | Path) -> list[str]:
        """The command that starts a script there."""
        told = [option if isinstance(option, str) else self.there(option) for option in options]
        if "--workers" not in told:
            told += ["--workers", "1"]  # each costs seconds to start there
        return ["wine", PYTHON, rf"C:\toolkit\{script}", *told, "--index", self.there(self.c / "index.sqlite")]

    def run(self, script: str, *options: str | Path, code: int = 0) -> Ended:
        """Run a script to its end, which has to be `code`."""
        self.report.unlink(missing_ok=True)
        if script == "import.py" and not {"--undo", "--verify", "--runs"} & set(options):
            options = (*options, "--report", self.report)
        with self.started(script, *options) as started:
            ended = started.end()
        assert "Traceback" not in ended.told, ended.told
        assert ended.code == code, ended.told
        return Ended(ended.code, ended.told, read_report(self.report))

    @contextlib.contextmanager
    def started(self, script: str, *options: str | Path, words: Sequence[str] = ()) -> Iterator[Started]:
        """A script, or what Python does with `words`, that runs while the block does."""
        variables = {"PYTHONPATH": r"C:\toolkit\tests\windows\hooks", "TZ": "UTC", **self.variables}
        process = subprocess.Popen(
            ["wine", PYTHON, *words] if words else self.words(script, *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.c,
            env={**wine_python.environment(self.installed), **variables},
        )
        started = Started(process)
        try:
            yield started
        finally:
            process.kill()
            process.wait()


class Started:
    """A run whose output is read meanwhile: Wine's helpers hold the pipe open when Python is long gone."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process, self._told = process, bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while block := os.read(self._process.stdout.fileno(), 65536):
            self._told += block

    @property
    def told(self) -> str:
        """What it has printed until now."""
        return self._told.decode("utf-8", "replace").replace("\r\n", "\n")

    def end(self) -> Ended:
        """Wait for its end."""
        code = self._process.wait(_LONGEST_RUN)
        self._reader.join(0.5)
        return Ended(code, self.told, [])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each flow runs on every Windows Python that there is."""
    if "installed" in metafunc.fixturenames:
        metafunc.parametrize("installed", os.environ.get("FLOWS_VERSIONS", "").split() or ["none"], scope="session", indirect=True)


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where a Windows Python lies, with the toolkit of this moment on its drive C:."""
    folder = os.environ.get("FLOWS_FOLDER")
    if folder is None:
        pytest.skip("needs a Windows Python: python -m tests.windows")
    here = Path(folder).resolve() / str(request.param)
    toolkit = here / "prefix" / "drive_c" / "toolkit"
    for place in (toolkit, here / "prefix" / "drive_c" / "flows", here / "d" / "flows"):
        shutil.rmtree(place, ignore_errors=True)
    toolkit.mkdir()
    for name in _TOOLKIT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, toolkit / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, toolkit / name)
    # Wine's own services are started once for all flows.
    variables = wine_python.environment(here)
    subprocess.run(["wineserver", "--persistent"], env=variables, check=False)
    yield here
    subprocess.run(["wineserver", "--kill"], env=variables, check=False)


@pytest.fixture
def pc(installed: Path, request: pytest.FixtureRequest) -> Computer:
    """A computer with empty folders for this flow."""
    computer = Computer(installed, request.node.originalname.removeprefix("test_")[:40])
    shutil.rmtree(computer.c, ignore_errors=True)
    shutil.rmtree(computer.d, ignore_errors=True)
    computer.c.mkdir(parents=True)
    computer.d.mkdir(parents=True)
    return computer
