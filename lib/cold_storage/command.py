"""What import.py does where it is asked for cold storage: check the request, and hand it to the mode that carries it out."""

from __future__ import annotations

import argparse
from datetime import datetime

from lib.cold_storage.check import check
from lib.cold_storage.drill import drill
from lib.cold_storage.restore import restore
from lib.cold_storage.session import open_session
from lib.cold_storage.store import store
from lib.model import BadRequest


def run(arguments: argparse.Namespace, now: datetime) -> int:
    """Carry out the mode that the command line asks for; the exit code. Raises BadRequest."""
    _require_one_wish(arguments)
    if arguments.restore is not None:
        with open_session(arguments, arguments.restore, must_exist=False, now=now) as session:
            return restore(session, arguments)
    with open_session(arguments, arguments.store, must_exist=True, now=now) as session:
        if arguments.drill is not None:
            return drill(session, arguments)
        return check(session, arguments) if arguments.verify else store(session, arguments)


def _require_one_wish(arguments: argparse.Namespace) -> None:
    """Return where the options go together. Raises BadRequest."""
    others = {"--input": arguments.input, "--watch": arguments.watch, "--undo": arguments.undo is not None, "--runs": arguments.runs}
    for option, is_given in others.items():
        if is_given:
            raise BadRequest(f"{option} and cold storage are two wishes; run the one after the other.")
    if arguments.restore is not None and (arguments.store is not None or arguments.verify or arguments.drill is not None):
        raise BadRequest("--restore goes alone; --verify and --drill go with --store.")
    if arguments.restore is None and arguments.store is None:
        raise BadRequest("--drill needs the bucket to rehearse with: --store s3://bucket/prefix.")
    if arguments.drill is not None and arguments.verify:
        raise BadRequest("--verify and --drill are two wishes; run the one after the other.")
    if arguments.adopt:
        raise BadRequest("--adopt is for the album on the disk; run --verify --adopt without --store.")
    if arguments.restore is None and (arguments.only or arguments.monthly is not None):
        raise BadRequest("--only and --monthly go with --restore.")
    if arguments.wait and arguments.restore is None and arguments.drill is None:
        raise BadRequest("--wait goes with --restore and --drill.")
