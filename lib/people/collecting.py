"""Copy the pictures that show somebody to a folder, with what belongs to them, by the safe transfer."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

from lib.analysis.features import XXH3, analyse
from lib.files.names import is_below
from lib.model import BadRequest, Failure, MediaFile
from lib.people.job import PeopleJob, end
from lib.people.model import PicturePeople, Status
from lib.people.written_names import plain_name
from lib.reporting import command_line, undo_command
from lib.transfer import locked_folder
from lib.transfer.operation import Operation, OperationKind, Result

_COMMAND = "people"


def showing(pictures: Sequence[PicturePeople], wanted: Sequence[str], *, with_suggestions: bool) -> list[PicturePeople]:
    """The pictures in which all of these people are; a suggestion that is only "maybe" counts for nothing."""
    counted = (Status.CONFIRMED, Status.SURE) if with_suggestions else (Status.CONFIRMED,)
    names = {plain_name(name).casefold() for name in wanted}
    return [one for one in pictures if names <= {name.casefold() for name in one.names(*counted)}]


def collect(job: PeopleJob, pictures: Sequence[PicturePeople], arguments: argparse.Namespace) -> int:
    """Copy the pictures of the people that were asked for; the exit code. Raises BadRequest."""
    target = _target(arguments.copy_to, job.album)
    wanted = [arguments.people_of, *arguments.both]
    _require_known(pictures, wanted)
    chosen = showing(pictures, wanted, with_suggestions=arguments.with_suggestions)
    files = [(file, _place(file, job.album)) for one in chosen for file in _files(one)]
    who = " and ".join(map(command_line.printable, wanted))
    if job.dryrun:
        print(f"Dry run, nothing was changed: {command_line.count_text(len(chosen), 'picture')} of {who} would be in {target}.")
        return end(job)
    here, copied, run_id, stopped = _copy(files, target, job)
    there = f", {here:,} {'was' if here == 1 else 'were'} there" if here else ""
    print(f"{command_line.count_text(len(chosen), 'picture')} of {who}: {command_line.count_text(copied, 'file')} copied{there}.")
    if copied:
        print(f"To put it back: {undo_command.hint('--output', target, run_id)}")
    if not arguments.with_suggestions:
        sure = len(showing(pictures, wanted, with_suggestions=True)) - len(chosen)
        if sure:
            print(f"{command_line.count_text(sure, 'more picture')} with a sure name that nobody confirmed; --with-suggestions takes them.")
    return command_line.INTERRUPTED if stopped else end(job)


def _target(text: str, album: str) -> str:
    path = os.path.realpath(os.path.expanduser(text))
    if os.path.lexists(path) and not os.path.isdir(path):
        raise BadRequest(f"--copy-to {text}: this is a file; name a folder.")
    if path == album or is_below(path, album):
        raise BadRequest(f"--copy-to {text}: this lies in the album, which would then hold the pictures twice; name a folder elsewhere.")
    return path


def _require_known(pictures: Sequence[PicturePeople], wanted: Sequence[str]) -> None:
    known = {name.casefold(): name for one in pictures for name in (*one.people, *one.maybe)}
    for name in wanted:
        if plain_name(name).casefold() not in known:
            told = f"known are {', '.join(sorted(known.values())[:20])}" if known else "nobody is known there yet; start with --people"
            raise BadRequest(f"--people-of {name}: nobody in the album has this name; {told}.")


def _files(one: PicturePeople) -> Iterator[MediaFile]:
    yield from one.picture.group.files if one.picture.group else (one.picture.file,)


def _place(file: MediaFile, album: str) -> str:
    return os.path.relpath(file.path, album).replace(os.sep, "/")


def _sorted_out(files: Sequence[tuple[MediaFile, str]], target: str, job: PeopleJob) -> tuple[int, list[tuple[MediaFile, str]]]:
    """How many are there already, and those that are not; where another file has the place, both stay."""
    missing: list[tuple[MediaFile, str]] = []
    twins: dict[MediaFile, MediaFile] = {}
    for file, place in files:
        path = os.path.join(target, *place.split("/"))
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            missing.append((file, place))
            continue
        folder, name = os.path.split(path)
        identity = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino)
        twins[file] = MediaFile(folder, name, *identity)
    sums = _checksums([*twins, *twins.values()], job)
    here = 0
    for file, twin in twins.items():
        if file in sums and sums[file] == sums.get(twin):
            here += 1
        else:
            job.failures.append(Failure(twin.path, "another file has this place already, so the picture was not copied"))
    return here, missing


def _operations(missing: Sequence[tuple[MediaFile, str]], target: str, job: PeopleJob) -> list[Operation]:
    sums = _checksums([file for file, _ in missing], job)
    return [Operation(OperationKind.COPY, file, target, place, sums[file]) for file, place in missing if file in sums]


def _checksums(files: Sequence[MediaFile], job: PeopleJob) -> dict[MediaFile, str]:
    sums: dict[MediaFile, str] = {}
    for file, (answer,) in analyse(files, (XXH3,), job.index, workers=job.workers):
        if isinstance(answer, Failure):
            job.failures.append(answer)
        else:
            sums[file] = answer
    return sums


def _copy(files: Sequence[tuple[MediaFile, str]], target: str, job: PeopleJob) -> tuple[int, int, str, bool]:
    """How many files were there already, how many were copied, by which run, and whether it was stopped."""
    copied = 0
    with command_line.stop_gently() as stop, locked_folder.lock_folder(target, stop=stop) as locked:
        # What an earlier run left half done is settled by now, so what is missing is known only here.
        job.failures += [failure for run in locked.recovered for failure in run.failures]
        here, missing = _sorted_out(files, target, job)
        operations = _operations(missing, target, job)
        with command_line.progress("Copying", len(operations), sum(op.source.size for op in operations)) as advance:
            for outcome in locked.perform(_COMMAND, operations, job.index, now=job.now, stop=stop, advance=advance):
                copied += outcome.result is Result.DONE
                if outcome.result is not Result.DONE:
                    job.failures.append(Failure(outcome.operation.source.path, outcome.reason))
        return here, copied, locked.run_id, stop.is_set()
