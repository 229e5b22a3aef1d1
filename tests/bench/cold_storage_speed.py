"""Storing 2,000 photos (1.5 GB) in S3 on the loopback address, beside `aws s3 sync` of the same folder: alternating, medians, memory.

python -m tests.bench.cold_storage_speed [FILES] [moto|seaweedfs]       (with `aws` of PyPI's awscli on the PATH)
"""

from __future__ import annotations

import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests import s3_servers
from tests.bench.import_speed import make
from tests.run import IMPORT

RUNS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds by the clock, seconds of processors, bytes of memory at most."""

    wall: float
    processors: float
    memory: int


def measured(command: list[str | Path], environment: dict[str, str]) -> Cost:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    peak = 0
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        while started.poll() is None:
            peak = max(peak, peak_of(started.pid))
            time.sleep(0.05)
        wall = time.perf_counter() - start
        said.seek(0)
        assert started.returncode == 0, said.read().decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)


def peak_of(process: int) -> int:
    """The most memory that a process had in use since it was started, in bytes; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    servers = {"moto": s3_servers.moto, "seaweedfs": s3_servers.seaweedfs}
    chosen = sys.argv[2:] or list(servers)
    aws = shutil.which("aws")
    if aws is None:
        sys.exit("There is no aws on the PATH; pip install awscli brings it.")
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        print(f"{count:,} files, {make(base / 'in', count) / 1e9:.2f} GB")
        fixed: list[str | Path] = [
            sys.executable,
            IMPORT,
            "--output",
            base / "album",
            "--index",
            base / "index",
            "--report",
            base / "report.csv",
        ]
        subprocess.run([*fixed, "--input", base / "in"], check=True, capture_output=True)
        (base / "report.csv").unlink()
        for kind in chosen:
            with servers[kind]() as server:
                measure(kind, server, base, fixed, aws)


def measure(kind: str, server: s3_servers.S3Server, base: Path, fixed: list[str | Path], aws: str) -> None:
    environment = s3_servers.environment(base)
    costs: dict[str, list[Cost]] = {"import.py --store": [], "aws s3 sync": []}
    for number in range(RUNS):
        for which, some in costs.items():
            bucket = server.bucket(f"bench-{number}-{which[:3]}")
            (base / "report.csv").unlink(missing_ok=True)
            ours: list[str | Path] = [*fixed, "--store", f"s3://{bucket}/a", "--endpoint", server.endpoint, "--storage-class", "STANDARD"]
            sync: list[str | Path] = [aws, "--endpoint-url", server.endpoint, "s3", "sync", base / "album", f"s3://{bucket}/a"]
            some.append(measured(ours if which.startswith("import") else [*sync, "--exclude", ".photo-toolkit/*"], environment))
            if kind == "moto":
                server.post("/moto-api/reset")  # it holds everything in memory
    floor = statistics.median(cost.wall for cost in costs["aws s3 sync"])
    for which, some in costs.items():
        walls = [cost.wall for cost in some]
        median, spread = statistics.median(walls), f"{min(walls):.1f} to {max(walls):.1f}"
        processors, memory = statistics.median(cost.processors for cost in some), max(cost.memory for cost in some)
        times = f"{median:6.1f} s ({spread}) = {median / floor:4.2f} x aws"
        print(f"{kind:10} {which:18} {times}; {processors:5.1f} s of processors; {memory / 2**20:4.0f} MiB")


if __name__ == "__main__":
    main()
