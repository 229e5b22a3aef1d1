"""What counts as a picture that may be lost, whatever it is called."""

from __future__ import annotations

import pytest

from lib.proof.contents import content
from lib.proof.model import Content

JPEG = b"\xff\xd8\xff\xe1" + b"\0" * 20


@pytest.mark.parametrize(
    "name, head, expected",
    [
        ("a.jpg", JPEG, Content.PICTURE),
        ("a.jpg", b"no picture by its bytes", Content.PICTURE),
        ("FILE0001.CHK", JPEG, Content.PICTURE),
        ("a.psd", b"8BPS\0\1", Content.PICTURE),
        ("a.bin", b"BM\x36\0", Content.PICTURE),
        ("a.MPG", b"?", Content.PICTURE),
        ("a.thm", JPEG, Content.PICTURE),
        ("a.xmp", b"<x:xmpmeta", Content.SIDECAR),
        ("._a.jpg", b"\0\x05\x16\x07\0\2", Content.OTHER),
        ("._a.jpg", JPEG, Content.PICTURE),
        ("empty.jpg", b"", Content.OTHER),
        ("a.zip", b"broken", Content.ARCHIVE),
        ("a.dat", b"PK\3\4", Content.ARCHIVE),
        ("a.docx", b"PK\3\4", Content.OTHER),
        ("a.jpg.gz", b"\x1f\x8b\x08", Content.CLOSED),
        ("backup", b"a".ljust(257, b"\0") + b"ustar\0", Content.CLOSED),
        ("disk.iso", b"\0" * 100, Content.CLOSED),
        ("taxes.pdf", b"%PDF-1.4", Content.OTHER),
    ],
)
def test_content(name: str, head: bytes, expected: Content) -> None:
    assert content(name, head) is expected
