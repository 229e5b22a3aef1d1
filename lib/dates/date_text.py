"""Make sense of dates as cameras, programs and standards write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_LONGEST = 100
LARGEST_OFFSET = timedelta(hours=14)
_CLOCK = (
    r"(?P<hour>\d{1,2})\s?:\s?(?P<minute>\d{1,2})(?:\s?:\s?(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9})\d*)?)?"
    r"(?:\s?(?P<half>[AP])\.?M\.?(?![A-Z]))?"
)
_OFFSET = r"(?:\s?(?P<offset>Z(?![A-Z])|[+-]\d{1,2}(?::?\d\d)?(?!\d)))?"
_NUMBERS = re.compile(
    r"\s*(?P<year>\d{4})(?P<by>\s?[:/.-]\s?)(?P<month>\d{1,2})\s?[:/.-]\s?(?P<day>\d{1,2})(?!\d)"
    rf"(?:(?:T|,?\s+)(?:at\s)?\s?{_CLOCK}{_OFFSET})?",
    re.IGNORECASE | re.ASCII,
)
_PACKED = re.compile(
    r"\s*(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?!\d)"
    rf"(?:[T ](?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)(?:\.(?P<fraction>\d{{1,9}})\d*)?(?P<half>$^)?{_OFFSET})?",
    re.IGNORECASE | re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*\b", re.IGNORECASE | re.ASCII)
_CLOCK_ALONE = re.compile(rf"(?<![\w:]){_CLOCK}(?![\w:])", re.IGNORECASE | re.ASCII)
_ZONE_ALONE = re.compile(r"(?<=[\s\d])(?:(Z|UTC|GMT)|([+-]\d\d:?\d\d))(?![\w:])")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date as its text states it: wall time, and the offset where there is one.

    `is_utc`: the text says so itself ("Z", "GMT"). `has_time` is False where only a day is known; the time is then midnight.
    """

    moment: datetime
    offset: timedelta | None = None
    is_utc: bool = False
    has_time: bool = True


def parse_date(text: str, subsecond: str = "", offset: str = "") -> ParsedDate | None:
    """Return the date in `text`, or None; digits after the second and the offset from elsewhere count where the text has none."""
    text = text.strip()[:_LONGEST]
    found = _NUMBERS.match(text) or _PACKED.match(text)
    read = _of_groups(found.groupdict()) if found else _by_month_name(text)
    if read is None or not read.has_time:
        return read
    moment, own_offset, is_utc = read.moment, read.offset, read.is_utc
    if not moment.microsecond:
        moment = moment.replace(microsecond=_micro(subsecond))
    if own_offset is None:
        own_offset, is_utc = parse_offset(offset), offset.strip().upper() == "Z"
    return ParsedDate(moment, own_offset, is_utc)


def parse_offset(text: str) -> timedelta | None:
    """Return the distance from UTC that "+02:00", "-0430", "+9" or "Z" say; None for anything else, and for more than 14 hours."""
    text = text.strip()
    if text.upper() == "Z":
        return timedelta(0)
    found = re.fullmatch(r"([+-])(\d{1,2})(?::?([0-5]\d))?(?::?00)?", text)
    if not found:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if size > LARGEST_OFFSET:
        return None
    return -size if found[1] == "-" else size


def clock(hour: int, half: str) -> int:
    """Return the hour of the day of a twelve-hour clock; `half` is "A", "P" or, for a full clock, empty."""
    if not half or not 1 <= hour <= 12:
        return hour
    return hour % 12 + (12 if half.upper() == "P" else 0)


def _of_groups(groups: dict[str, str | None]) -> ParsedDate | None:
    hour = groups.get("hour")
    offset = groups.get("offset") or ""
    try:
        moment = datetime(
            int(groups["year"] or 0),
            int(groups["month"] or 0),
            int(groups["day"] or 0),
            clock(int(hour or 0), groups.get("half") or ""),
            int(groups.get("minute") or 0),
            int(groups.get("second") or 0),
            _micro(groups.get("fraction") or ""),
        )
    except ValueError:
        return None
    return ParsedDate(moment, parse_offset(offset), offset.upper() == "Z", has_time=hour is not None)


def _by_month_name(text: str) -> ParsedDate | None:
    """Dates such as "Wed Jul 03 12:34:56 2019", "Wed, 3 Jul 2019 12:34:56 +0200" and "3 July 2019 12:34:56 PM GMT"."""
    month = _MONTH.search(text)
    if not month:
        return None
    time = _CLOCK_ALONE.search(text)
    zone = _ZONE_ALONE.search(text, time.end() if time else month.end())
    rest = text
    for part in sorted((part for part in (zone, time) if part), key=lambda part: -part.start()):
        rest = rest[: part.start()] + " " + rest[part.end() :]
    year = re.search(r"(?<!\d)\d{4}(?!\d)", rest)
    day = re.search(r"(?<!\d)\d{1,2}(?!\d)", rest)
    if not year or not day or (":" in text and not time):
        return None
    groups: dict[str, str | None] = {**(time.groupdict() if time else {}), "year": year[0], "day": day[0]}
    groups["month"] = str(1 + _MONTHS.index(month[1].lower()))
    groups["offset"] = ("Z" if zone[1] else zone[2]) if zone else None
    return _of_groups(groups)


def _micro(digits: str) -> int:
    """Microseconds out of the digits after the second."""
    found = re.match(r"\s*(\d{1,6})", digits)
    return int(found[1].ljust(6, "0")) if found and found[1].isascii() else 0
