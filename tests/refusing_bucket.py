"""A server on the loopback address that speaks as much S3 as it takes to refuse things: what moto and SeaweedFS never do."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_EMPTY = f"{_XML}<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>"
_VERSIONED = f"{_XML}<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none: HTTP status, S3's code and message; `further` is more XML, `times` how often it is given (0: always)."""

    status: int
    code: str
    message: str = "no"
    further: str = ""
    times: int = 0


HANG_UP = Refusal(0, "")


@dataclass(slots=True)
class RefusingBucket:
    """What is asked of it: "list", "put", "head" or "get" is refused as `refusals` say; `asked` counts, `objects` are what was put."""

    endpoint: str = ""
    refusals: dict[str, Refusal] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    objects: dict[str, bytes] = field(default_factory=dict)


@contextlib.contextmanager
def refusing(**refusals: Refusal) -> Iterator[RefusingBucket]:
    """The server, running."""
    bucket = RefusingBucket("", refusals)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            if "versioning" in query:
                self._answer(200, _VERSIONED)
            elif "list-type" in query:
                self._unless_refused("list", _EMPTY)
            else:
                self._unless_refused("get", "")

        def do_HEAD(self) -> None:
            self._unless_refused("head", "", status=404)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self._unless_refused("put", ""):
                bucket.objects[urlsplit(self.path).path] = body

        def do_POST(self) -> None:
            self._unless_refused("post", "")

        def _unless_refused(self, what: str, body: str, status: int = 200) -> bool:
            bucket.asked[what] += 1
            refusal = bucket.refusals.get(what)
            if refusal is None or (refusal.times and bucket.asked[what] > refusal.times):
                self._answer(status, body)
                return True
            if refusal is HANG_UP:
                self.close_connection = True
                return False
            error = f"{_XML}<Error><Code>{refusal.code}</Code><Message>{refusal.message}</Message>{refusal.further}</Error>"
            self._answer(refusal.status, error)
            return False

        def _answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("ETag", '"etag"')
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the tests' own words are enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    bucket.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
