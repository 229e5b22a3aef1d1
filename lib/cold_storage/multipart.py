"""Send a large file in parts, each with its checksum, and go on after the last one that arrived."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.client import Bucket, Part
from lib.cold_storage.model import FileChecksums, StorageError, Trouble
from lib.cold_storage.record import BegunUpload, Record


@dataclass(frozen=True, slots=True)
class Sending:
    """What uploads in parts share; see `Uploader`."""

    bucket: Bucket
    record: Record
    bandwidth: Bandwidth
    advance: Callable[[int, int], None]

    def send(
        self,
        key: str,
        file: BinaryIO,
        size: int,
        fixity: FileChecksums,
        traits: Mapping[str, object],
        begun: BegunUpload | None,
        *,
        replaces: str = "",
    ) -> str:
        """The ETag of the object. An upload that was `begun` is gone on with where it is of the same bytes. Raises StorageError.

        Where the server does not know that one any more, it is begun anew. What was begun for other bytes is let go of.
        """
        if begun is not None and (begun.sha256, begun.part_size) != (fixity.sha256, fixity.part_size):
            with contextlib.suppress(StorageError):  # the bucket's own rule for abandoned uploads ends it too
                self.bucket.abandon_parts(key, begun.upload)
            begun = None
        if begun is not None:
            try:
                return self._send_rest(key, file, size, fixity, begun, replaces)
            except StorageError as error:
                if error.trouble is not Trouble.NO_UPLOAD:
                    raise
        fresh = BegunUpload(self.bucket.begin_parts(key, traits), fixity.sha256, fixity.part_size)
        self.record.begun(key, fresh)
        return self._send_rest(key, file, size, fixity, fresh, replaces)

    def _send_rest(self, key: str, file: BinaryIO, size: int, fixity: FileChecksums, begun: BegunUpload, replaces: str) -> str:
        sent: list[tuple[str, str]] = []
        for number, digest in enumerate(fixity.parts, 1):
            start = (number - 1) * fixity.part_size
            length = min(fixity.part_size, size - start)
            checksum = base64.b64encode(digest).decode()
            etag = begun.parts.get(number, "")
            if not etag:
                body = Part(file, start, length, self.bandwidth)
                etag = self.bucket.put_part(key, begun.upload, number, body, checksum)
                self.record.part(key, begun.upload, number, etag)
            self.advance(0, length)
            sent.append((etag, checksum))
        return self.bucket.complete_parts(key, begun.upload, sent, replaces=replaces)
