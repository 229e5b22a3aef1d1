"""Read the date that phones, messengers and screenshot tools put into file names."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta

from lib.dates.date_text import ParsedDate, clock

_DAY = r"(?P<year>(?:19|20)\d\d){0}(?P<month>0[1-9]|1[0-2]){0}(?P<day>0[1-9]|[12]\d|3[01])"
_TIME = r"(?P<hour>[01]\d|2[0-3]){0}(?P<minute>[0-5]\d){0}(?P<second>[0-5]\d)"
_FRACTION = r"(?P<fraction>\d{3})"
_PLAIN_DAY, _DASHED_DAY = _DAY.format(""), _DAY.format("-")
_EPOCH = r"(?P<epoch>1\d{12})"

# In this order: the first that fits counts.
_UTC = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^PXL_{_PLAIN_DAY}_{_TIME.format('')}{_FRACTION}?(?!\d)",
        rf"(?<!\d){_PLAIN_DAY}_{_TIME.format('')}{_FRACTION}?_iOS(?![a-z])",
        rf"(?<!\d){_PLAIN_DAY}T{_TIME.format('')}{_FRACTION}?Z(?![a-z0-9])",
        rf"^(?:FB_IMG_|mmexport|wx_camera_|microMsg\.|received_)?{_EPOCH}(?!\d)",
    )
)
_LOCAL = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # photo_5@03-07-2019_12-34-56
        rf"@(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>(?:19|20)\d\d)_{_TIME.format('-')}(?!\d)",
        # IMG_20190703_123456, 20190703-123456, DJI_20190703123456_0001, BURST20190703123456789
        rf"(?<!\d){_PLAIN_DAY}[-_T ]?{_TIME.format('')}(?:[_.]?{_FRACTION})?(?!\d)",
        # WP_20150703_12_34_56_Pro
        rf"(?<!\d){_PLAIN_DAY}[-_T ]{_TIME.format('[-_.]')}(?!\d)",
        # signal-2019-07-03-123456, signal-2019-07-03-12-34-56-789, Screenshot_2019-07-03-12-34-56-789, photo_2019-07-03_12-34-56
        rf"(?<!\d){_DASHED_DAY}[-_T ]{{1,3}}{_TIME.format('')}(?:[-_.]?{_FRACTION})?(?!\d)",
        rf"(?<!\d){_DASHED_DAY}[-_T ]{{1,3}}{_TIME.format('[-_.:]')}(?:[-_.]{_FRACTION})?(?!\d)",
        rf"(?<!\d){_DAY.format('[_.]')}[-_T ]{{1,3}}{_TIME.format('[-_.:]')}(?!\d)",
        # WhatsApp Image 2019-07-03 at 1.34.56 PM, Screen Shot 2019-07-03 at 13.34.56, and the same in other languages
        rf"(?<!\d){_DASHED_DAY},?\s(?:[^\W\d]{{1,4}}\s)?(?P<hour>\d{{1,2}})[.:](?P<minute>[0-5]\d)[.:](?P<second>[0-5]\d)(?:\s?(?P<half>[AP])\.?M\.?(?![a-z]))?(?!\d)",
    )
)
_DAY_ONLY = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![a-z0-9])(?:IMG|VID|AUD|PTT|STK)-{_PLAIN_DAY}-WA\d",
        *(rf"(?<!\d)(?<!\d[-_.]){_DAY.format(separator)}(?!\d)" for separator in ("-", "_", "[.]")),
    )
)
_FEWEST_DIGITS = 8
"""A year, a month and a day have so many: IMG_1234.JPG needs no closer look."""
_HASH = re.compile(r"(?<![0-9a-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{20,})(?![0-9a-z])", re.IGNORECASE)


@functools.lru_cache(maxsize=16)  # the same name is asked for several times in a row
def date_in_name(name: str) -> ParsedDate | None:
    """Return the date in a file's name, with `is_utc` where names of that kind tell UTC; None where there is none that can be trusted."""
    if sum(map(str.isdecimal, name)) < _FEWEST_DIGITS:
        return None
    text = _HASH.sub("#", name)
    for patterns, is_utc, has_time in ((_UTC, True, True), (_LOCAL, False, True), (_DAY_ONLY, False, False)):
        for pattern in patterns:
            found = pattern.search(text)
            moment = _moment(found.groupdict()) if found else None
            if moment:
                return ParsedDate(moment, timedelta(0) if is_utc else None, is_utc, has_time)
    return None


def _moment(groups: dict[str, str | None]) -> datetime | None:
    if epoch := groups.get("epoch"):
        return datetime.fromtimestamp(int(epoch) // 1000, UTC).replace(tzinfo=None, microsecond=int(epoch) % 1000 * 1000)
    try:
        return datetime(
            int(groups["year"] or 0),
            int(groups["month"] or 0),
            int(groups["day"] or 0),
            clock(int(groups.get("hour") or 0), groups.get("half") or ""),
            int(groups.get("minute") or 0),
            int(groups.get("second") or 0),
            int(groups.get("fraction") or 0) * 1000,
        )
    except ValueError:
        return None
