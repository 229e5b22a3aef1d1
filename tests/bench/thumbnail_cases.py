"""In which cases thumbnails find their photos, how surely, and never falsely: python -m tests.bench.thumbnail_cases PHOTOS [--by ffmpeg]

PHOTOS is a folder of real JPEGs, and videos for real bursts (nothing in it is changed). The thumbnails are made by Pillow from one half of
them, with `--by ffmpeg` by ffmpeg from the other half: no photo and no code is shared, so what is chosen on one is shown on the other.

Of the photos a part is not in the album, a part is there beside other shots of the scene (made up, or frames of a video), a part beside a
messenger's copy, a part beside an edited twin. Each case is a set, asked about photos that are there (half of them out of bursts)
and about as many that are not (half of them further shots of a burst that is). `--work DIR` keeps the album and the thumbnails, and runs
again on those that are there already.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from PIL import Image, ImageOps

from lib.analysis import decoding
from lib.model import Unreadable
from tests.bench import thumbnails_by_ffmpeg, thumbnails_by_pillow

ROOT = Path(__file__).parent.parent.parent
MAKERS: dict[str, ModuleType] = {"pillow": thumbnails_by_pillow, "ffmpeg": thumbnails_by_ffmpeg}
_BLOCK = 8  # neighbours by name, which often show one scene, go to one half
_SHOTS = 5
_FRAMES = 24
_VERSIONS = ("easy", "medium", "hard", "brutal")


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture to make thumbnails of, and the album file that it is (empty: the album has none)."""

    picture: Image.Image
    truth: str = ""


@dataclass(slots=True)
class Pictures:
    """What can be asked about, by what lies around it in the album."""

    single: list[Asked] = field(default_factory=list)
    burst: list[Asked] = field(default_factory=list)
    absent: list[Asked] = field(default_factory=list)
    sibling: list[Asked] = field(default_factory=list)
    copied: list[Asked] = field(default_factory=list)
    twins: list[Asked] = field(default_factory=list)


def half(folder: Path, second: bool) -> tuple[list[Path], list[Path]]:
    """The photos and the videos of one half."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
    videos = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".mp4", ".mov", ".avi", ".mkv", ".webm"))
    return [p for n, p in enumerate(files) if n // _BLOCK % 2 == second], videos[second::2]


def build_album(photos: Sequence[Path], videos: Sequence[Path], maker: ModuleType, album: Path) -> Pictures:
    """Lay the album out, and tell what can be asked."""
    rng = random.Random(11)
    album.mkdir(parents=True)
    found = Pictures()

    def keep(name: str, picture: Image.Image) -> Asked:
        picture.save(album / name, quality=92)
        return Asked(picture, name)

    for number, path in enumerate(photos):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        if min(picture.size) < 240:
            continue
        name, part = f"IMG_{number:05d}", number % 10
        if part == 0:
            found.absent.append(Asked(picture))
            continue
        (album / f"{name}.jpg").write_bytes(path.read_bytes())
        if part == 1:
            (album / f"{name}.jpg").unlink()
            found.sibling.append(Asked(picture))
        elif part == 2 and max(picture.size) > 1200:
            (album / f"messenger-{number:05d}.jpg").write_bytes(maker.messenger_copy(picture))
            found.copied.append(Asked(picture, f"{name}.jpg"))
        elif part == 3:
            found.twins += [Asked(picture, f"{name}.jpg"), keep(f"{name}-edit-of-it.jpg", maker.edited(picture, rng))]
        elif part in (4, 5, 6):
            found.burst.append(Asked(picture, f"{name}.jpg"))
            found.sibling.append(Asked(maker.another_shot(picture, rng)))
        else:
            found.single.append(Asked(picture, f"{name}.jpg"))
        if part == 1 or 4 <= part <= 6:
            found.burst += [keep(f"{name}_shot{n}.jpg", maker.another_shot(picture, rng)) for n in range(_SHOTS if part > 1 else 2)]
    for number, path in enumerate(videos):
        try:
            frames = decoding.frames(str(path), _FRAMES, 1200)
        except Unreadable:
            continue
        if min(frames[0].size) < 200:
            continue
        for n, frame in enumerate(frames):
            if n % 5 == 2:
                found.sibling.append(Asked(frame))
            else:
                found.burst.append(keep(f"VID_{number}_{n:03d}.jpg", frame))
    return found


def questions(found: Pictures, maker: ModuleType, each: int) -> Iterator[tuple[str, str, Asked]]:
    """(case, group, picture) for every thumbnail."""
    for case in maker.CASES:
        rng = random.Random(case)
        groups = {"single": found.single, "burst": found.burst, "absent": found.absent, "sibling": found.sibling}
        for group, members in groups.items():
            for one in rng.sample(members, min(len(members), (each + 1) // 2)):
                yield case, group, one
    for case in _VERSIONS:
        for group, members in (("copied", found.copied), ("twins", found.twins)):
            for one in random.Random(f"{group} {case}").sample(members, min(len(members), each)):
                yield f"{group} {case}", "single", one


def make(folder: Path, maker: ModuleType, second: bool, each: int, work: Path) -> None:
    """The album, the thumbnails and the truth."""
    found = build_album(*half(folder, second), maker, work / "album")
    with open(work / "truth.csv", "w", newline="", encoding="utf-8") as opened:
        truth = csv.writer(opened)
        for number, (case, group, one) in enumerate(questions(found, maker, each)):
            name = f"t{number:05d}"
            make_one = maker.CASES[case.split(" ", 1)[1] if case.startswith(("copied ", "twins ")) else case]
            file = work / "thumbs" / case.replace(":", "-") / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(make_one(one.picture, random.Random(number)))
            truth.writerow((case, name, group, one.truth))


def score(work: Path, matches: Path) -> int:
    """Print the table; how many are false."""
    with open(matches, newline="", encoding="utf-8-sig") as opened:
        answers = {Path(row["thumbnail"]).name: row for row in csv.DictReader(opened)}
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    with open(work / "truth.csv", newline="", encoding="utf-8") as opened:
        for case, name, group, truth in csv.reader(opened):
            row, count = answers[name], tally[case]
            named, sure = Path(row["photo"]).name, row["status"] == "matched"
            kind = "here" if truth else "absent"
            part = "burst " if group == "burst" else ""
            count.update({kind: 1, f"{part}all": 1, "false": sure and named != truth})
            count.update({f"{part}right": bool(truth) and named == truth, f"{part}sure": bool(truth) and sure and named == truth})
            if sure and named != truth:
                print(f"FALSE {case} {name} ({group}): {named} instead of {truth or 'none'}")
    print(f"  {'case':22} {'right':>6} {'sure':>6}   {'of bursts':>13} {'false':>6} {'asked':>6} {'absent':>6}")
    total: Counter[str] = Counter()
    for case, count in tally.items():
        total.update(count)
        _row(case, count)
    _row("together", total)
    return total["false"]


def _row(case: str, count: Counter[str]) -> None:
    here, burst = max(1, count["here"]), max(1, count["burst all"])
    right, sure = count["right"] + count["burst right"], count["sure"] + count["burst sure"]
    bursts = f"{count['burst right'] / burst:6.3f} {count['burst sure'] / burst:6.3f}" if count["burst all"] else f"{'-':>13}"
    print(f"  {case:22} {right / here:6.3f} {sure / here:6.3f}   {bursts} {count['false']:6} {count['here']:6} {count['absent']:6}")


def run(work: Path, workers: int, cases: Sequence[str]) -> float:
    """Match them; the seconds that it took."""
    folders = [work / "thumbs" / case for case in cases] or [work / "thumbs"]
    words: list[str | Path] = ["--thumbnails", *folders, "--album", work / "album", "--output", work / "out", "--index", work / "index"]
    start = time.perf_counter()
    command = [sys.executable, ROOT / "match_thumbnails.py", *words, "--dryrun", "--no-page", f"--workers={workers}"]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """The table; exit code 1 where anything is false."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photos", type=Path)
    options.add_argument("--by", choices=tuple(MAKERS), default="pillow")
    options.add_argument("--each", type=int, default=16, help="thumbnails of a case that are there, and as many that are not")
    options.add_argument("--work", type=Path)
    options.add_argument("--workers", type=int, default=2)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = arguments.work or Path(name)
        if not (work / "truth.csv").exists():
            make(arguments.photos, MAKERS[arguments.by], arguments.by == "ffmpeg", arguments.each, work)
        took = run(work, arguments.workers, ())
        (work / "out").mkdir(exist_ok=True)
        print(f"{arguments.by}: {took:.0f} s")
        sys.exit(score(work, work / "out" / "matches.csv") > 0)


if __name__ == "__main__":
    main()
