"""The time zone of the computer, or one that the person names, with its summer times."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from lib.model import BadRequest

_EPOCH = datetime(1970, 1, 1)


class _ComputersZone(tzinfo):
    """Wall time as the operating system keeps it, for any date and not only for today's offset."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset from UTC that was in force at that wall time."""
        if moment is None:
            return None
        try:
            there = time.localtime(time.mktime((*moment.timetuple()[:8], -1)))
        except (OverflowError, ValueError, OSError):  # years that the system's clock does not reach
            return timedelta(seconds=-time.timezone)
        return timedelta(seconds=there.tm_gmtoff)

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not told apart."""
        return None

    def tzname(self, moment: datetime | None) -> str:
        """Return a name for messages."""
        return "the computer's zone"

    def fromutc(self, moment: datetime) -> datetime:
        """Return the wall time at a moment of UTC."""
        seconds = (moment.replace(tzinfo=None) - _EPOCH).total_seconds()
        try:
            offset = timedelta(seconds=time.localtime(seconds).tm_gmtoff)
        except (OverflowError, ValueError, OSError):
            offset = timedelta(seconds=-time.timezone)
        return moment + offset


def zone(name: str | None) -> tzinfo:
    """Return the zone that `name` ("Europe/Berlin", "+02:00") means; the computer's own for None. Raises BadRequest."""
    if not name:
        return _ComputersZone()
    if name[0] in "+-":
        try:
            shift = datetime.strptime(name[1:], "%H:%M")
        except ValueError:
            raise BadRequest(f"--zone {name}: an offset looks like +02:00.") from None
        offset = timedelta(hours=shift.hour, minutes=shift.minute)
        return timezone(offset if name[0] == "+" else -offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not available_timezones():
            raise BadRequest(
                f"--zone {name}: this computer has no list of zones; pip install tzdata brings one, or write an offset like +02:00."
            ) from None
        raise BadRequest(f"--zone {name}: no such zone is known; write one like Europe/Berlin, or an offset like +02:00.") from None
