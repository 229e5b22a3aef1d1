"""What is written is brought to the disk itself, on macOS past the drive's own memory."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from lib.files import disk_sync


@pytest.mark.parametrize("knows", [True, False])
def test_macos_is_asked_for_more_than_its_fsync_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows: bool) -> None:
    called: list[str] = []

    def control(handle: int, what: int) -> None:
        if not knows:
            raise OSError("a network drive")
        called.append("full")

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", control)
    monkeypatch.setattr(os, "fsync", lambda handle: called.append("plain"))
    with (tmp_path / "a").open("w") as file:
        disk_sync.sync(file.fileno())
    assert called == (["full"] if knows else ["plain"])
