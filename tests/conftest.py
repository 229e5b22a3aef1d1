"""What stories about import.py begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder with an empty source, and a place for the album."""
    return Desk(tmp_path)
