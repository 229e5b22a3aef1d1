"""Time zones as a person names them, and the computer's own with its summer times."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lib.dates import zones
from lib.dates.zones import zone
from lib.model import BadRequest


def offset(name: str | None, year: int, month: int) -> timedelta | None:
    return datetime(year, month, 1, 12, tzinfo=zone(name)).utcoffset()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the system does not take another zone")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_offsets_and_names_are_understood() -> None:
    assert offset("+05:30", 2019, 7) == timedelta(hours=5, minutes=30)
    assert offset("-05:00", 2019, 7) == timedelta(hours=-5)
    assert offset("Europe/Berlin", 2019, 7) == timedelta(hours=2)
    assert offset("Europe/Berlin", 2019, 1) == timedelta(hours=1)


@pytest.mark.parametrize("name", ["Mars", "+2", "+25:00", "../../etc/passwd", "-", "Europe/", "\0"])
def test_what_is_no_zone_is_told(name: str) -> None:
    with pytest.raises(BadRequest, match="--zone"):
        zone(name)


def test_where_there_is_no_list_of_zones_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "available_timezones", set)
    with pytest.raises(BadRequest, match="pip install tzdata"):
        zone("Europe/Nowhere")


@pytest.mark.usefixtures("berlin")
def test_the_computers_zone_knows_its_summer_times() -> None:
    assert offset(None, 2019, 7) == timedelta(hours=2)
    assert offset(None, 2019, 1) == timedelta(hours=1)
    there = datetime(2019, 7, 31, 23, 30, tzinfo=UTC).astimezone(zone(None))
    assert (there.day, there.hour, there.utcoffset()) == (1, 1, timedelta(hours=2))


@pytest.mark.usefixtures("berlin")
def test_years_beyond_the_systems_clock_are_no_error() -> None:
    for year in (1, 1826, 9998):
        assert offset(None, year, 6) is not None
        assert datetime(year, 6, 1, tzinfo=UTC).astimezone(zone(None)).year == year
