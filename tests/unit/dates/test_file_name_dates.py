"""Dates in the names that phones, messengers and screenshot tools give."""

from __future__ import annotations

from datetime import datetime

import pytest

from lib.dates.file_name_dates import date_in_name

NOON = datetime(2019, 7, 3, 12, 34, 56)
MILLIS = NOON.replace(microsecond=789_000)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("PXL_20190703_123456789.jpg", MILLIS),
        ("PXL_20190703_123456789.MP.jpg", MILLIS),
        ("PXL_20190703_123456789.NIGHT.jpg", MILLIS),
        ("PXL_20190703_123456789~2.mp4", MILLIS),
        ("20190703_123456789_iOS.heic", MILLIS),
        ("20190703_123456_iOS 1.jpg", NOON),
        ("20190703T123456Z.jpg", NOON),
        ("FB_IMG_1562157296789.jpg", MILLIS),
        ("mmexport1562157296789.jpg", MILLIS),
        ("mmexport1562157296789(1).mp4", MILLIS),
        ("1562157296789.jpg", MILLIS),
    ],
)
def test_names_that_tell_utc(name: str, moment: datetime) -> None:
    date = date_in_name(name)
    assert date is not None
    assert (date.moment, date.is_utc, date.has_time) == (moment, True, True)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("00000IMG_00000_BURST20190703123456789_COVER.jpg", MILLIS),
        ("00100lrPORTRAIT_00100_BURST20190703123456789_COVER.jpg", MILLIS),
        ("IMG_20190703_123456_BURST001.jpg", NOON),
        ("signal-2019-07-03-123456.jpg", NOON),
        ("signal-2019-07-03-12-34-56-789.jpg", MILLIS),
        ("signal-2019-07-03-123456_002.jpeg", NOON.replace(microsecond=2000)),
        ("photo_2019-07-03_12-34-56.jpg", NOON),
        ("photo_2019-07-03_12-34-56 (2).jpg", NOON),
        ("video_2019-07-03_12-34-56.mp4", NOON),
        ("photo_15@03-07-2019_12-34-56.jpg", NOON),
        ("video_2@03-07-2019_12-34-56.mp4", NOON),
        ("WhatsApp Image 2019-07-03 at 12.34.56.jpeg", NOON),
        ("WhatsApp Image 2019-07-03 at 12.34.56 PM (1).jpeg", NOON),
        ("WhatsApp Image 2019-07-03 at 1.34.56 PM.jpeg", NOON.replace(hour=13)),
        ("WhatsApp Video 2019-07-03 at 12.34.56 AM.mp4", NOON.replace(hour=0)),
        ("Screen Shot 2019-07-03 at 1.34.56 PM.png", NOON.replace(hour=13)),
        ("Screenshot 2019-07-03 at 1.34.56\u202fPM.png", NOON.replace(hour=13)),
        ("Screenshot 2019-07-03 at 9.34.56\u202fa.m..png", NOON.replace(hour=9)),
        ("Screen Shot 2019-07-03 at 12.34.56.png", NOON),
        ("Bildschirmfoto 2019-07-03 um 12.34.56.png", NOON),
        ("Capture d’écran 2019-07-03 à 12.34.56.png", NOON),
        ("Screenshot from 2019-07-03 12-34-56.png", NOON),
        ("Screenshot_20190703-123456.png", NOON),
        ("Screenshot_20190703-123456_Chrome.jpg", NOON),
        ("Screenshot_20190703_123456_com.android.chrome.jpg", NOON),
        ("Screenshot_2019-07-03-12-34-56.png", NOON),
        ("Screenshot_2019-07-03-12-34-56-789_com.tencent.mm.jpg", MILLIS),
        ("IMG_20190703_123456.jpg", NOON),
        ("IMG_20190703_123456789.jpg", MILLIS),
        ("IMG_20190703_123456_HDR.jpg", NOON),
        ("IMG_20190703_123456~2.jpg", NOON),
        ("IMG20190703123456.jpg", NOON),
        ("VID_20190703_123456.mp4", NOON),
        ("VID_20190703_123456_LS.mp4", NOON),
        ("VID20190703123456.mp4", NOON),
        ("MVIMG_20190703_123456.jpg", NOON),
        ("PANO_20190703_123456.vr.jpg", NOON),
        ("PORTRAIT_20190703_123456.jpg", NOON),
        ("DJI_20190703123456_0001_D.JPG", NOON),
        ("DJI_20190703_123456_1.mp4", NOON),
        ("20190703_123456.jpg", NOON),
        ("20190703_123456(0).jpg", NOON),
        ("20190703_123456_001.jpg", NOON.replace(microsecond=1000)),
        ("20190703-123456.mov", NOON),
        ("20190703T123456.jpg", NOON),
        ("2019-07-03 12.34.56.jpg", NOON),
        ("2019-07-03 12.34.56-2.jpg", NOON),
        ("2019-07-03_12-34-56.jpg", NOON),
        ("2019-07-03T12-34-56.jpg", NOON),
        ("2019_07_03_12_34_56.jpg", NOON),
        ("WP_20190703_12_34_56_Pro.jpg", NOON),
        ("C360_2019-07-03-12-34-56-789.jpg", MILLIS),
        ("family 20190703_123456 beach.jpg", NOON),
    ],
)
def test_names_that_tell_wall_time(name: str, moment: datetime) -> None:
    date = date_in_name(name)
    assert date is not None
    assert (date.moment.replace(microsecond=0), date.is_utc, date.has_time) == (moment.replace(microsecond=0), False, True)
    assert date.moment.microsecond in (moment.microsecond, 0)


@pytest.mark.parametrize(
    "name",
    [
        "IMG-20190703-WA0012.jpg",
        "VID-20190703-WA0001.mp4",
        "IMG-20190703-WA0012(1).jpeg",
        "2019-07-03.jpg",
        "2019-07-03 birthday.jpg",
        "grandma 2019-07-03 (3).jpg",
        "2019_07_03_garden.jpg",
        "2019.07.03.jpg",
        "2019-07-03-2.jpg",
        "IMG-2019-07-03.jpg",
        "2019-07-03 1234.jpg",
    ],
)
def test_names_that_tell_a_day(name: str) -> None:
    date = date_in_name(name)
    assert date is not None
    assert (date.moment, date.is_utc, date.has_time) == (datetime(2019, 7, 3), False, False)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".jpg",
        "GOPR0123.JPG",
        "GH010203.MP4",
        "DJI_0001.JPG",
        "DSC_0123.NEF",
        "DSC01234.ARW",
        "DSCF2019.RAF",
        "P1010203.JPG",
        "P7031234.ORF",
        "IMG_E1234.HEIC",
        "IMG_1234.HEIC",
        "_MG_2019.CR2",
        "MVI_2019.AVI",
        "100_2019.JPG",
        "Image(12)",
        "received_10203456789012345.jpeg",
        "10203456789012345_n.jpg",
        "120190703_123456.jpg",
        "20191303_123456.jpg",
        "20190703_253456.jpg",
        "IMG_20190230_123456.jpg",
        "d41d8cd98f00b204e9800998ecf8427e.jpg",
        "a20190703123456b20190703123456cd.jpg",
        "20190703-1234-4567-89ab-201907031234.jpg",
        "0A1B2C3D-1234-4567-89AB-201907031234.heic",
        "1234567890123456.jpg",
        "99999999.jpg",
    ],
)
def test_names_that_tell_nothing(name: str) -> None:
    assert date_in_name(name) is None
