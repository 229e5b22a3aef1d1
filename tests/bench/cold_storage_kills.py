"""Kill `--store` 50 times at random points, against SeaweedFS on the loopback address; finish it, and hold every byte against the album.

python -m tests.bench.cold_storage_kills [KILLS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests import s3_servers
from tests.household import household, killed_at_random


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with s3_servers.seaweedfs() as server, tempfile.TemporaryDirectory() as folder:
        cut_off = killed_at_random(household(Path(folder).resolve(), server), kills)
    print(f"{cut_off} of {kills} starts were killed before they had ended; finished, every object whole and verified, nothing sent twice.")


if __name__ == "__main__":
    main()
