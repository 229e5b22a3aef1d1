"""Speak with one bucket through boto3, which is loaded only here, and finds the credentials by its own chain."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.errors import in_sentences
from lib.cold_storage.model import ListedObject, ObjectFacts, Restoration, StorageClass, StorageError, StoreUrl, Tier, Trouble
from lib.model import BadRequest

CONNECTIONS = 10
"""Requests at a time, as boto3's own transfers have it."""
_ATTEMPTS = 6
_SECONDS_TO_CONNECT, _SECONDS_TO_ANSWER = 15, 60

Answer = Mapping[str, object]


class _S3(Protocol):
    """The calls of boto3's client that are used here."""

    def put_object(self, **words: object) -> Answer: ...
    def head_object(self, **words: object) -> Answer: ...
    def get_object(self, **words: object) -> Answer: ...
    def list_objects_v2(self, **words: object) -> Answer: ...
    def restore_object(self, **words: object) -> Answer: ...
    def create_multipart_upload(self, **words: object) -> Answer: ...
    def upload_part(self, **words: object) -> Answer: ...
    def complete_multipart_upload(self, **words: object) -> Answer: ...
    def abort_multipart_upload(self, **words: object) -> Answer: ...
    def get_bucket_versioning(self, **words: object) -> Answer: ...


class Stream(Protocol):
    """An object's bytes as they arrive."""

    def read(self, count: int, /) -> bytes:
        """The next bytes, empty at the end."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Part(io.RawIOBase):
    """A stretch of an open file as the body of a request: read no faster than `bandwidth` allows, and again where boto3 tries again."""

    def __init__(self, file: BinaryIO, start: int, size: int, bandwidth: Bandwidth) -> None:
        """The `size` bytes of `file` from `start` on; nobody else may read the file meanwhile."""
        self._file, self._start, self._size, self._bandwidth = file, start, size, bandwidth
        self._at = 0

    def __len__(self) -> int:
        return self._size

    def read(self, count: int = -1) -> bytes:
        """The next bytes, empty at the end."""
        left = self._size - self._at
        wanted = left if count is None or count < 0 else min(count, left)
        self._bandwidth.take(wanted)
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        if wanted and not data:
            raise OSError("it became shorter while it was sent")
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the stretch; where that is."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """How far it is read."""
        return self._at

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True


class Bucket:
    """A bucket, and the prefix in it that all keys here go without. Every call raises StorageError."""

    def __init__(self, url: StoreUrl, s3: _S3) -> None:
        """Use `connect` to get one."""
        self.url = url
        self._s3 = s3

    def _at(self, key: str) -> dict[str, object]:
        return {"Bucket": self.url.bucket, "Key": self.url.prefix + key}

    def list_objects(self) -> Iterator[ListedObject]:
        """Every object below the prefix, by key."""
        more: dict[str, object] = {}
        while True:
            with in_sentences(str(self.url)):
                page = self._s3.list_objects_v2(Bucket=self.url.bucket, Prefix=self.url.prefix, **more)
            for entry in cast(Sequence[Answer], page.get("Contents", ())):
                key = str(entry["Key"]).removeprefix(self.url.prefix)
                if key and not key.endswith("/"):  # a console makes empty objects for folders
                    modified = cast(datetime, entry["LastModified"])
                    size, kept = cast(int, entry["Size"]), str(entry.get("StorageClass", "STANDARD"))
                    yield ListedObject(key, size, _etag(entry), kept, modified)
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def is_versioned(self) -> bool:
        """True where a bucket keeps what is written over; False also where the user may not ask."""
        try:
            with in_sentences(str(self.url)):
                return self._s3.get_bucket_versioning(Bucket=self.url.bucket).get("Status") == "Enabled"
        except StorageError:
            return False  # then a changed file gets a key of its own, which is right in either case

    def facts(self, key: str) -> ObjectFacts | None:
        """What S3 says of an object, with its checksum; None where there is none."""
        try:
            with in_sentences(str(self.url)):
                answer = self._s3.head_object(**self._at(key), ChecksumMode="ENABLED")
        except StorageError as error:
            if error.trouble is Trouble.NOT_THERE:
                return None
            raise
        restore, kept = str(answer.get("Restore", "")), str(answer.get("StorageClass", "STANDARD"))
        restoration = Restoration.READY
        if 'ongoing-request="true"' in restore:
            restoration = Restoration.ONGOING
        elif not restore and kept in {one.value for one in StorageClass if one.is_archive}:
            restoration = Restoration.ARCHIVED
        metadata = {name.lower(): value for name, value in cast(Mapping[str, str], answer.get("Metadata", {})).items()}
        return ObjectFacts(
            key, cast(int, answer["ContentLength"]), _etag(answer), str(answer.get("ChecksumSHA256", "")), restoration, metadata
        )

    def put(self, key: str, body: Part | bytes, checksum: str, traits: Mapping[str, object], *, replaces: str = "") -> str:
        """Store an object whole; its ETag. `checksum`: SHA-256, base64, by which the server refuses anything else.

        Nothing is overwritten: the key has to be free, or to hold the version of the ETag `replaces`.
        """
        condition = {"IfMatch": f'"{replaces}"'} if replaces else {"IfNoneMatch": "*"}
        with in_sentences(str(self.url)):
            answer = self._s3.put_object(
                **self._at(key),
                Body=body,
                ContentLength=len(body),
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
                **condition,
                **traits,
            )
        return _etag(answer)

    def begin_parts(self, key: str, traits: Mapping[str, object]) -> str:
        """Begin an upload in parts; its id."""
        with in_sentences(str(self.url)):
            return str(self._s3.create_multipart_upload(**self._at(key), ChecksumAlgorithm="SHA256", **traits)["UploadId"])

    def put_part(self, key: str, upload: str, number: int, body: Part, checksum: str) -> str:
        """Store a part, counted from 1; its ETag."""
        with in_sentences(str(self.url)):
            answer = self._s3.upload_part(
                **self._at(key),
                UploadId=upload,
                PartNumber=number,
                Body=body,
                ContentLength=len(body),
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
            )
        return _etag(answer)

    def complete_parts(self, key: str, upload: str, parts: Sequence[tuple[str, str]], *, replaces: str = "") -> str:
        """Make an object of its parts, each with ETag and checksum; the object's ETag. Nothing is overwritten, as by `put`."""
        condition = {"IfMatch": f'"{replaces}"'} if replaces else {"IfNoneMatch": "*"}
        listed = [
            {"PartNumber": number, "ETag": f'"{etag}"', "ChecksumSHA256": checksum} for number, (etag, checksum) in enumerate(parts, 1)
        ]
        with in_sentences(str(self.url)):
            answer = self._s3.complete_multipart_upload(**self._at(key), UploadId=upload, MultipartUpload={"Parts": listed}, **condition)
        return _etag(answer)

    def abandon_parts(self, key: str, upload: str) -> None:
        """Let go of an upload in parts, so that its parts cost nothing more."""
        with in_sentences(str(self.url)):
            self._s3.abort_multipart_upload(**self._at(key), UploadId=upload)

    def open(self, key: str, etag: str, start: int = 0) -> Stream:
        """The bytes of an object from `start` on, while it is still the version of `etag`."""
        stretch: dict[str, object] = {"Range": f"bytes={start}-"} if start else {}
        with in_sentences(str(self.url)):
            return cast(Stream, self._s3.get_object(**self._at(key), IfMatch=f'"{etag}"', **stretch)["Body"])

    def read_some(self, stream: Stream, count: int) -> bytes:
        """The next bytes of an object that was opened."""
        with in_sentences(str(self.url)):
            return stream.read(count)

    def restore(self, key: str, tier: Tier, days: int) -> Restoration:
        """Ask for a copy of an archived object that can be read for `days`; how far it is then."""
        request = {"Days": days, "GlacierJobParameters": {"Tier": tier.value}}
        try:
            with in_sentences(str(self.url)):
                self._s3.restore_object(**self._at(key), RestoreRequest=request)
        except StorageError as error:
            if error.trouble is Trouble.NOT_ARCHIVED:
                return Restoration.READY
            if error.trouble is not Trouble.UNDERWAY:
                raise
        return Restoration.ONGOING


def connect(url: StoreUrl, endpoint: str) -> Bucket:
    """A bucket to speak with, by AWS or by the S3 server at `endpoint` where that is not empty. Raises BadRequest.

    Nothing is sent yet.
    """
    try:
        import boto3.session
        from botocore.config import Config
    except ImportError:
        line = f"{sys.executable} -m pip install -r {Path(__file__).resolve().parents[2] / 'requirements-s3.txt'}"
        raise BadRequest(f"Cold storage needs boto3, which is not installed; run this line first: {line}") from None
    # What botocore says of itself is no word for people, and at its most talkative it tells whole requests.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    config = Config(
        connect_timeout=_SECONDS_TO_CONNECT,
        read_timeout=_SECONDS_TO_ANSWER,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "max_attempts": _ATTEMPTS},
        # Every upload has its SHA-256 in a signed header; another checksum beside it is what some servers choke on, and a second
        # one of the same bytes for the signature is for nothing.
        request_checksum_calculation="when_required",
        s3={"payload_signing_enabled": False, **({"addressing_style": "path"} if endpoint else {})},
    )
    try:
        with in_sentences(str(url)):
            return Bucket(url, cast(_S3, boto3.session.Session().client("s3", endpoint_url=endpoint or None, config=config)))
    except StorageError as error:
        raise BadRequest(f"{error}.") from None
    except ValueError:
        raise BadRequest("--endpoint is no address of a server; write it as https://name or http://name:port.") from None


def _etag(answer: Answer) -> str:
    return str(answer.get("ETag", "")).strip('"')
