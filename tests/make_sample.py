"""Make a small mess of photos and videos to try the toolkit on: python -m tests.make_sample FOLDER."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.build import heic, jpeg, png, video

CANON: dict[str, Any] = {"make": "Canon", "model": "Canon EOS 70D"}
NIKON: dict[str, Any] = {"make": "NIKON CORPORATION", "model": "NIKON D750"}
PHONE: dict[str, Any] = {"make": "Apple", "model": "iPhone 12"}
LARGE, SMALL = (1200, 900), (400, 300)


def make(root: Path) -> None:
    """Two cameras with one name, copies of copies, a phone with Live Photos, a messenger, a Takeout archive, and litter."""
    card, laptop, phone, disk = root / "camera card" / "DCIM", root / "old laptop", root / "phone", root / "disk 2014"
    jpeg(card / "100CANON" / "IMG_0001.JPG", 1, LARGE, date="2014:07:03 09:15:00", **CANON)
    jpeg(card / "100CANON" / "IMG_0002.JPG", 2, LARGE, date="2014:07:03 09:15:40", **CANON)
    jpeg(card / "101NIKON" / "IMG_0001.JPG", 3, LARGE, date="2014:07:21 18:02:11", **NIKON)
    jpeg(laptop / "mailed" / "IMG_0002.JPG", 2, SMALL, quality=60, date="2014:07:03 09:15:40", **CANON)
    shutil.copy2(jpeg(laptop / "Desktop" / "beach.jpg", 4, LARGE, date="2013:08:01 16:20:00", **NIKON), laptop / "beach (1).jpg")
    png(laptop / "Screenshot_20190102-101500.png", 5, SMALL)
    jpeg(laptop / "scans" / "grandmother 1962.jpg", 6, LARGE)
    heic(phone / "IMG_4711.HEIC", 7, LARGE, date="2021:05:09 11:30:12", offset="+02:00", gps=(48.137, 11.575), **PHONE)
    video(phone / "IMG_4711.MOV", 7, tags={"com.apple.quicktime.creationdate": "2021-05-09T11:30:12+0200"})
    jpeg(phone / "WhatsApp" / "IMG-20210510-WA0003.jpg", 8, SMALL)
    video(phone / "VID_20210511_203000.mp4", 9, created="2021-05-11T18:30:00Z")
    jpeg(phone / "家族 👪.jpg", 10, LARGE, date="2021:12:24 19:00:00", **PHONE)
    for name in ("IMG_0001.JPG", "IMG_0002.JPG"):
        disk.mkdir(parents=True, exist_ok=True)
        shutil.copy2(card / "100CANON" / name, disk / name)
    takeout = jpeg(root / "Takeout" / "Google Photos" / "Photos from 2016" / "DSC_0042.jpg", 11, LARGE)
    told = {"title": takeout.name, "photoTakenTime": {"timestamp": "1463995800"}, "geoData": {"latitude": 47.05, "longitude": 8.3}}
    takeout.with_name(f"{takeout.name}.supplemental-metadata.json").write_text(json.dumps(told), encoding="utf-8")
    (disk / "broken.jpg").write_bytes((card / "100CANON" / "IMG_0001.JPG").read_bytes()[:4000])
    (laptop / "todo.txt").write_text("sort the photos", encoding="utf-8")
    (laptop / "Thumbs.db").write_bytes(b"litter")
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (1420110000, 1420110000))


def main() -> None:
    """Make the sample, unless the folder holds something already."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "sample")
    if root.is_dir() and any(root.iterdir()):
        print(f"{root} is not empty, so it stays as it is.")
        return
    make(root)
    print(f"{sum(path.is_file() for path in root.rglob('*'))} files in {root}")


if __name__ == "__main__":
    main()
