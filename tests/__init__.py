"""Tests of the toolkit. Nothing that they do is written down in the data folder of who runs them."""

import atexit
import os
import shutil
import tempfile

if "TESTS_DATA" not in os.environ:
    os.environ["TESTS_DATA"] = os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="photo-toolkit-tests-")
    atexit.register(shutil.rmtree, os.environ["XDG_DATA_HOME"], ignore_errors=True)
