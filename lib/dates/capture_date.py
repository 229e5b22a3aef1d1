"""Decide when a picture was taken, out of all that it, its sidecars and its name claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from lib.dates.date_text import LARGEST_OFFSET, ParsedDate, parse_date
from lib.dates.file_name_dates import date_in_name
from lib.model import CaptureDate, DateClaim, DateSource, Metadata

_VIDEO_FORMATS = frozenset({"mp4", "mov", "m4v", "3gp", "avi", "mkv", "mts", "mpeg", "m2v", "wmv", "flv", "dv"})
_EMBEDDED_STILL = (
    DateSource.EXIF_ORIGINAL,
    DateSource.EXIF_DIGITIZED,
    DateSource.XMP_ORIGINAL,
    DateSource.XMP_PHOTOSHOP,
    DateSource.IPTC,
    DateSource.XMP_CREATE,
    DateSource.PNG_TEXT,
)
_SIDECARS = (DateSource.SIDECAR_XMP, DateSource.SIDECAR_JSON)
_STILL_ORDER = (*_EMBEDDED_STILL, *_SIDECARS, DateSource.FILE_NAME, DateSource.EXIF_MODIFIED)
_VIDEO_ORDER = (
    DateSource.QUICKTIME,
    DateSource.VIDEO_DATE,
    DateSource.AVI_IDIT,
    DateSource.EXIF_ORIGINAL,
    DateSource.EXIF_DIGITIZED,
    DateSource.FILE_NAME,  # here only names that tell UTC: their phones write them to the millisecond, and mvhd at the end
    DateSource.VIDEO_CREATION,
    DateSource.XMP_ORIGINAL,
    DateSource.XMP_PHOTOSHOP,
    DateSource.IPTC,
    DateSource.XMP_CREATE,
    *_SIDECARS,
    DateSource.FILE_NAME,
    DateSource.EXIF_MODIFIED,
)
_FACTORY_DIGITIZED = datetime(2002, 12, 8, 12)
_NEVER_SET = frozenset({(1904, 1, 1), (1970, 1, 1)})
_FIRST_PHOTOGRAPH = 1826
_LOCAL_CLOCKS = ("gopro", "nikon")
QUARTER_HOUR = timedelta(minutes=15)
_TOLERANCE = timedelta(seconds=120)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# File systems can hold times that `datetime` cannot; these are in 1843 and in 8307.
_EARLIEST_MTIME, _LATEST_MTIME = -4_000_000_000, 200_000_000_000


@dataclass(frozen=True, slots=True)
class _Places:
    """What is needed to turn UTC into wall time, the best first: a Live Photo's other half, wall time in the name, the computer's zone."""

    partner_offset: timedelta | None
    named: datetime | None
    duration: timedelta
    zone: tzinfo

    def local(self, utc: datetime) -> tuple[datetime, timedelta, bool]:
        """Wall time, its offset, and whether the zone was assumed."""
        known = self.partner_offset
        if known is None and self.named:
            # Phones name a film after its start; some write its end into the header.
            known = next((offset for instant in (utc, utc - self.duration) if (offset := _offset(self.named, instant)) is not None), None)
        if known is not None:
            return utc + known, known, False
        there = utc.replace(tzinfo=UTC).astimezone(self.zone)
        return there.replace(tzinfo=None, fold=0), there.utcoffset() or timedelta(0), True


def decide(
    metadata: Metadata | None,
    name: str,
    mtime_ns: int,
    *,
    sidecars: Sequence[Metadata] = (),
    partner_offset: timedelta | None = None,
    zone: tzinfo,
    now: datetime,
) -> CaptureDate:
    """Return the capture date, from the first source in order that holds a date which can be; the time of the file (mtime) where none does.

    Where that source tells a day without a time, the next one that has a time on this day tells more and comes first.

    `metadata` is None for a file that could not be read. `zone` is where UTC times are placed unless `partner_offset` or a wall time in
    the name tell better, `now` the present (with or without a zone): dates later than tomorrow are refused.
    """
    named, duration = date_in_name(name), (metadata.duration if metadata else None) or 0
    is_wall_time = named is not None and named.has_time and not named.is_utc
    places = _Places(partner_offset, named.moment if named and is_wall_time else None, timedelta(seconds=min(duration, 86_400)), zone)
    tomorrow = (now.astimezone(zone) if now.tzinfo else now).date() + timedelta(days=1)
    day: CaptureDate | None = None
    for source, date in _dates(metadata, name, sidecars):
        decided = None if _is_refused(date.moment, source) else _placed(source, date, metadata, places)
        if decided is None or decided.local.date() > tomorrow:
            continue
        if day is None and (date.has_time or source.is_guess):
            return decided
        if day is None:
            day = decided
        elif date.has_time and not source.is_guess and decided.local.date() == day.local.date():
            return decided
    return day or _of_mtime(mtime_ns, places, tomorrow.year)


def _dates(metadata: Metadata | None, name: str, sidecars: Sequence[Metadata]) -> Iterator[tuple[DateSource, ParsedDate]]:
    """Yield all dates that are claimed and can be understood, the most trusted first."""
    is_video = metadata is not None and metadata.format in _VIDEO_FORMATS
    claims = [*(metadata.claims if metadata else ()), *(claim for sidecar in sidecars for claim in sidecar.claims)]
    is_first_name = True
    for source in _VIDEO_ORDER if is_video else _STILL_ORDER:
        if source is DateSource.FILE_NAME:
            date = date_in_name(name)
            if date and (not is_video or not is_first_name or date.is_utc):
                yield source, date
            is_first_name = False
        for claim in claims:
            if claim.source is source and (date := _understood(claim, metadata)):
                yield source, date


def _understood(claim: DateClaim, metadata: Metadata | None) -> ParsedDate | None:
    date = parse_date(claim.text, claim.subsecond, claim.offset)
    if date is None or (claim.source is DateSource.VIDEO_DATE and not date.has_time):
        return None
    if claim.source is DateSource.SIDECAR_JSON:
        return ParsedDate(date.moment, timedelta(0), is_utc=True)
    if claim.source is DateSource.VIDEO_CREATION:
        keeps_local = metadata is not None and metadata.make.lower().startswith(_LOCAL_CLOCKS)
        return ParsedDate(date.moment) if keeps_local else ParsedDate(date.moment, timedelta(0), is_utc=True)
    return date


def _is_refused(moment: datetime, source: DateSource) -> bool:
    """Return True for clocks that were never set, before any zone is applied."""
    if moment.year < _FIRST_PHOTOGRAPH or (moment.year, moment.month, moment.day) in _NEVER_SET:
        return True
    return source is DateSource.EXIF_DIGITIZED and moment.replace(microsecond=0) == _FACTORY_DIGITIZED


def _placed(source: DateSource, date: ParsedDate, metadata: Metadata | None, places: _Places) -> CaptureDate | None:
    """Return the date as wall time. Text of a still that says "Z" is wall time nevertheless: what writes it seldom knows the zone."""
    tells_utc = date.is_utc and source not in _EMBEDDED_STILL and source is not DateSource.SIDECAR_XMP
    if tells_utc:
        try:
            local, offset, is_assumed = places.local(date.moment)
        except OverflowError:
            return None
        return CaptureDate(local, source, offset, zone_assumed=is_assumed)
    offset_known = date.offset
    if offset_known is None and metadata and source in _EMBEDDED_STILL:
        satellites = parse_date(metadata.gps_time)
        offset_known = _offset(date.moment, satellites.moment) if satellites and satellites.has_time else None
    return CaptureDate(date.moment, source, offset_known, doubtful=_looks_unset(date))


def _looks_unset(date: ParsedDate) -> bool:
    """January 1st at midnight is what many cameras begin with."""
    moment = date.moment
    return date.has_time and (moment.month, moment.day, moment.hour, moment.minute, moment.second) == (1, 1, 0, 0, 0)


def _offset(local: datetime, utc: datetime) -> timedelta | None:
    """Return how far wall time is from UTC, if that is a zone: a multiple of 15 minutes, with 2 minutes between the two clocks at most."""
    distance = local - utc
    offset = round(distance / QUARTER_HOUR) * QUARTER_HOUR
    return offset if abs(distance - offset) <= _TOLERANCE and abs(offset) <= LARGEST_OFFSET else None


def _of_mtime(mtime_ns: int, places: _Places, latest_year: int) -> CaptureDate:
    seconds = min(max(mtime_ns // 10**9, _EARLIEST_MTIME), _LATEST_MTIME)
    there = (_EPOCH + timedelta(seconds=seconds, microseconds=mtime_ns % 10**9 // 1000)).astimezone(places.zone)
    local = there.replace(tzinfo=None, fold=0)
    is_doubtful = not 1970 < local.year <= latest_year or _looks_unset(ParsedDate(local))
    return CaptureDate(local, DateSource.MTIME, there.utcoffset(), zone_assumed=True, doubtful=is_doubtful)
