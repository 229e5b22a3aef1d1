"""The shared library of the photo toolkit; README.md beside this file is its map."""

import sys

__version__ = "1.1.0"

if sys.version_info < (3, 11):  # noqa: UP036  # macOS' own is 3.9, and what follows would be a traceback there
    sys.stderr.write("This needs Python 3.11 or newer, and this one is {}.{}; install a newer one.\n".format(*sys.version_info[:2]))
    sys.exit(2)
