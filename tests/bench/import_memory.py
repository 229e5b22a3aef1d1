"""Peak memory of deciding on an import, from made-up files: measured at two sizes, told for a million.

python -m tests.bench.import_memory [SMALLER LARGER]
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from lib.album import facts, import_report, operation_plan, placement, planning
from lib.album.album_state import AlbumState
from lib.album.decision import VersionVerdict
from lib.album.naming import Layout, check
from lib.analysis.index import Index
from lib.model import DateClaim, DateSource, MediaFile, Metadata


def answers(files: Sequence[MediaFile], *_: object, **__: object) -> Iterator[tuple[MediaFile, tuple[Any, ...]]]:
    """What a camera's photos would tell, each text of its own as it comes from the index."""
    for number, file in enumerate(files):
        digest = hashlib.sha256(file.name.encode() + file.folder.encode()).hexdigest()
        date = f"{2005 + number % 18}:{number % 12 + 1:02}:{number % 28 + 1:02} {number % 24:02}:{number % 60:02}:{number % 59:02}"
        claims = tuple(
            DateClaim(source, "".join(date)) for source in (DateSource.EXIF_ORIGINAL, DateSource.EXIF_DIGITIZED, DateSource.EXIF_MODIFIED)
        )
        place = 52.0 + number / 1e6, 13.0 + number / 1e6
        tags = Metadata("jpeg", 4000, 3000, 1, "Canon", f"EOS {number % 7}", *place, date, claims=claims)
        yield file, (digest, digest[:32], tags)


def files(count: int) -> Iterator[MediaFile]:
    for number in range(count):
        folder = sys.intern(f"/media/drive/photos of the family/{number // 500:05}")
        moment = 10**18 + number
        yield MediaFile(folder, f"IMG_{number % 10_000:04}_{number}.JPG", 3_000_000 + number, moment, moment + 1, 2049, number)


def peak(count: int) -> int:
    """The bytes that deciding on so many files takes at most, in this process."""
    vars(facts)["analyse"] = answers  # the reading is done elsewhere and streams
    clock = facts.Clock(UTC, datetime(2026, 1, 1, tzinfo=UTC))
    layout = Layout(check("{year}/{month}", "--folders", folders=True), check("{name}", "--names", folders=False))
    found = list(files(count))
    studied = facts.collect_facts(found, Index(None), clock, workers=1)
    album = AlbumState("/album")
    decisions = planning.plan(
        studied.sets,
        album,
        placement.PlacementOptions(layout),
        lambda one, other: VersionVerdict(are_versions=False),
        lambda files, name: (),
    )
    studied.sets.clear()
    made = operation_plan.plan_operations(decisions, "/album")
    after = operation_plan.apply_outcomes(decisions, made, ())
    assert sum(1 for _ in import_report.rows(after, {})) == len(made.operations) == count
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measured(count: int) -> int:
    """`peak` in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.import_memory", "--of", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> None:
    if sys.argv[1:2] == ["--of"]:
        print(peak(int(sys.argv[2])))
        return
    smaller, larger = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (100_000, 300_000)
    low, high = measured(smaller), measured(larger)
    a_file = (high - low) / (larger - smaller)
    print(f"{smaller:,} files: {low / 2**20:,.0f} MiB; {larger:,} files: {high / 2**20:,.0f} MiB; {a_file:,.0f} bytes a file")
    print(f"1,000,000 files: {(low + a_file * (1_000_000 - smaller)) / 2**20:,.0f} MiB")


if __name__ == "__main__":
    main()
