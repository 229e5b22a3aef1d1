"""What S3 refuses becomes a sentence that says what to do, and tells no secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.cold_storage import client
from lib.cold_storage.checksums import base64_of
from lib.cold_storage.client import Bucket
from lib.cold_storage.model import StorageError, StoreUrl, Tier, Trouble
from lib.model import BadRequest
from tests import s3_servers
from tests.refusing_bucket import HANG_UP, Refusal, refusing

pytestmark = pytest.mark.network
SUM = base64_of("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests' own credentials, and one attempt, for boto3 waits before it tries again."""
    s3_servers.needs("boto3")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3_servers.environment(tmp_path).items():
        if name.startswith("AWS_") or name == "HOME":
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "_ATTEMPTS", 1)


def connected(endpoint: str) -> Bucket:
    return client.connect(StoreUrl("album", "family/"), endpoint)


NAMED = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: s3:PutObjectTagging on resource: x"


@pytest.mark.parametrize(
    ("refusal", "trouble", "sentence"),
    [
        (Refusal(403, "AccessDenied", "Access Denied"), Trouble.EVERYTHING, "the permission s3:PutObject is missing"),
        (Refusal(403, "AccessDenied", NAMED), Trouble.EVERYTHING, "the permission s3:PutObjectTagging is missing"),
        (Refusal(404, "NoSuchBucket"), Trouble.EVERYTHING, "there is no such bucket"),
        (
            Refusal(403, "InvalidAccessKeyId", further="<AWSAccessKeyId>KEY</AWSAccessKeyId>"),
            Trouble.EVERYTHING,
            "does not know the access key",
        ),
        (
            Refusal(403, "SignatureDoesNotMatch", further="<StringToSign>SECRET</StringToSign>"),
            Trouble.EVERYTHING,
            "not the one of the access",
        ),
        (Refusal(400, "ExpiredToken"), Trouble.EVERYTHING, "the login has run out"),
        (Refusal(403, "RequestTimeTooSkewed"), Trouble.EVERYTHING, "clock is wrong by more than 15 minutes"),
        (Refusal(301, "PermanentRedirect", further="<Region>eu-west-3</Region>"), Trouble.EVERYTHING, "the bucket is in another region"),
        (
            Refusal(
                400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-west-3'", "<Region>eu-west-3</Region>"
            ),
            Trouble.EVERYTHING,
            "it is in eu-west-3; set AWS_DEFAULT_REGION=eu-west-3",
        ),
        (Refusal(503, "SlowDown"), Trouble.EVERYTHING, "S3 asks to slow down"),
        (Refusal(400, "InvalidStorageClass"), Trouble.EVERYTHING, "choose another one by --storage-class"),
        (Refusal(400, "BadDigest"), Trouble.THIS_OBJECT, "what arrived was not what was sent, and was refused"),
        (Refusal(412, "PreconditionFailed"), Trouble.EXISTS, "the key was taken"),
        (Refusal(409, "ConditionalRequestConflict"), Trouble.EXISTS, "by another run"),
        (Refusal(500, "InternalError"), Trouble.THIS_OBJECT, "the server had trouble of its own"),
        (Refusal(418, "ImATeapot"), Trouble.THIS_OBJECT, "S3 refused it with ImATeapot"),
        (Refusal(400, "&lt;script&gt;"), Trouble.THIS_OBJECT, "an error without a name"),
        (HANG_UP, Trouble.THIS_OBJECT, "the connection was cut"),
    ],
    ids=lambda value: value.code if isinstance(value, Refusal) else "",
)
def test_a_bucket_that_refuses(refusal: Refusal, trouble: Trouble, sentence: str) -> None:
    with refusing(put=refusal) as server, pytest.raises(StorageError) as told:
        connected(server.endpoint).put("a.jpg", b"abc", SUM, {})
    assert sentence in str(told.value) and told.value.trouble is trouble
    assert not any(secret in str(told.value) for secret in (s3_servers.SECRET, s3_servers.KEY_ID, "SECRET", "KEY"))
    assert told.value.__cause__ is None and told.value.__suppress_context__  # boto3's own words may quote the request


@pytest.mark.parametrize(("status", "sentence"), [(403, "the permission s3:GetObject is missing"), (400, "S3 refused it with 400")])
def test_answers_without_a_body_have_only_their_number(status: int, sentence: str) -> None:
    with refusing(head=Refusal(status, "")) as server, pytest.raises(StorageError, match=sentence):
        connected(server.endpoint).facts("a.jpg")


def test_what_is_not_there_has_no_facts() -> None:
    with refusing() as server:
        assert connected(server.endpoint).facts("a.jpg") is None


def test_a_user_who_may_not_list() -> None:
    with refusing(list=Refusal(403, "AccessDenied")) as server, pytest.raises(StorageError, match="s3:ListBucket is missing"):
        list(connected(server.endpoint).list_objects())


def test_slow_down_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_ATTEMPTS", 3)
    with refusing(put=Refusal(503, "SlowDown", times=1)) as server:
        assert connected(server.endpoint).put("a.jpg", b"abc", SUM, {}) == "etag"
    assert server.asked["put"] == 2 and server.objects == {"/album/family/a.jpg": b"abc"}


def test_nobody_answers() -> None:
    with pytest.raises(StorageError, match="the server cannot be reached"):
        connected(f"http://127.0.0.1:{s3_servers.free_port()}").facts("a.jpg")


def test_credentials_that_are_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with refusing() as server, pytest.raises((StorageError, BadRequest), match="credentials are not whole"):
        connected(server.endpoint).facts("a.jpg")


@pytest.mark.parametrize("code", ["MethodNotAllowed", "NotImplemented", "InvalidObjectState"])
def test_a_server_without_archives_need_not_bring_back(code: str) -> None:
    with refusing(post=Refusal(405, code)) as server:
        assert connected(server.endpoint).restore("a.jpg", Tier.BULK, 7).value == "ready"


def test_what_is_on_its_way_already_is_as_good() -> None:
    with refusing(post=Refusal(409, "RestoreAlreadyInProgress")) as server:
        assert connected(server.endpoint).restore("a.jpg", Tier.BULK, 7).value == "being brought back"
