"""The options of cold storage, as import.py has them beside its own. Light: every start of import.py comes by here."""

from __future__ import annotations

import argparse

from lib.cold_storage.model import StorageClass, Tier
from lib.reporting import command_line

WAIT_SECONDS = 900.0
"""How often S3 is asked whether something came back, unless the person says otherwise."""
_MODES = ("store", "restore", "drill")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them, as a group of their own."""
    group = parser.add_argument_group("cold storage (README, chapter Cold storage)")
    group.add_argument("--store", metavar="URL", help="upload what the bucket s3://bucket/prefix does not have of the album yet")
    group.add_argument("--restore", metavar="URL", help="bring the album back from s3://bucket/prefix")
    group.add_argument(
        "--drill",
        nargs="?",
        const=0.0,
        type=_amount,
        metavar="MB",
        help="with --store: bring one month of the album back, or so many MB, and compare it with the files here",
    )
    group.add_argument("--endpoint", metavar="URL", default="", help="another S3 server than AWS, as https://name:port")
    group.add_argument(
        "--storage-class",
        choices=[one.value for one in StorageClass],
        default=StorageClass.DEEP_ARCHIVE.value,
        help="how S3 keeps files of 128 KiB and more (default: %(default)s)",
    )
    group.add_argument("--bandwidth", type=_amount, metavar="MB", default=0.0, help="send or fetch no more MB a second than this")
    group.add_argument(
        "--also", nargs="+", choices=("superseded", "quarantine"), default=[], help="with --store: store these folders of the album too"
    )
    group.add_argument("--only", nargs="+", metavar="PATTERN", default=[], help="with --restore: only these files, as '2014/07/*'")
    group.add_argument(
        "--tier",
        choices=[one.value for one in Tier],
        default=Tier.BULK.value,
        help="how fast S3 brings archived files back, at what price (default: %(default)s)",
    )
    group.add_argument("--monthly", type=_amount, metavar="GB", help="with --restore: bring back no more GB than this in a month")
    group.add_argument(
        "--wait",
        nargs="?",
        const=WAIT_SECONDS,
        type=command_line.seconds,
        metavar="SECONDS",
        help="with --restore and --drill: stay until everything came back, and look that often (default: 900)",
    )


def is_asked_for(arguments: argparse.Namespace) -> bool:
    """True where the command line asks for cold storage."""
    return any(getattr(arguments, mode) is not None for mode in _MODES)


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value
