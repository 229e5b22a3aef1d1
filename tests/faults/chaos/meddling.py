"""What a person does to their files between two commands, not knowing or not caring what the toolkit remembers of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.faults import law
from tests.faults.chaos.ground import Ground

MEDDLINGS: list[Callable[[Ground], str]] = []


def meddling(deed: Callable[[Ground], str]) -> Callable[[Ground], str]:
    """Have this done at times: what it did in words, nothing where there was nothing to do it to."""
    MEDDLINGS.append(deed)
    return deed


def meddle(ground: Ground) -> None:
    """One thing that a person does."""
    deed = ground.chance.choice(MEDDLINGS)
    try:
        words = deed(ground)
    except OSError as error:
        words = f"{deed.__name__}: {error.strerror}"
    ground.known |= set(law.visible(ground.look()).values())
    if words:
        ground.note(f"the person: {words}")


def _some_file(ground: Ground) -> Path | None:
    files = ground.files()
    return ground.chance.choice(files) if files else None


def _free(path: Path) -> bool:
    return not os.path.lexists(path)


@meddling
def take_photos(ground: Ground) -> str:
    put = [path for _ in range(3) if (path := ground.put(ground.chance.choice(ground.sources)))]
    return f"took {', '.join(map(str, put))}"


@meddling
def rename(ground: Ground) -> str:
    path = _some_file(ground)
    new = path and path.with_name(f"renamed {ground.chance.randrange(3)}{path.suffix}")
    if path is None or new is None or not _free(new):
        return ""
    path.rename(new)
    return f"renamed {path} to {new.name}"


@meddling
def change_letter_case(ground: Ground) -> str:
    path = _some_file(ground)
    if path is None or not _free(path.with_name(path.name.swapcase())):
        return ""
    path.rename(path.with_name(path.name.swapcase()))
    return f"wrote {path} in the other case"


@meddling
def move(ground: Ground) -> str:
    path, folders = _some_file(ground), ground.folders()
    target = ground.chance.choice(folders)
    if path is None or not _free(target / path.name):
        return ""
    shutil.move(path, target / path.name)
    return f"moved {path} to {target}"


@meddling
def exchange(ground: Ground) -> str:
    one, other = _some_file(ground), _some_file(ground)
    if one is None or other is None or one == other or one.stat().st_dev != other.stat().st_dev:
        return ""
    aside = one.with_name("in between")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    return f"exchanged {one} and {other}"


@meddling
def copy(ground: Ground) -> str:
    path = _some_file(ground)
    target = path and ground.chance.choice(ground.folders()) / f"copy of {path.name}"
    if path is None or target is None or not _free(target):
        return ""
    shutil.copy2(path, target)
    return f"copied {path} to {target}"


@meddling
def delete(ground: Ground) -> str:
    path = _some_file(ground)
    if path is None:
        return ""
    path.unlink()
    return f"deleted {path}"


@meddling
def delete_folder(ground: Ground) -> str:
    folders = [folder for folder in ground.folders() if not folder.is_mount() and folder not in (*ground.sources, ground.album)]
    if not folders:
        return ""
    folder = ground.chance.choice(folders)
    shutil.rmtree(folder)
    return f"deleted the folder {folder}"


@meddling
def rename_folder(ground: Ground) -> str:
    folders = [folder for folder in ground.folders() if not folder.is_mount() and folder not in (ground.drive, ground.found)]
    if not folders:
        return ""
    folder = ground.chance.choice(folders)
    new = folder.with_name(f"{folder.name} old")
    if not _free(new):
        return ""
    folder.rename(new)
    for source in ground.sources:
        source.mkdir(exist_ok=True)
    return f"renamed the folder {folder}"


@meddling
def edit(ground: Ground) -> str:
    """Another content, its length and its time kept or not."""
    path = _some_file(ground)
    if path is None:
        return ""
    data, seen = bytearray(path.read_bytes()), path.stat()
    way = ground.chance.choice(("appended to", "rot in", "cut off half of", "emptied"))
    if way == "appended to":
        data += b"edited"
    elif way == "rot in" and data:
        data[len(data) // 2] ^= 1 << ground.chance.randrange(8)
    else:
        del data[len(data) // 2 if way == "cut off half of" else 0 :]
    if ground.chance.random() < 0.5:  # as a program does it that saves to another file first
        path.unlink()
    path.write_bytes(data)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    return f"{way} {path}"


@meddling
def link_hard(ground: Ground) -> str:
    path = _some_file(ground)
    target = path and ground.chance.choice(ground.folders()) / f"link to {path.name}"
    if path is None or target is None or not _free(target):
        return ""
    os.link(path, target)
    return f"linked {path} to {target}"


@meddling
def put_a_link_in_its_place(ground: Ground) -> str:
    path, other = _some_file(ground), _some_file(ground)
    if path is None or other is None or path == other:
        return ""
    path.unlink()
    path.symlink_to(other)
    return f"put a link to {other} in the place of {path}"


@meddling
def put_something_odd(ground: Ground) -> str:
    path = ground.chance.choice(ground.folders()) / ground.chance.choice(("2019", "IMG_1.jpg", "07", "quarantine", "selected"))
    if not _free(path):
        return ""
    kind = ground.chance.choice(("a file", "a folder", "a pipe", "a link to nowhere", "a link to its folder"))
    if kind == "a file":
        path.write_bytes(b"odd")
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere" if kind == "a link to nowhere" else path.parent)
    return f"put {kind} at {path}"


@meddling
def change_rights(ground: Ground) -> str:
    places = [*ground.files(), *ground.folders()]
    if not places:
        return ""
    place = ground.chance.choice(places)
    place.chmod(ground.chance.choice((0o444, 0o555, 0o000)))
    return f"changed the rights of {place}"


@meddling
def make_immutable(ground: Ground) -> str:
    """What even root cannot change, as a drive that is locked."""
    path = _some_file(ground)
    if path is None or subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
        return ""
    return f"locked {path}"


@meddling
def give_rights_back(ground: Ground) -> str:
    subprocess.run(["chattr", "-R", "-i", ground.near], capture_output=True)
    subprocess.run(["chmod", "-R", "u+rwX", ground.near], capture_output=True)
    return "unlocked everything"


@meddling
def pull_the_drive_out(ground: Ground) -> str:
    return "pulled the drive out" if ground.unmount() else ""


@meddling
def plug_the_drive_in(ground: Ground) -> str:
    return "" if ground.is_mounted or not ground.mount() else "plugged the drive in"
