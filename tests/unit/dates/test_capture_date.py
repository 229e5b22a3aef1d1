"""When a picture was taken: which source wins, in which zone, and what is not believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.dates.capture_date import decide
from lib.model import CaptureDate, DateClaim, DateSource, Metadata

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
MTIME = 1_600_000_000_000_000_000  # 2020-09-13 12:26:40 UTC
SUMMER = timedelta(hours=2)


def taken(
    *claims: DateClaim,
    name: str = "a.jpg",
    style: str = "jpeg",
    make: str = "",
    gps_time: str = "",
    sidecars: Sequence[DateClaim] = (),
    partner_offset: timedelta | None = None,
) -> CaptureDate:
    """The decision on a picture with these claims, in Berlin, in June 2024."""
    metadata = Metadata(style, make=make, gps_time=gps_time, claims=claims)
    beside = [Metadata("xmp", claims=(claim,)) for claim in sidecars]
    return decide(metadata, name, MTIME, sidecars=beside, partner_offset=partner_offset, zone=BERLIN, now=NOW)


def claim(source: DateSource, day: int = 3, *, offset: str = "", subsecond: str = "") -> DateClaim:
    """A claim of noon on that day of July 2019."""
    return DateClaim(source, f"2019:07:{day:02} 12:00:00", subsecond, offset)


STILL_ORDER = [
    DateSource.EXIF_ORIGINAL,
    DateSource.EXIF_DIGITIZED,
    DateSource.XMP_ORIGINAL,
    DateSource.XMP_PHOTOSHOP,
    DateSource.IPTC,
    DateSource.XMP_CREATE,
    DateSource.PNG_TEXT,
    DateSource.SIDECAR_XMP,
    DateSource.SIDECAR_JSON,
    DateSource.FILE_NAME,
    DateSource.EXIF_MODIFIED,
    DateSource.MTIME,
]
VIDEO_ORDER = [
    DateSource.QUICKTIME,
    DateSource.VIDEO_DATE,
    DateSource.AVI_IDIT,
    DateSource.EXIF_ORIGINAL,
    DateSource.EXIF_DIGITIZED,
    DateSource.VIDEO_CREATION,
    DateSource.XMP_ORIGINAL,
    DateSource.XMP_CREATE,
    DateSource.SIDECAR_XMP,
    DateSource.SIDECAR_JSON,
    DateSource.FILE_NAME,
    DateSource.MTIME,
]


@pytest.mark.parametrize(("style", "order"), [("jpeg", STILL_ORDER), ("mp4", VIDEO_ORDER)])
def test_the_most_trusted_source_wins_and_the_next_one_takes_over(style: str, order: list[DateSource]) -> None:
    for first in range(len(order)):
        there = order[first:]
        claims = [claim(source) for source in reversed(there) if source not in (DateSource.FILE_NAME, DateSource.MTIME)]
        beside = [one for one in claims if one.source in (DateSource.SIDECAR_XMP, DateSource.SIDECAR_JSON)]
        within = [one for one in claims if one not in beside]
        name = "VID_20190703_120000.mp4" if DateSource.FILE_NAME in there else "clip.mp4"
        assert taken(*within, name=name, style=style, sidecars=beside).source is order[first]


def test_exif_is_wall_time_and_its_offset_is_kept() -> None:
    date = taken(claim(DateSource.EXIF_ORIGINAL, offset="-04:00", subsecond="12"))
    assert date == CaptureDate(datetime(2019, 7, 3, 12, microsecond=120_000), DateSource.EXIF_ORIGINAL, timedelta(hours=-4))


def test_exif_without_an_offset_is_not_given_one() -> None:
    date = taken(claim(DateSource.EXIF_ORIGINAL))
    assert (date.local, date.offset, date.zone_assumed, date.is_guess) == (datetime(2019, 7, 3, 12), None, False, False)


@pytest.mark.parametrize(
    ("gps_time", "offset"),
    [
        ("2019-07-03 10:00:00", timedelta(hours=2)),
        ("2019-07-03 10:01:59", timedelta(hours=2)),
        ("2019-07-03 09:58:01", timedelta(hours=2)),
        ("2019-07-03 06:15:10", timedelta(hours=5, minutes=45)),
        ("2019-07-04 00:00:00", timedelta(hours=-12)),
        ("2019-07-02 22:00:00", timedelta(hours=14)),
        ("2019-07-03 10:02:01", None),
        ("2019-07-03 10:07:30", None),
        ("2019-07-02 21:45:00", None),
        ("2019-07-01 10:00:00", None),
        ("", None),
    ],
)
def test_the_satellites_tell_the_zone(gps_time: str, offset: timedelta | None) -> None:
    assert taken(claim(DateSource.EXIF_ORIGINAL), gps_time=gps_time).offset == offset


def test_the_offset_tag_is_believed_before_the_satellites() -> None:
    assert taken(claim(DateSource.EXIF_ORIGINAL, offset="+01:00"), gps_time="2019-07-03 10:00:00").offset == timedelta(hours=1)


def test_a_films_utc_becomes_wall_time_by_the_computers_zone_and_says_so() -> None:
    date = taken(claim(DateSource.VIDEO_CREATION, offset="Z"), style="mov")
    assert date == CaptureDate(datetime(2019, 7, 3, 14), DateSource.VIDEO_CREATION, SUMMER, zone_assumed=True)


def test_a_films_utc_becomes_wall_time_by_the_offset_of_its_live_photo() -> None:
    date = taken(claim(DateSource.VIDEO_CREATION, offset="Z"), style="mov", partner_offset=timedelta(hours=-4))
    assert date == CaptureDate(datetime(2019, 7, 3, 8), DateSource.VIDEO_CREATION, timedelta(hours=-4))


@pytest.mark.parametrize(
    ("name", "duration", "expected"),
    [
        ("VID_20190703_210000.mp4", 5.0, (datetime(2019, 7, 3, 21), timedelta(hours=9), False)),
        ("VID_20190703_205000.mp4", 600.0, (datetime(2019, 7, 3, 21), timedelta(hours=9), False)),
        ("VID_20190703_205000.mp4", 5.0, (datetime(2019, 7, 3, 14), SUMMER, True)),
        ("VID_20190710_210000.mp4", 5.0, (datetime(2019, 7, 3, 14), SUMMER, True)),
        ("VID-20190703-WA0001.mp4", 5.0, (datetime(2019, 7, 3, 14), SUMMER, True)),
    ],
)
def test_wall_time_in_a_films_name_tells_its_zone(name: str, duration: float, expected: tuple[datetime, timedelta, bool]) -> None:
    metadata = Metadata("mp4", duration=duration, claims=(claim(DateSource.VIDEO_CREATION, offset="Z"),))
    date = decide(metadata, name, MTIME, zone=BERLIN, now=NOW)
    assert (date.local, date.offset, date.zone_assumed) == expected
    assert date.source is DateSource.VIDEO_CREATION


@pytest.mark.parametrize("make", ["GoPro", "NIKON", "Nikon Corporation"])
def test_cameras_that_write_local_time_into_a_films_header_are_known(make: str) -> None:
    date = taken(claim(DateSource.VIDEO_CREATION, offset="Z"), style="mp4", make=make)
    assert (date.local, date.offset, date.zone_assumed) == (datetime(2019, 7, 3, 12), None, False)


def test_quicktimes_own_date_keeps_its_zone() -> None:
    date = taken(DateClaim(DateSource.QUICKTIME, "2019-07-24T11:25:40+0300"), claim(DateSource.VIDEO_CREATION), style="mov")
    assert (date.local, date.offset, date.zone_assumed) == (datetime(2019, 7, 24, 11, 25, 40), timedelta(hours=3), False)


def test_a_films_date_tag_counts_only_with_a_time() -> None:
    day, moment = DateClaim(DateSource.VIDEO_DATE, "2019-07-03"), claim(DateSource.VIDEO_CREATION, 4)
    assert taken(day, moment, style="mp4").source is DateSource.VIDEO_CREATION


def test_a_pixels_name_tells_the_start_of_a_film_better_than_its_header() -> None:
    date = taken(claim(DateSource.VIDEO_CREATION), name="PXL_20190703_115930123.mp4", style="mp4")
    assert (date.local, date.source) == (datetime(2019, 7, 3, 13, 59, 30, 123_000), DateSource.FILE_NAME)
    assert date.zone_assumed


def test_takeouts_json_is_utc() -> None:
    date = taken(sidecars=[DateClaim(DateSource.SIDECAR_JSON, "2019-07-03 22:30:00", offset="+00:00")])
    assert (date.local, date.offset, date.zone_assumed) == (datetime(2019, 7, 4, 0, 30), SUMMER, True)


@pytest.mark.parametrize(
    ("later", "name", "expected"),
    [
        (DateClaim(DateSource.IPTC, "2019-07-03 06:27:51"), "a.jpg", datetime(2019, 7, 3, 6, 27, 51)),
        (claim(DateSource.PNG_TEXT, 3), "a.jpg", datetime(2019, 7, 3, 12)),
        (None, "IMG_20190703_062751.jpg", datetime(2019, 7, 3, 6, 27, 51)),
        (claim(DateSource.IPTC, 4), "a.jpg", datetime(2019, 7, 3)),
        (DateClaim(DateSource.IPTC, "2019-07-03"), "a.jpg", datetime(2019, 7, 3)),
        (claim(DateSource.EXIF_MODIFIED, 3), "a.jpg", datetime(2019, 7, 3)),
        (None, "IMG-20190703-WA0001.jpg", datetime(2019, 7, 3)),
    ],
    ids=["time", "much later source", "name", "another day", "no time either", "a guess", "name without a time"],
)
def test_a_day_gets_its_time_from_the_next_source_that_has_one(later: DateClaim | None, name: str, expected: datetime) -> None:
    day = DateClaim(DateSource.XMP_PHOTOSHOP, "2019-07-03")
    told = taken(*(one for one in (later, day) if one), name=name)
    assert told.local == expected
    assert (told.source is DateSource.XMP_PHOTOSHOP) == (expected.time() == datetime.min.time())


def test_a_day_in_a_name_is_midnight() -> None:
    date = taken(name="IMG-20190101-WA0001.jpg")
    assert (date.local, date.source, date.doubtful) == (datetime(2019, 1, 1), DateSource.FILE_NAME, False)


def test_the_files_own_time_is_the_last_resort_and_a_guess() -> None:
    date = taken()
    assert (date.local, date.source, date.is_guess) == (datetime(2020, 9, 13, 14, 26, 40), DateSource.MTIME, True)
    assert (date.offset, date.zone_assumed) == (SUMMER, True)


def test_a_file_that_could_not_be_read_still_has_its_name() -> None:
    date = decide(None, "IMG_20190703_123456.jpg", MTIME, zone=BERLIN, now=NOW)
    assert (date.local, date.source) == (datetime(2019, 7, 3, 12, 34, 56), DateSource.FILE_NAME)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "0001:01:01 00:00:00",
        "1904:01:01 00:00:00",
        "1904-01-01 00:00:13",
        "1970:01:01 00:00:00",
        "1970:01:01 01:00:00",
        "2024:06:03 00:00:00",
        "2036:01:01 00:00:00",
        "9999:12:31 23:59:59",
    ],
)
@pytest.mark.parametrize("source", [DateSource.EXIF_ORIGINAL, DateSource.XMP_CREATE, DateSource.PNG_TEXT])
def test_a_clock_that_was_never_set_is_not_believed(text: str, source: DateSource) -> None:
    later = claim(DateSource.EXIF_MODIFIED)
    assert taken(DateClaim(source, text), later).source is DateSource.EXIF_MODIFIED


def test_a_film_without_a_time_of_creation_falls_through() -> None:
    assert taken(DateClaim(DateSource.VIDEO_CREATION, "1904-01-01 00:00:00", offset="Z"), style="mp4").source is DateSource.MTIME


def test_tomorrow_is_believed_because_of_the_zones() -> None:
    assert taken(DateClaim(DateSource.EXIF_ORIGINAL, "2024:06:02 23:59:59")).source is DateSource.EXIF_ORIGINAL


def test_now_may_come_without_a_zone() -> None:
    metadata = Metadata("jpeg", claims=(DateClaim(DateSource.EXIF_ORIGINAL, "2024:06:03 12:00:00"),))
    assert decide(metadata, "a", MTIME, zone=UTC, now=datetime(2024, 6, 2)).source is DateSource.EXIF_ORIGINAL
    assert decide(metadata, "a", MTIME, zone=UTC, now=datetime(2024, 6, 1)).source is DateSource.MTIME


def test_the_factory_value_is_refused_where_cameras_left_it() -> None:
    factory = "2002:12:08 12:00:00"
    assert taken(DateClaim(DateSource.EXIF_DIGITIZED, factory)).source is DateSource.MTIME
    assert taken(DateClaim(DateSource.EXIF_ORIGINAL, factory)).source is DateSource.EXIF_ORIGINAL


def test_the_first_second_of_a_year_is_kept_as_doubtful() -> None:
    assert taken(DateClaim(DateSource.EXIF_ORIGINAL, "2008:01:01 00:00:00")).doubtful
    assert not taken(DateClaim(DateSource.EXIF_ORIGINAL, "2008:01:01 00:00:01")).doubtful


def test_the_first_claim_of_a_source_that_can_be_wins() -> None:
    date = taken(DateClaim(DateSource.EXIF_ORIGINAL, "0000:00:00 00:00:00"), claim(DateSource.EXIF_ORIGINAL, 5))
    assert date.local == datetime(2019, 7, 5, 12)


@pytest.mark.parametrize("mtime_ns", [-(10**30), -1, 0, 10**30])
def test_an_impossible_file_time_is_doubtful_but_no_failure(mtime_ns: int) -> None:
    date = decide(None, "a.jpg", mtime_ns, zone=BERLIN, now=NOW)
    assert date.source is DateSource.MTIME and date.doubtful


@given(
    text=st.text(max_size=40) | st.datetimes().map(lambda moment: f"{moment:%Y:%m:%d %H:%M:%S}"),
    subsecond=st.text(max_size=8),
    offset=st.text(max_size=8) | st.sampled_from(["+02:00", "Z", "-14:00", "+99:99"]),
    source=st.sampled_from(DateSource),
    name=st.text(max_size=60) | st.datetimes().map(lambda moment: f"PXL_{moment:%Y%m%d_%H%M%S}123.mp4"),
    style=st.sampled_from(["jpeg", "mp4"]),
    partner=st.none() | st.timedeltas(timedelta(hours=-14), timedelta(hours=14)),
    shift=st.integers(-14, 14),
)
def test_whatever_is_claimed_there_is_one_date_that_can_be(
    text: str, subsecond: str, offset: str, source: DateSource, name: str, style: str, partner: timedelta | None, shift: int
) -> None:
    metadata = Metadata(style, claims=(DateClaim(source, text, subsecond, offset),))
    zone = timezone(timedelta(hours=shift))
    date = decide(metadata, name, MTIME, sidecars=[metadata], partner_offset=partner, zone=zone, now=NOW)
    assert date.local.tzinfo is None
    assert datetime(1826, 1, 1) <= date.local < datetime(2024, 6, 4)
    assert date.offset is None or abs(date.offset) <= timedelta(hours=14)
