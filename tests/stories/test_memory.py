"""Pictures made to blow up: whatever they say of their size, reading one takes less than a gigabyte, or is refused in words."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.run import ROOT

GIGABYTE = 1 << 30
pytestmark = pytest.mark.slow

MEASURE = """
import os, resource, sys
from lib.analysis import appearance, hashing, metadata
from lib.model import Unreadable
for read in (metadata.read, appearance.read_appearance, hashing.pixels):
    try:
        read(sys.argv[1])
        print("read")
    except Unreadable as error:
        print(error)
# On Linux ru_maxrss begins with what the process that started this one took; the high-water mark of /proc is our own.
if os.path.exists("/proc/self/status"):
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def png(path: Path, width: int, height: int, *, bits: int = 8, colours: int = 2) -> Path:
    """A black PNG of any size, made in no memory; `colours` as PNG has them: 0 grey, 2 RGB, 6 RGB with transparency."""
    row = bytes(1 + (width * bits * {0: 1, 2: 3, 6: 4}[colours] + 7) // 8)
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)), (b"IDAT", data), (b"IEND", b""))
    chunks = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


def blank(path: Path, width: int, height: int, **options: object) -> Path:
    """A picture of one colour, saved in a process of its own."""
    code = "import sys; from PIL import Image; import pillow_heif; pillow_heif.register_heif_opener(); Image.MAX_IMAGE_PIXELS = None; "
    code += f"Image.new('RGB', ({width}, {height}), (9, 99, 199)).save(sys.argv[1], **{options!r})"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    return path


def measure(path: Path) -> tuple[list[str], int]:
    """What the three readers say of a picture, and the most memory that they took, in bytes."""
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    *said, memory = done.stdout.splitlines()
    return said, int(memory)


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured otherwise there")
class TestMemory:
    @pytest.mark.parametrize(("colours", "bits"), [(2, 8), (6, 8), (0, 16)], ids=["RGB", "RGBA", "16 bit grey"])
    def test_a_png_of_a_hundred_megapixels_is_read(self, tmp_path: Path, colours: int, bits: int) -> None:
        said, memory = measure(png(tmp_path / "large.png", 12500, 8000, colours=colours, bits=bits))
        assert said == ["read"] * 3 and memory < GIGABYTE

    def test_a_bomb_is_refused_before_it_goes_off(self, tmp_path: Path) -> None:
        said, memory = measure(png(tmp_path / "bomb.png", 60000, 60000, bits=1, colours=0))
        assert said[0] == "read" and "too large to decode safely" in said[1] and memory < GIGABYTE // 4

    @pytest.mark.parametrize(("name", "width", "height"), [("a.webp", 12500, 10000), ("a.webp", 9000, 6000), ("a.avif", 9000, 6000)])
    def test_formats_that_take_many_times_their_pixels(self, tmp_path: Path, name: str, width: int, height: int) -> None:
        options = {"speed": 10} if name.endswith("avif") else {"method": 0}
        said, memory = measure(blank(tmp_path / name, width, height, **options))
        assert all(word == "read" or "too large" in word for word in said) and memory < GIGABYTE

    def test_an_import_of_a_bomb_costs_one_row(self, tmp_path: Path) -> None:
        from tests.run import Desk

        desk = Desk(tmp_path)
        png(desk.source / "bomb.png", 60000, 60000, bits=1, colours=0)
        limited = ["prlimit", f"--as={4 * GIGABYTE}"] if sys.platform == "linux" else []
        done = desk.start([*limited, *desk.command()])
        assert done.code in (0, 1) and len(done.rows) == 1
