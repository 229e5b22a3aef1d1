"""Run the flows of all three scripts under a Windows Python (by Wine): `python -m tests.windows`, with --short the more important half."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.windows import wine_python

_FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "photo-toolkit-tests" / "wine"
_CANNOT_BUILD = 3


def main() -> int:
    """Build what is missing, run the flows; pytest's exit code, or 3 where there can be no Windows Python here."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true", help="only the half that the gate runs")
    options.add_argument("--folder", type=Path, default=_FOLDER, help="where the Windows Pythons are kept (default: %(default)s)")
    options.add_argument("--versions", nargs="+", default=["3.11", "3.13"], help="of Python (default: %(default)s)")
    arguments, others = options.parse_known_args()
    begun = time.monotonic()
    built = []
    for version in arguments.versions:
        try:
            wine_python.build(arguments.folder, version)
            built.append(version)
        except (wine_python.CannotBuild, subprocess.SubprocessError) as error:
            print(f"NOT TESTED ON WINDOWS, Python {version}: {error}", file=sys.stderr, flush=True)
    if not built:
        return _CANNOT_BUILD
    print(f"Windows Python {' and '.join(built)} ready after {time.monotonic() - begun:.0f} s", flush=True)
    words = ["-m", "pytest", "-p", "no:cacheprovider", os.fspath(Path(__file__).parent), "--durations=10", *others]
    words += ["-m", "short"] if arguments.short else []
    told = {"FLOWS_FOLDER": os.fspath(arguments.folder), "FLOWS_VERSIONS": " ".join(built)}
    return subprocess.run([sys.executable, *words], cwd=wine_python.ROOT, env={**os.environ, **told}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
