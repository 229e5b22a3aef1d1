"""What is uploaded, and what is brought back."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from lib.cold_storage import planning, restore_planning
from lib.cold_storage.checksums import base64_of
from lib.cold_storage.keys import versioned_key
from lib.cold_storage.model import AlbumFile, ListedObject, ObjectFacts, Restoration, StorageClass, StoredObject, Tier, UploadAction
from lib.cold_storage.planning import BucketContents
from lib.cold_storage.restore_planning import Wanted
from lib.model import BadRequest

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHA = hashlib.sha256(b"abc").hexdigest()
OTHER = hashlib.sha256(b"abd").hexdigest()
FILE = AlbumFile("2014/a.jpg", SHA, 3, 0)
OWN = versioned_key(FILE.name, SHA)


def listed(key: str, size: int = 3, etag: str = "e", storage_class: str = "STANDARD", modified: datetime = NOW) -> ListedObject:
    return ListedObject(key, size, etag, storage_class, modified)


def contents(*found: ListedObject, known: StoredObject | None = None, told: dict[str, str] | None = None) -> BucketContents:
    """`told`: the SHA-256 that S3 has of each key."""
    facts = {key: ObjectFacts(key, 3, "e", base64_of(sha256), Restoration.READY) for key, sha256 in (told or {}).items()}
    return BucketContents({one.key: one for one in found}, {known.key: known} if known else {}, facts)


def remembered(sha256: str = SHA, etag: str = "e") -> StoredObject:
    return StoredObject(FILE.name, sha256, "", 3, etag, base64_of(sha256))


@pytest.mark.parametrize(
    ("bucket", "versioned", "action", "key"),
    [
        (contents(), True, UploadAction.UPLOAD, FILE.name),
        (contents(listed(FILE.name), known=remembered()), True, UploadAction.PRESENT, FILE.name),
        (contents(listed(FILE.name), told={FILE.name: SHA}), False, UploadAction.PRESENT, FILE.name),
        # what is remembered is of another version than the listing shows, and S3 says that it holds something else
        (contents(listed(FILE.name, etag="new"), known=remembered(), told={FILE.name: OTHER}), True, UploadAction.NEW_VERSION, FILE.name),
        (contents(listed(FILE.name, size=4)), True, UploadAction.NEW_VERSION, FILE.name),
        (contents(listed(FILE.name, size=4)), False, UploadAction.UPLOAD, OWN),
        (contents(listed(FILE.name, size=4), listed(OWN), told={OWN: SHA}), False, UploadAction.PRESENT, OWN),
        (contents(listed(FILE.name, size=4), listed(OWN, size=4)), False, UploadAction.FAILED, OWN),
        # nobody knows what it holds: no checksum, so it counts as other bytes
        (contents(listed(FILE.name)), False, UploadAction.UPLOAD, OWN),
        (contents(listed(FILE.name), known=remembered(OTHER)), True, UploadAction.NEW_VERSION, FILE.name),
    ],
)
def test_what_becomes_of_a_file(bucket: BucketContents, versioned: bool, action: UploadAction, key: str) -> None:
    (decision,) = planning.plan([FILE], bucket, StorageClass.DEEP_ARCHIVE, versioned=versioned)
    assert (decision.action, decision.key) == (action, key)
    assert bool(decision.replaces) == (action is UploadAction.NEW_VERSION)


def test_s3_is_asked_only_about_what_is_not_remembered() -> None:
    assert planning.doubtful([FILE], contents()) == []
    assert planning.doubtful([FILE], contents(listed(FILE.name))) == [FILE.name]
    assert planning.doubtful([FILE], contents(listed(FILE.name), known=remembered())) == []
    assert planning.doubtful([FILE], contents(listed(FILE.name, etag="new"), known=remembered())) == [FILE.name]
    assert planning.doubtful([FILE], contents(listed(FILE.name, size=9))) == []


@pytest.mark.parametrize(("size", "kept"), [(131_071, StorageClass.STANDARD), (131_072, StorageClass.DEEP_ARCHIVE)])
def test_small_files_stay_where_they_cost_less(size: int, kept: StorageClass) -> None:
    (decision,) = planning.plan([AlbumFile("a", SHA, size, 0)], contents(), StorageClass.DEEP_ARCHIVE, versioned=True)
    assert decision.storage_class is kept
    (decision,) = planning.plan([AlbumFile("a", SHA, size, 0)], contents(), StorageClass.STANDARD_IA, versioned=True)
    assert decision.storage_class is StorageClass.STANDARD_IA


def test_folders_of_the_toolkit_stay_home_unless_asked_for() -> None:
    names = ["superseded/a", "quarantine/b", "2014/superseded/c", "d"]
    assert planning.chosen(names, ()) == ["2014/superseded/c", "d"]
    assert planning.chosen(names, ("quarantine",)) == ["2014/superseded/c", "d", "quarantine/b"]


def test_what_only_the_bucket_has_is_listed_but_not_older_bytes_of_a_file() -> None:
    bucket = contents(listed(FILE.name, size=9), listed(OWN), listed("gone.jpg"), listed("SHA256SUMS"), told={OWN: SHA})
    decisions = planning.plan([FILE], bucket, StorageClass.DEEP_ARCHIVE, versioned=False)
    assert planning.only_in_bucket(bucket, decisions) == ["gone.jpg"]


def test_requests_of_large_files_are_counted() -> None:
    large = AlbumFile("a.mov", SHA, 100 << 20, 0)
    (amount,) = planning.amounts(planning.plan([large], contents(), StorageClass.DEEP_ARCHIVE, versioned=True))
    assert (amount.objects, amount.requests) == (1, 1 + 7)  # to begin, and seven parts of 16 MiB; the completion is the object's own


def wanted(name: str, size: int = 10, kept: StorageClass = StorageClass.DEEP_ARCHIVE) -> Wanted:
    return Wanted(name, SHA, name, size, kept)


def facts_of(**states: Restoration) -> dict[str, ObjectFacts]:
    return {name: ObjectFacts(name, 10, "e", "", state) for name, state in states.items()}


FILES = [wanted("a"), wanted("b"), wanted("c")]
STATES = facts_of(a=Restoration.ARCHIVED, b=Restoration.ONGOING, c=Restoration.READY)


@pytest.mark.parametrize(
    ("share", "fetched", "now", "later"),
    [
        (None, 0, "ask a, fetch c, wait b", ""),
        (100, 0, "ask a, fetch c, wait b", ""),
        (20, 0, "ask , fetch c, wait b", "a"),  # what is paid comes first
        (20, 10, "ask , fetch c, wait ", "ba"),
        (20, 20, "ask , fetch , wait ", "cba"),
        (5, 0, "ask , fetch c, wait ", "ba"),  # one that is larger than a month's share comes alone, or it would never come
        (5, 1, "ask , fetch , wait ", "cba"),
    ],
)
def test_a_month_takes_its_share(share: int | None, fetched: int, now: str, later: str) -> None:
    plan = restore_planning.plan(FILES, STATES, share, fetched)
    names = ["".join(one.name for one in part) for part in (plan.ask, plan.fetch, plan.waiting)]
    assert "ask {}, fetch {}, wait {}".format(*names) == now
    assert "".join(one.name for one in plan.later) == later


def test_what_was_brought_back_already_is_not_paid_again() -> None:
    amounts = {one.storage_class: one.objects for one in restore_planning.amounts(FILES, STATES)}
    assert amounts == {StorageClass.DEEP_ARCHIVE: 1, StorageClass.STANDARD: 2}


def test_the_newest_list_counts() -> None:
    later = "SHA256SUMS.20261124T173000Z"
    found = [listed("SHA256SUMS"), listed(later, modified=NOW + timedelta(1)), listed("SHA256SUMS.jpg", modified=NOW + timedelta(9))]
    assert restore_planning.manifest_key(found, "SHA256SUMS") == later
    assert restore_planning.manifest_key(found[:1], "SHA256SUMS") == "SHA256SUMS"
    assert restore_planning.manifest_key([], "SHA256SUMS") == ""


def test_only_some_files() -> None:
    sums = {"2014/07/a.jpg": SHA, "2014/08/b.jpg": SHA, "../c": SHA, "2014/07/gone.jpg": SHA}
    there = {name: listed(name) for name in ("2014/07/a.jpg", "2014/08/b.jpg")}
    found, failures = restore_planning.wanted_files(sums, there, ["2014/07/*"])
    assert [one.name for one in found] == ["2014/07/a.jpg"] and [one.path for one in failures] == ["2014/07/gone.jpg"]
    _, failures = restore_planning.wanted_files(sums, there, [])
    assert {one.path for one in failures} == {"../c", "2014/07/gone.jpg"}
    with pytest.raises(BadRequest, match="names no file"):
        restore_planning.wanted_files(sums, there, ["1999/*"])


def test_a_file_that_changed_comes_from_its_own_version() -> None:
    there = {key: listed(key) for key in (FILE.name, OWN)}
    (found,), _ = restore_planning.wanted_files({FILE.name: SHA}, there, [])
    assert found.key == OWN


def test_tiers() -> None:
    restore_planning.check_tier(Tier.EXPEDITED, [wanted("a", kept=StorageClass.GLACIER)])
    with pytest.raises(BadRequest, match="Expedited does not exist"):
        restore_planning.check_tier(Tier.EXPEDITED, FILES)
