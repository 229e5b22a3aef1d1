"""Write confirmed names into XMP sidecars by the safe transfer: the old sidecar is set aside, the new one placed, and undo turns it round.

A picture itself is never written to.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from lib.analysis import orientation
from lib.analysis.metadata import LARGEST_SIDECAR
from lib.files.folders import Folder, open_below, open_root
from lib.files.own_files import read_file, replacing
from lib.files.scanning import OWN_FOLDER
from lib.model import Failure, FileKind, MediaFile, in_words
from lib.people.job import PeopleJob, end
from lib.people.model import PicturePeople, Status
from lib.people.sidecar_xmp import NotUnderstood, WrittenFace, with_names
from lib.people.written_names import stored
from lib.reporting import command_line, undo_command
from lib.transfer import manifest
from lib.transfer.locked_folder import LockedFolder
from lib.transfer.operation import Operation, OperationKind, Result

_COMMAND = "names"
_STAGED, _SET_ASIDE = f"{OWN_FOLDER}/names", f"{OWN_FOLDER}/names/before"
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class _SidecarChange:
    """A sidecar as it is to become; `old` is the file that it is now, None where there is none."""

    picture: PicturePeople
    old: MediaFile | None
    old_sha256: str
    place: str
    content: bytes


def write_names(job: PeopleJob, pictures: Sequence[PicturePeople], locked: LockedFolder | None) -> int:
    """Bring the sidecars to what was decided; the exit code. Without a `locked` album it is a dry run."""
    changes = [change for one in pictures if (change := _change(one, job)) is not None]
    if locked is None:
        for change in changes:
            print(f"would be written: {command_line.printable(change.place)}")
        print(f"Dry run, nothing was changed: {command_line.count_text(len(changes), 'sidecar')} would be written.")
        return end(job)
    written, stopped = _carry_out(changes, locked, job) if changes else (0, False)
    print(f"{command_line.count_text(written, 'sidecar')} written." if changes else "Nothing to write: the sidecars say it already.")
    if written:
        print(f"To put them back, byte for byte: {undo_command.hint('--output', job.album, locked.run_id)}")
    return command_line.INTERRUPTED if stopped else end(job)


def _change(one: PicturePeople, job: PeopleJob) -> _SidecarChange | None:
    """What is to become of a picture's sidecar, None where nothing: only what somebody decided is written."""
    if not any(face.decided for face in one.faces):
        return None
    picture = one.picture
    faces = [
        WrittenFace(face.name, stored(face.box, picture.orientation) if face.box and not _is_video(one) else None, face.decided)
        for face in one.faces
        if face.status is Status.CONFIRMED
    ]
    refused = {name for face in one.faces for name in face.refused}
    try:
        before = _read(picture.sidecar) if picture.sidecar else None
        if before is None and not faces:
            return None
        after = with_names(before, _each_once(faces), refused, _stored_size(one))
    except (OSError, NotUnderstood) as error:
        reason = in_words(error) if isinstance(error, OSError) else str(error)
        job.failures.append(
            Failure(picture.sidecar.path if picture.sidecar else picture.file.path, f"its sidecar was left as it is: {reason}")
        )
        return None
    if after == before:
        return None
    path = picture.sidecar.path if picture.sidecar else f"{picture.file.path}.xmp"
    place = os.path.relpath(path, job.album).replace(os.sep, "/")
    return _SidecarChange(one, picture.sidecar, hashlib.sha256(before).hexdigest() if before is not None else "", place, after)


def _is_video(one: PicturePeople) -> bool:
    return one.picture.file.kind is FileKind.VIDEO


def _each_once(faces: Sequence[WrittenFace]) -> list[WrittenFace]:
    """A name without a place adds nothing where it has one."""
    placed = {face.name for face in faces if face.box}
    return list(dict.fromkeys(face for face in faces if face.box or face.name not in placed))


def _stored_size(one: PicturePeople) -> tuple[int, int]:
    found = one.picture.found
    size = (found.width, found.height) if found else (0, 0)
    return (size[1], size[0]) if orientation.swaps_sides(one.picture.orientation) else size


def _read(file: MediaFile) -> bytes:
    """The whole sidecar. Raises NotUnderstood where it changed since it was found, OSError where it is too large to be one."""
    with open_root(file.folder) as folder:
        data = read_file(folder, file.name, largest=LARGEST_SIDECAR)
    if len(data) != file.size:
        raise NotUnderstood("it changed just now; start again to take it as it is")
    return data


def _carry_out(changes: Sequence[_SidecarChange], locked: LockedFolder, job: PeopleJob) -> tuple[int, bool]:
    written = 0
    with command_line.stop_gently() as stop:
        operations = _operations(changes, job)
        with command_line.progress("Writing names", len(operations)) as advance:
            for outcome in locked.perform(_COMMAND, operations, job.index, now=job.now, stop=stop, advance=advance):
                if outcome.result is not Result.DONE:
                    job.failures.append(Failure(outcome.operation.source.path, outcome.reason))
                elif outcome.operation.kind is OperationKind.COPY:
                    written += 1
        return written, stop.is_set()


def _operations(changes: Sequence[_SidecarChange], job: PeopleJob) -> list[Operation]:
    """Some old sidecars aside, then the new ones into their places, and so on: in turns, so that few are without one at any moment."""
    has_manifest = bool(manifest.read(job.album))
    operations: list[Operation] = []
    for start in range(0, len(changes), _AT_ONCE):
        some = list(enumerate(changes[start : start + _AT_ONCE], start + 1))
        operations += [move for number, change in some if (move := _set_aside(change, number, has_manifest, job)) is not None]
        operations += [_placed(change, number, has_manifest, job) for number, change in some]
    return operations


def _set_aside(change: _SidecarChange, number: int, has_manifest: bool, job: PeopleJob) -> Operation | None:
    if change.old is None:
        return None
    place = f"{_SET_ASIDE}/{job.now:%Y%m%d-%H%M%S-%f}-{number}.xmp"
    sha256 = change.old_sha256
    return Operation(OperationKind.MOVE, change.old, job.album, place, f"sha256:{sha256}", sha256 if has_manifest else "", number)


def _placed(change: _SidecarChange, number: int, has_manifest: bool, job: PeopleJob) -> Operation:
    """The new sidecar is copied from a file of the toolkit's own, which stays: undo removes only what is there twice."""
    sha256 = hashlib.sha256(change.content).hexdigest()
    with open_below(job.album, f"{_STAGED}/{sha256}.xmp", create=True) as (folder, name):
        source = _stage(folder, name, change.content)
    return Operation(OperationKind.COPY, source, job.album, change.place, f"sha256:{sha256}", sha256 if has_manifest else "", number)


def _stage(folder: Folder, name: str, content: bytes) -> MediaFile:
    """The file `name` of the toolkit's own with this content, on the disk."""
    with replacing(folder, name) as file:
        file.write(content)
    status = os.lstat(os.path.join(folder.path, name))
    return MediaFile(folder.path, name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino)
