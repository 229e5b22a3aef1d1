"""Send one file of the album to the bucket: read, held against the manifest, sent with its checksum, never over anything."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from lib.cold_storage import multipart
from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.checksums import base64_of, checksum_of, part_size_for, proves, read_fixity
from lib.cold_storage.client import Bucket, Part
from lib.cold_storage.model import AlbumFile, FileChecksums, StorageClass, StorageError, StoredObject, Trouble, UploadDecision
from lib.cold_storage.record import BegunUpload, Record
from lib.files.folders import FileIdentity, open_below
from lib.model import Failure, in_words

_TYPES = {
    **dict.fromkeys(("jpg", "jpeg", "jpe"), "image/jpeg"),
    **dict.fromkeys(("tif", "tiff"), "image/tiff"),
    **{ending: f"image/{ending}" for ending in ("heic", "heif", "png", "webp", "avif", "gif")},
    **dict.fromkeys(("mp4", "m4v"), "video/mp4"),
    **dict.fromkeys(("mts", "m2ts"), "video/mp2t"),
    "dng": "image/x-adobe-dng",
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "avi": "video/x-msvideo",
    "mkv": "video/x-matroska",
    "xmp": "application/rdf+xml",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}
_SENT_FROM_MEMORY = 1 << 20
"""Files up to so many bytes are sent from memory: half the time for small ones, and ten at a time are no burden."""


@dataclass(frozen=True, slots=True)
class Uploader:
    """What all uploads of a run share. `dates` are capture dates in text by name; `advance` may be called from any thread."""

    root: str
    bucket: Bucket
    record: Record
    bandwidth: Bandwidth
    begun: Mapping[str, BegunUpload]
    dates: Mapping[str, str]
    advance: Callable[[int, int], None]

    def upload(self, decision: UploadDecision) -> StoredObject | Failure:
        """The object that holds the file now, or why there is none. Raises StorageError where no other file will fare better."""
        file = decision.file
        try:
            with (
                open_below(self.root, file.name) as (folder, last),
                os.fdopen(folder.open_to_read(last), "rb", buffering=0) as opened,
            ):
                before = FileIdentity.of(os.fstat(opened.fileno()))
                made = self._send(decision, opened)
                if not isinstance(made, Failure) and FileIdentity.of(os.fstat(opened.fileno())) != before:
                    return Failure(file.name, "it was changed while it was sent; start again to send it as it is now")
        except OSError as error:
            return Failure(file.name, f"it could not be read: {in_words(error)}")
        except StorageError as error:
            if error.trouble.is_for_all:
                raise
            return Failure(file.name, str(error))
        if isinstance(made, StoredObject):
            self.record.stored(made)
        return made

    def _send(self, decision: UploadDecision, opened: BinaryIO) -> StoredObject | Failure:
        file, key = decision.file, decision.key
        fixity = read_fixity(opened.fileno(), part_size_for(file.size), self.bandwidth.stop)
        if fixity.sha256 != file.sha256:
            return Failure(file.name, "it is not what SHA256SUMS says, and was not sent; import.py --verify tells more")
        traits = self.traits(file, decision.storage_class, fixity)
        try:
            if fixity.part_size:
                begun = self.begun.get(key)
                sending = multipart.Sending(self.bucket, self.record, self.bandwidth, self.advance)
                etag = sending.send(key, opened, file.size, fixity, traits, begun, replaces=decision.replaces)
            else:
                body = self._body(opened, file.size)
                etag = self.bucket.put(key, body, base64_of(file.sha256), traits, replaces=decision.replaces)
                self.advance(0, file.size)
        except StorageError as error:
            if error.trouble is not Trouble.EXISTS:
                raise
            return self._found(file, key, fixity)
        return StoredObject(key, file.sha256, fixity.md5, file.size, etag, checksum_of(fixity))

    def _body(self, opened: BinaryIO, size: int) -> Part | bytes:
        if size > _SENT_FROM_MEMORY:
            return Part(opened, 0, size, self.bandwidth)
        body = Part(opened, 0, size, self.bandwidth)
        parts = []
        while data := body.read():
            parts.append(data)
        return b"".join(parts)

    def _found(self, file: AlbumFile, key: str, fixity: FileChecksums) -> StoredObject | Failure:
        """The object that has the key already: ours where an answer was lost on the way, and boto3 asked again."""
        facts = self.bucket.facts(key)
        if facts is not None and proves(facts, file.sha256, file.size, checksum_of(fixity)):
            return StoredObject(key, file.sha256, fixity.md5, file.size, facts.etag, facts.checksum)
        return Failure(file.name, "other bytes took its key meanwhile; start again to give it another one")

    def traits(self, file: AlbumFile, storage_class: StorageClass, fixity: FileChecksums) -> dict[str, object]:
        """What is told of an object beside its bytes. `mtime` and `md5chksum` are written as rclone does, which so can read them."""
        metadata = {
            "sha256": file.sha256,
            "md5chksum": base64.b64encode(bytes.fromhex(fixity.md5)).decode(),
            "mtime": mtime_text(file.mtime_ns),
        }
        if captured := self.dates.get(file.name):
            metadata["captured"] = captured
        if fixity.part_size:
            metadata["part-size"] = str(fixity.part_size)
            metadata["parts-sha256"] = checksum_of(fixity)
        return {"StorageClass": storage_class.value, "ContentType": content_type(file.name), "Metadata": metadata}


def content_type(name: str) -> str:
    """The media type that a browser needs to show the file."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def mtime_text(mtime_ns: int) -> str:
    """Nanoseconds since 1970 as seconds with nine digits behind the dot."""
    seconds, rest = divmod(abs(mtime_ns), 10**9)
    return f"{'-' if mtime_ns < 0 else ''}{seconds}.{rest:09}"


def mtime_of(text: str) -> int:
    """What `mtime_text` was given, in nanoseconds; 0 where the text is none of its."""
    seconds, _, rest = text.removeprefix("-").partition(".")
    if not (seconds.isdecimal() and seconds.isascii() and (not rest or rest.isdecimal())) or len(text) > 30:
        return 0
    value = int(seconds) * 10**9 + int(rest[:9].ljust(9, "0"))
    return -value if text.startswith("-") else value
