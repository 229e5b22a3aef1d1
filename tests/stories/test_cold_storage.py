"""The album goes into S3 and comes back: what a person does, run against servers on the loopback address."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.checksums import WHOLE_UP_TO
from lib.cold_storage.client import CONNECTIONS, Bucket
from lib.cold_storage.model import AlbumFile, StorageClass, StoredObject, StoreUrl, UploadAction, UploadDecision
from lib.cold_storage.record import Record
from lib.cold_storage.upload import Uploader
from lib.model import Failure
from lib.transfer import manifest
from tests import build, s3_servers
from tests.household import Household, household, killed_at_random, photos
from tests.refusing_bucket import Refusal, refusing
from tests.run import ROOT, album_files
from tests.s3_servers import BUCKET, KEY_ID, SECRET, S3Server

pytestmark = pytest.mark.network
URL = f"s3://{BUCKET}/family"
DAY = "2014:07:03 12:34:56"


@pytest.fixture(scope="module")
def moto_server() -> Iterator[S3Server]:
    with s3_servers.moto() as server:
        yield server


@pytest.fixture(scope="module")
def seaweed_server() -> Iterator[S3Server]:
    with s3_servers.seaweedfs() as server:
        yield server


@pytest.fixture
def archive(tmp_path: Path, moto_server: S3Server) -> Household:
    """With moto, which knows archives, versions and locks."""
    moto_server.post(
        "/moto-api/state-manager/set-transition",
        {"model_name": "s3::keyrestore", "transition": {"progression": "manual", "times": 2}},
    )
    return household(tmp_path, moto_server)


@pytest.fixture
def strict(tmp_path: Path, seaweed_server: S3Server) -> Household:
    """With SeaweedFS, which refuses what has another checksum."""
    return household(tmp_path, seaweed_server)


LARGE = 200_000
"""Bytes of a file that is archived, not kept in STANDARD."""


def test_the_whole_story(archive: Household) -> None:
    """Messy drives, import, store, verify, the album is gone, restore, verify: byte for byte the same."""
    archive.as_process = True
    drives = [archive.folder / "red", archive.folder / "blue"]
    build.jpeg(drives[0] / "DCIM" / "IMG_1.jpg", 1, (1600, 1200), quality=97, date=DAY)
    build.heic(drives[0] / "DCIM" / "IMG_2.HEIC", 2, date="2014:08:01 10:00:00")
    build.jpeg(drives[1] / "old" / "ÄÖ ü & co.jpg", 3, (1600, 1200), quality=97, date="2015:01:01 00:00:01")
    build.video(drives[1] / "clip.mp4", 4, created="2016-02-03T10:00:00Z")
    (drives[0] / "DCIM" / "IMG_1.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    shutil.copy2(drives[0] / "DCIM" / "IMG_1.jpg", drives[1] / "copy of IMG_1.jpg")
    archive.run("--input", *drives)
    album = build.tree(archive.album)
    times = {path.relative_to(archive.album): path.stat().st_mtime_ns for path in archive.album.rglob("2*/*/*")}

    archive.store()
    archive.check()
    shutil.rmtree(archive.album)
    first = archive.s3("--restore", archive.url, code=1)
    assert "S3 is bringing back 2 files" in first.out
    assert set(album_files(archive.album)) == {name for name, data in album_files_of(album).items() if len(data) < 131072}
    archive.s3("--restore", archive.url, "--wait", "0.1")
    archive.run("--verify")

    assert album_files(archive.album) == album_files_of(album)
    assert (archive.album / "SHA256SUMS").read_bytes() == album["SHA256SUMS"]
    assert {path.relative_to(archive.album): path.stat().st_mtime_ns for path in archive.album.rglob("2*/*/*")} == times
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=archive.album, check=True)


def album_files_of(tree: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in tree.items() if not name.startswith(".photo-toolkit") and name != "SHA256SUMS"}


def test_three_hundred_files_are_stored_once(strict: Household) -> None:
    strict.put({**photos(300), "superseded/2014/a.jpg": b"lesser", "quarantine/b.jpg": b"twice"})
    dry = strict.store("--dryrun")
    assert strict.stored() == {} and "300 files to STANDARD" in dry.out
    first = strict.store()
    assert "300 files stored" in first.out
    assert len(strict.stored()) == 303
    assert {name: strict.server.read(f"family/{name}", strict.bucket) for name in photos(300)} == photos(300)
    assert "0 files stored" in strict.store().out
    shutil.rmtree(strict.album / ".photo-toolkit")  # what this computer remembers is lost: S3 is asked
    again = strict.store()
    assert "0 files stored" in again.out and "In the bucket already: 300 files" in again.out
    strict.check()
    strict.store("--also", "superseded", "quarantine")
    assert {"superseded/2014/a.jpg", "quarantine/b.jpg"} <= set(strict.stored())


def test_the_lists_beside_the_album_are_what_other_tools_check(strict: Household) -> None:
    strict.put(photos(3))
    strict.store()
    lists = {name: strict.server.read(f"family/{name}", strict.bucket) for name in ("SHA256SUMS", "MD5SUMS", "HOW-TO-RESTORE.txt")}
    assert lists["SHA256SUMS"] == (strict.album / "SHA256SUMS").read_bytes()
    assert lists["MD5SUMS"].decode() == "".join(f"{hashlib.md5(data).hexdigest()}  {name}\n" for name, data in sorted(photos(3).items()))
    assert f'aws s3 sync "{strict.url}"' in lists["HOW-TO-RESTORE.txt"].decode()


def test_what_is_told_of_each_object(archive: Household) -> None:
    build.jpeg(archive.folder / "in" / "IMG_1.jpg", 1, (1600, 1200), quality=97, date=DAY, offset="+02:00")
    archive.run("--input", archive.folder / "in")
    archive.store()
    told = archive.server.client.head_object(Bucket=archive.bucket, Key="family/2014/07/IMG_1.jpg", ChecksumMode="ENABLED")
    data = (archive.album / "2014" / "07" / "IMG_1.jpg").read_bytes()
    assert told["StorageClass"] == "DEEP_ARCHIVE" and told["ContentType"] == "image/jpeg"
    assert told["Metadata"]["captured"] == "2014-07-03T12:34:56+02:00"
    assert told["Metadata"]["sha256"] == hashlib.sha256(data).hexdigest()
    own = archive.server.client.head_object(Bucket=archive.bucket, Key="family/SHA256SUMS")
    assert own.get("StorageClass", "STANDARD") == "STANDARD"


def test_verify_finds_what_is_changed_missing_and_extra(strict: Household) -> None:
    strict.put(photos(6))
    strict.store()
    client, names = strict.server.client, sorted(photos(6))
    changed = bytearray(photos(6)[names[0]])
    changed[100] ^= 1
    client.put_object(Bucket=strict.bucket, Key=f"family/{names[0]}", Body=bytes(changed), ChecksumAlgorithm="SHA256")
    client.delete_object(Bucket=strict.bucket, Key=f"family/{names[1]}")
    client.put_object(Bucket=strict.bucket, Key="family/2014/stranger.jpg", Body=b"?")
    found = strict.check(code=1)
    assert {line for line in found.out.splitlines() if ": " in line and "(" in line} == {
        f"different: {names[0]} (the bucket's checksum is not the one of SHA256SUMS)",
        f"missing: {names[1]} (the bucket has no such object)",
        "only in the bucket: 2014/stranger.jpg (the album has no such file (any more))",
    }
    assert "6 files checked: 4 whole, 1 missing, 1 different, 0 without checksum, 1 only in the bucket" in found.out
    assert strict.rows()[names[1]]["state"] == "missing"
    strict.store()  # mends both: the changed one gets its own bytes as the newest version
    assert strict.server.read(f"family/{names[0]}", strict.bucket) == photos(6)[names[0]]
    assert "6 whole" in strict.check(code=1).out


@pytest.mark.parametrize("versioned", [True, False])
def test_changed_bytes_overwrite_nothing(tmp_path: Path, moto_server: S3Server, versioned: bool) -> None:
    home = household(tmp_path, moto_server, versioned=versioned)
    home.put({"2014/07/a.jpg": b"first", "2014/07/b.jpg": b"b"})
    home.store()
    home.put({"2014/07/a.jpg": b"second"})
    os.unlink(home.album / "2014/07/b.jpg")
    sums = manifest.read(os.fspath(home.album))
    del sums["2014/07/b.jpg"]
    manifest.write(os.fspath(home.album), sums)
    told = home.store()
    assert "1 object is only in the bucket" in told.out
    assert home.rows()["2014/07/b.jpg"]["state"] == "only in the bucket"
    own = f"2014/07/a.sha256-{hashlib.sha256(b'second').hexdigest()[:12]}.jpg"
    versions = moto_server.client.list_object_versions(Bucket=home.bucket, Prefix="family/2014/07/a")["Versions"]
    if versioned:
        contents = [
            moto_server.client.get_object(Bucket=home.bucket, Key=v["Key"], VersionId=v["VersionId"])["Body"].read() for v in versions
        ]
        assert sorted(contents) == [b"first", b"second"] and home.stored()["2014/07/a.jpg"] == 6
    else:
        assert moto_server.read("family/2014/07/a.jpg", home.bucket) == b"first"
        assert moto_server.read(f"family/{own}", home.bucket) == b"second"
        assert len([key for key in home.stored() if key.startswith("SHA256SUMS")]) == 2
    home.store()
    home.s3("--restore", home.url, album=home.folder / "new")
    assert album_files(home.folder / "new") == {"2014/07/a.jpg": b"second"}


def test_a_locked_bucket_takes_a_new_version_and_keeps_the_first(tmp_path: Path, moto_server: S3Server) -> None:
    home = household(tmp_path, moto_server, locked=True)
    moto_server.client.put_object_lock_configuration(
        Bucket=home.bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}}},
    )
    home.put({"2014/07/a.jpg": b"first"})
    home.store()
    home.put({"2014/07/a.jpg": b"second"})
    home.store()
    home.check()
    versions = moto_server.client.list_object_versions(Bucket=home.bucket, Prefix="family/2014")["Versions"]
    with pytest.raises(moto_server.client.exceptions.ClientError, match="AccessDenied"):
        moto_server.client.delete_object(Bucket=home.bucket, Key=versions[-1]["Key"], VersionId=versions[-1]["VersionId"])


def test_a_large_file_goes_in_parts_and_comes_back(strict: Household) -> None:
    data = random.Random(5).randbytes(WHOLE_UP_TO + 12_345_678)
    strict.put({**photos(5), "2014/07/large.mov": data})
    strict.store("--storage-class", "STANDARD")
    told = strict.server.client.head_object(Bucket=strict.bucket, Key="family/2014/07/large.mov", ChecksumMode="ENABLED")
    assert told["ChecksumSHA256"].endswith("-7") and told["Metadata"]["part-size"] == str(16 << 20)
    assert "0 files stored" in strict.store("--storage-class", "STANDARD").out
    strict.check()
    shutil.rmtree(strict.album / ".photo-toolkit")  # then the checksum of the parts comes from the object's own metadata
    strict.check()
    strict.s3("--restore", strict.url, album=strict.folder / "new")
    assert (strict.folder / "new" / "2014/07/large.mov").read_bytes() == data
    if shutil.which("rclone"):
        check_by_rclone(strict)


def check_by_rclone(home: Household) -> None:
    """Other people's program finds in MD5SUMS what it needs, for files in parts too."""
    (home.folder / "MD5SUMS").write_bytes(home.server.read("family/MD5SUMS", home.bucket))
    settings = {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": home.server.endpoint}
    environment = {**s3_servers.environment(home.folder), **{f"RCLONE_CONFIG_SEA_{name}": value for name, value in settings.items()}}
    environment.pop("AWS_CA_BUNDLE", None)
    command = ["rclone", "check", "--checkfile", "md5", "MD5SUMS", f"sea:{home.bucket}/family", "--one-way"]
    done = subprocess.run(command, cwd=home.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "0 differences found" in done.stderr and "6 matching files" in done.stderr, done.stderr


HOSTILE = [
    "2014/07/a\nb.jpg",
    "2014/07/a%0Ab.png",
    "2014/07/a+b & c<d>\"'.jpg",
    "2014/07/back\\slash.jpg",
    "2014/07/=HYPERLINK(1).jpg",
    "2014/07/ends with dot.",
    "2014/07/no utf-8 \udcff\udcfe.jpg",
    "2014/07/ü.jpg",
    "2014/07/u\u0308.jpg",
    "2014/07/😀\u200d.jpg",
    "2014/07/#?&=%41%.jpg",
    "2014/07/-rf.jpg",
    "2014/07/" + "ß" * 120 + ".jpg",
    "SHA256SUMS.txt.jpg/x.jpg",
]


@pytest.mark.parametrize("server", ["moto_server", "seaweed_server"])
def test_hostile_names_go_in_and_come_back(tmp_path: Path, request: pytest.FixtureRequest, server: str) -> None:
    home = household(tmp_path, request.getfixturevalue(server))
    files = {name: f"bytes of {number}".encode() for number, name in enumerate(HOSTILE)}
    home.put(files)
    home.store()
    home.check()
    home.s3("--restore", home.url, album=home.folder / "new")
    assert album_files(home.folder / "new") == files
    home.run("--verify", album=home.folder / "new")


def test_names_that_cannot_be_stored_are_told(archive: Household) -> None:
    deep = "/".join(["d" * 200] * 6) + "/a.jpg"
    archive.put({deep: b"1", "MD5SUMS": b"2", "2014/a.jpg": b"3", "2014/a\nb.jpg": b"4", "2014/a%0Ab.jpg": b"5"})
    told = archive.store(code=1)
    assert "longer than the 1,024 bytes" in told.err and "MD5SUMS: its name is kept" in told.err and "another file has its key" in told.err
    assert "2 files stored" in told.out


def test_a_bucket_full_of_traps_writes_nothing_outside_the_album(archive: Household) -> None:
    traps = ["../outside.jpg", "/etc/x.jpg", ".photo-toolkit/runs/x.jsonl", "a/../../b.jpg", "SHA256SUMS", "2014//a.jpg", "2014/./a.jpg"]
    good = hashlib.sha256(b"good").hexdigest()
    lines = "".join(manifest.line_of(name, good) for name in [*traps, "2014/good.jpg"])
    for key in ["SHA256SUMS", "2014/good.jpg", *traps[:4]]:
        body = lines.encode() if key == "SHA256SUMS" else b"good"
        archive.server.client.put_object(Bucket=archive.bucket, Key=f"family/{key}", Body=body, ChecksumAlgorithm="SHA256")
    told = archive.s3("--restore", archive.url, code=1)
    assert told.err.count("leads out of the album") == len(traps)
    assert album_files(archive.album) == {"2014/good.jpg": b"good"}
    assert not [path for path in archive.folder.iterdir() if path.name not in ("album", "r.csv", "index")]


def test_a_file_that_is_not_what_the_manifest_says_is_not_sent(archive: Household) -> None:
    archive.put(photos(2))
    rotten = archive.album / sorted(photos(2))[0]
    rotten.write_bytes(b"x" * 2000)
    gone = archive.album / "2014/02/IMG_0001.jpg"
    told = archive.store(code=1)
    assert "it is not what SHA256SUMS says, and was not sent" in told.err and "1 file stored" in told.out
    assert sorted(photos(2))[0] not in archive.stored()
    gone.unlink()
    assert "though SHA256SUMS lists it" not in archive.store(code=1).err  # the bucket has it: nothing is lost there


def test_what_is_put_at_the_same_moment_by_another_computer_is_not_overwritten(strict: Household) -> None:
    strict.put(photos(2))
    names = sorted(photos(2))
    for name, data in ((names[0], photos(2)[names[0]]), (names[1], b"another picture")):
        strict.server.client.put_object(Bucket=strict.bucket, Key=f"family/{name}", Body=data, ChecksumAlgorithm="SHA256")
    bucket = Bucket(StoreUrl(strict.bucket, "family/"), strict.server.client)
    bandwidth = Bandwidth(0, threading.Event())
    uploader = Uploader(os.fspath(strict.album), bucket, Record(None), bandwidth, {}, {}, lambda files, count: None)
    files = [AlbumFile(name, hashlib.sha256(data).hexdigest(), len(data), 0) for name, data in sorted(photos(2).items())]
    decisions = [UploadDecision(file, UploadAction.UPLOAD, file.name, StorageClass.STANDARD) for file in files]

    same, other = (uploader.upload(decision) for decision in decisions)

    assert isinstance(same, StoredObject), "it is ours already, as where an answer was lost on the way"
    assert isinstance(other, Failure) and "other bytes took its key meanwhile" in other.reason
    assert strict.server.read(f"family/{names[1]}", strict.bucket) == b"another picture"


def test_what_comes_back_as_other_bytes_gets_no_name_in_the_album(strict: Household) -> None:
    strict.put(photos(3))
    strict.store()
    name = sorted(photos(3))[0]
    strict.server.client.put_object(Bucket=strict.bucket, Key=f"family/{name}", Body=b"x" * 2000, ChecksumAlgorithm="SHA256")
    told = strict.s3("--restore", strict.url, album=strict.folder / "new", code=1)
    assert f"{name}: what came back is not what SHA256SUMS says" in told.err
    assert album_files(strict.folder / "new") == {other: data for other, data in photos(3).items() if other != name}
    drill = strict.s3("--drill", "--store", strict.url, "--drill", "1", code=1)
    assert f"{name}: what came back is not what SHA256SUMS says" in drill.err


def test_restore_replaces_nothing_and_goes_on(archive: Household) -> None:
    archive.put({**photos(3), "2015/01/b.jpg": b"b"})
    archive.store()
    new, names = archive.folder / "new", sorted(photos(3))
    (new / names[0]).parent.mkdir(parents=True)
    (new / names[0]).write_bytes(b"another picture")
    (new / names[1]).parent.mkdir(parents=True)
    (new / names[1]).write_bytes(photos(3)[names[1]])
    told = archive.s3("--restore", archive.url, "--only", "2014/*", album=new, code=1)
    assert f"{names[0]}: another file has its name here" in told.err
    found = album_files(new)
    assert found[names[0]] == b"another picture" and found[names[2]] == photos(3)[names[2]] and "2015/01/b.jpg" not in found
    (new / names[0]).rename(archive.folder / "aside.jpg")
    archive.s3("--restore", archive.url, album=new)
    archive.run("--verify", album=new)
    assert album_files(new) == album_files(archive.album)
    assert "names no file" in archive.s3("--restore", archive.url, "--only", "1999/*", album=new, code=2).err


def test_restore_without_lists_takes_the_objects_own_checksums(archive: Household) -> None:
    """The first --store was never finished, and then the disk died."""
    archive.put(photos(4))
    archive.store()
    for name in ("SHA256SUMS", "MD5SUMS", "HOW-TO-RESTORE.txt"):
        archive.server.client.delete_object(Bucket=archive.bucket, Key=f"family/{name}")
    told = archive.s3("--restore", archive.url, album=archive.folder / "new")
    assert "has no SHA256SUMS" in told.err
    assert album_files(archive.folder / "new") == photos(4)
    archive.run("--verify", album=archive.folder / "new")


def test_a_month_takes_its_share(archive: Household) -> None:
    files = {f"2014/07/{n}.jpg": bytes([n]) * 400_000 for n in range(5)}
    archive.put(files)
    archive.store()
    new = archive.folder / "new"
    share = ["--restore", archive.url, "--monthly", "0.001"]  # 1 MB: two files of 0.4
    first = archive.s3(*share, album=new, code=1)
    assert "To bring back: 2 files" in first.out and "For another month: 3 files" in first.out
    archive.s3(*share, "--wait", "0.1", album=new, code=1)
    assert len(album_files(new)) == 2
    assert "To bring back: 0 files" in archive.s3(*share, album=new, code=1).out
    archive.s3("--restore", archive.url, "--wait", "0.1", album=new)
    assert album_files(new) == files


def test_expedited_is_refused_for_deep_archive(archive: Household) -> None:
    archive.put({"2014/a.jpg": b"x" * LARGE})
    archive.store()
    assert "does not exist for DEEP_ARCHIVE" in archive.s3("--restore", archive.url, "--tier", "Expedited", code=2).err


def test_the_drill_brings_a_month_back_and_compares(archive: Household) -> None:
    archive.put({"2014/07/a.jpg": b"a" * LARGE, "2014/07/b.jpg": b"b" * LARGE})
    archive.store()
    words = ["--drill", "--store", archive.url]
    assert "Rehearsal with 2 files of 2014/07" in archive.s3(*words, "--dryrun").out
    assert "S3 is bringing back 2 files" in archive.s3(*words, code=1).out
    assert "2 files came back and are byte for byte the same" in archive.s3(*words, "--wait", "0.1").out
    (archive.album / "2014/07/a.jpg").write_bytes(b"rotten")
    told = archive.s3(*words, code=1)
    assert "2014/07/a.jpg: it came back whole, but the file here is not what SHA256SUMS says" in told.err
    assert archive.rows()["2014/07/b.jpg"]["state"] == "came back the same"


@pytest.mark.slow
def test_killed_at_random_points_and_finished(strict: Household) -> None:
    """`python -m tests.bench.cold_storage_kills` does the same 50 times."""
    killed_at_random(strict, kills=4)


def test_a_killed_restore_goes_on(strict: Household) -> None:
    files = photos(80, 60_000)
    strict.put(files)
    strict.store("--storage-class", "STANDARD")
    new = strict.folder / "new"
    command = strict.command("--restore", strict.url, "--endpoint", strict.server.endpoint, "--bandwidth", "4", album=new)
    for seconds in (0.6, 0.9, 1.2):
        started = subprocess.Popen(command, cwd=strict.folder, env=s3_servers.environment(strict.folder), stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        started.kill()
        started.wait()
        assert all(files[name] == data for name, data in album_files(new).items())
    strict.s3("--restore", strict.url, album=new)
    assert album_files(new) == files
    strict.run("--verify", album=new)


def test_ctrl_c_ends_it_at_once_and_it_goes_on(strict: Household) -> None:
    strict.put(photos(4, 9_000_000))
    command = strict.command("--store", strict.url, "--endpoint", strict.server.endpoint, "--bandwidth", "0.5")
    environment = {**s3_servers.environment(strict.folder), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=strict.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as started:
        assert started.stdout is not None
        while not started.stdout.readline().startswith("The sums"):
            assert started.poll() is None
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=60)  # at this bandwidth it would take 72 seconds
    assert started.returncode == 130 and "Stopped; starting again goes on from here." in out, out
    assert not strict.stored()
    strict.store()
    assert {name for name in strict.stored() if name.endswith("jpg")} == set(photos(4))


@pytest.mark.parametrize(
    "word", ["s3://AKIAX:topsecret@bucket/x", "S3:/nothing", "https://bucket", "s3://", "s3://UPPER/x", "s3://album/../x"]
)
def test_an_address_that_makes_no_sense_is_refused_without_its_secret(archive: Household, word: str) -> None:
    archive.put(photos(1))
    told = archive.s3("--store", word, code=2)
    assert told.err.count("\n") == 1 and "topsecret" not in told.told and "AKIAX" not in told.told


def test_troubles_are_sentences_without_secrets(archive: Household) -> None:
    archive.as_process = True
    archive.put(photos(1))
    cases: list[tuple[str, dict[str, str], str]] = [
        ("s3://nobody-made-this/x", {}, "there is no such bucket"),
        (archive.url, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "there are no credentials"),
        (archive.url, {"AWS_PROFILE": "nobody"}, "AWS_PROFILE names a profile that is not set up"),
    ]
    for url, variables, sentence in cases:
        told = archive.s3("--store", url, "--debug", code=2, variables=variables)
        assert sentence in told.err, told.err
        assert SECRET not in told.told and KEY_ID not in told.told
    silent = s3_servers.free_port()
    told = archive.run("--store", archive.url, "--endpoint", f"http://127.0.0.1:{silent}", code=2)
    assert "the server cannot be reached" in told.err
    assert SECRET not in "".join(path.read_text(errors="replace") for path in archive.album.rglob("*.jsonl"))


def test_a_bucket_that_refuses_is_told_in_a_sentence(archive: Household) -> None:
    archive.put(photos(30))
    archive.as_process = True
    words = ["--store", archive.url, "--debug", "--endpoint"]
    with refusing(put=Refusal(403, "AccessDenied", "Access Denied")) as server:
        told = archive.run(*words, server.endpoint, code=2)
    assert told.err.splitlines()[-1].endswith("the permission s3:PutObject is missing (or a bucket policy forbids it).")
    with refusing(put=Refusal(400, "BadDigest")) as server:
        told = archive.run(*words, server.endpoint, code=1)
        assert server.asked["put"] < 30 + CONNECTIONS and not server.objects
    assert "20 files in a row could not be sent; the last one: what arrived was not what was sent, and was refused" in told.err
    assert SECRET not in told.told and KEY_ID not in told.told


def test_names_of_a_strangers_album_do_not_lead_out_of_it(archive: Household) -> None:
    archive.put(photos(1))
    outside = archive.folder / "outside.jpg"
    outside.write_bytes(b"private")
    digest = hashlib.sha256(b"private").hexdigest()
    with (archive.album / "SHA256SUMS").open("a") as file:
        file.writelines(f"{digest}  {name}\n" for name in ("../outside.jpg", os.fspath(outside), "2014/link.jpg", ".photo-toolkit/x"))
    (archive.album / "2014" / "link.jpg").symlink_to(outside)
    told = archive.store(code=1)
    assert told.err.count("leads out of the album") == 3 and "2014/link.jpg" in told.err
    assert set(archive.stored()) == {*photos(1), "SHA256SUMS", "MD5SUMS", "HOW-TO-RESTORE.txt"}


def test_wishes_that_do_not_go_together_are_refused(archive: Household) -> None:
    archive.put(photos(1))
    wishes: list[tuple[list[str], str]] = [
        (["--drill"], "--drill needs the bucket"),
        (["--store", URL, "--input", os.fspath(archive.folder)], "two wishes"),
        (["--store", URL, "--restore", URL], "--restore goes alone"),
        (["--store", URL, "--only", "x"], "go with --restore"),
        (["--verify", "--adopt", "--store", URL], "--adopt is for the album"),
        (["--store", URL, "--wait", "5"], "--wait goes with"),
    ]
    for words, sentence in wishes:
        assert sentence in archive.s3(*words, code=2).err


def test_without_boto3_one_sentence_tells_the_line_to_run(archive: Household) -> None:
    archive.as_process = True
    archive.put(photos(1))
    (archive.folder / "boto3.py").write_text("raise ImportError('not installed')\n")
    told = archive.s3("--store", archive.url, code=2, variables={"PYTHONPATH": os.fspath(archive.folder)})
    assert f"-m pip install -r {ROOT / 'requirements-s3.txt'}" in told.err and told.err.count("\n") == 1
