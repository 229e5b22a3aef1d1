"""Dates as cameras, programs and standards write them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lib.dates.date_text import parse_date, parse_offset

NOON = datetime(2019, 7, 3, 12, 34, 56)


@pytest.mark.parametrize(
    ("text", "moment", "hours"),
    [
        ("2019:07:03 12:34:56", NOON, None),
        ("2019-07-03 12:34:56", NOON, None),
        ("2019/07/03 12:34:56", NOON, None),
        ("2019-07-03T12:34:56", NOON, None),
        ("2019-07-03T12:34:56.123+02:00", NOON.replace(microsecond=123000), 2),
        ("2019-07-03T12:34:56+0200", NOON, 2),
        ("2019:07:03 12:34:56-04:00", NOON, -4),
        ("2019-07-03T12:34", NOON.replace(second=0), None),
        ("2019: 7: 3 12:34:56", NOON, None),
        ("2019:7:3 1:2:3", datetime(2019, 7, 3, 1, 2, 3), None),
        ("2019:07:03 01:34:56 PM", datetime(2019, 7, 3, 13, 34, 56), None),
        ("20190703T123456", NOON, None),
        ("20190703 123456+0200", NOON, 2),
        ("Wed Jul 03 12:34:56 2019", NOON, None),
        ("WED JUL  3 12:34:56 2019\n", NOON, None),
        ("Wed, 3 Jul 2019 12:34:56 +0200", NOON, 2),
        ("3 July 2019 12:34:56 GMT", NOON, 0),
        ("Wed 03 Jul 2019 12:34:56 PM CEST", NOON, None),
        ("2019-07-03T12:34:56Z", NOON, 0),
    ],
)
def test_a_date_and_time_is_understood(text: str, moment: datetime, hours: int | None) -> None:
    date = parse_date(text)
    assert date is not None
    assert (date.moment, date.offset, date.has_time) == (moment, None if hours is None else timedelta(hours=hours), True)


@pytest.mark.parametrize("text", ["2019:07:03", "2019-07-03", "20190703", "3 July 2019", "Jul 3, 2019"])
def test_a_day_alone_is_told_as_such(text: str) -> None:
    date = parse_date(text)
    assert date is not None
    assert (date.moment, date.has_time) == (datetime(2019, 7, 3), False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "2019",
        "2019-07",
        "2019:13:03 12:34:56",
        "2019:02:30 12:34:56",
        "2019:07:03 25:00:00",
        "03/07/2019 12:34:56",
        "Mon 9 Aug 2004 2O:17:36 -0000",
        "200Ô-04-07T19:06:16-07:00",
        "yesterday",
        "٢٠١٩:07:03 xx",
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_digits_and_offset_from_other_tags_count_where_the_text_has_none() -> None:
    date = parse_date("2019:07:03 12:34:56", "7", "+05:30")
    assert date is not None
    assert (date.moment.microsecond, date.offset) == (700_000, timedelta(hours=5, minutes=30))
    date = parse_date("2019-07-03T12:34:56.25+02:00", "7", "+05:30")
    assert date is not None
    assert (date.moment.microsecond, date.offset) == (250_000, timedelta(hours=2))


@pytest.mark.parametrize("text", ["", "   :  ", "+15:00", "+99:99", "02:00", "CET", "+"])
def test_what_is_no_offset_is_none(text: str) -> None:
    assert parse_offset(text) is None


def test_utc_is_told_from_an_offset_of_nothing() -> None:
    zulu, greenwich = parse_date("2019-07-03T12:34:56Z"), parse_date("2019-07-03T12:34:56+00:00")
    assert zulu is not None and zulu.is_utc
    assert greenwich is not None and not greenwich.is_utc
    assert zulu.offset == greenwich.offset == timedelta(0)
