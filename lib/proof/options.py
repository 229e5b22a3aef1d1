"""The options of a proof, as import.py has them beside its own. Light: every start of import.py comes by here."""

from __future__ import annotations

import argparse

from lib.reporting import command_line


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them, as a group of their own."""
    group = parser.add_argument_group("may a drive be erased")
    command_line.add_switch(
        group,
        "--safe-to-erase",
        help="change nothing: read all that lies below the inputs anew, and say whether the album has every picture",
    )
    group.add_argument(
        "--trust-index",
        type=_days,
        metavar="DAYS",
        help="a faster --safe-to-erase: what was read within so many days counts as read, where size and times are the same",
    )
    group.add_argument(
        "--check-certificate",
        metavar="CSV",
        help="read the album's files that an earlier certificate names, and say whether it still holds",
    )


def is_asked_for(arguments: argparse.Namespace) -> bool:
    """True where the command line asks for a proof, or for a look at an earlier one."""
    return bool(arguments.safe_to_erase or arguments.check_certificate)


def _days(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return value
