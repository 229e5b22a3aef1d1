"""Sums by hand, from the numbers that AWS publishes; a change of the table has to change these too."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.cold_storage import prices
from lib.cold_storage.model import StorageClass, Tier
from lib.cold_storage.prices import Stored
from lib.model import BadRequest

TABLE = prices.load()
ALBUM = [Stored(StorageClass.DEEP_ARCHIVE, 50_000, 150 * 10**9)]


def test_an_album_of_150_gb_in_50_000_files() -> None:
    # 50 x 0.05
    assert prices.storing_once(TABLE, ALBUM) == pytest.approx(2.50)
    # 150 x 0.00099 = 0.1485; 50,000 x 8,192 bytes = 0.4096 GB x 0.023 = 0.0094; 50,000 x 32,768 = 1.6384 GB x 0.00099 = 0.0016
    assert prices.storing_monthly(TABLE, ALBUM) == pytest.approx(0.1485 + 0.0094208 + 0.001622016)
    # 50 x 0.0004 = 0.02; 50 listings x 0.005 / 1,000
    assert prices.verifying(TABLE, 50_000) == pytest.approx(0.02 + 0.00025)


@pytest.mark.parametrize(
    ("tier", "free_gb", "parts"),
    [
        # 150 x 0.0025; 50 x 0.025 + 50 x (0.0004 + 0.0004); 150 x 0.023 x 7 / 30; (150 - 100) x 0.09
        (Tier.BULK, 100, (0.375, 1.29, 0.805, 4.50)),
        (Tier.BULK, 0, (0.375, 1.29, 0.805, 13.50)),
        (Tier.BULK, 200, (0.375, 1.29, 0.805, 0)),
        # 150 x 0.02; 50 x 0.10 + 0.04
        (Tier.STANDARD, 100, (3.00, 5.04, 0.805, 4.50)),
    ],
)
def test_bringing_the_album_back(tier: Tier, free_gb: float, parts: tuple[float, ...]) -> None:
    price = prices.restoring(TABLE, ALBUM, tier, free_gb=free_gb)
    assert (price.retrieval, price.requests, price.temporary_copy, price.egress) == pytest.approx(parts)
    assert price.total == pytest.approx(sum(parts))


def test_small_files_in_standard_and_large_ones_in_parts() -> None:
    mixed = [Stored(StorageClass.STANDARD, 1000, 10**9), Stored(StorageClass.DEEP_ARCHIVE, 1000, 10**12, requests=60_000)]
    # 1,000 x 0.005 / 1,000; 1,000 x 0.05 / 1,000; 60,000 parts x 0.005 / 1,000
    assert prices.storing_once(TABLE, mixed) == pytest.approx(0.005 + 0.05 + 0.30)
    # no overhead and no retrieval for what is not archived
    assert prices.storing_monthly(TABLE, mixed[:1]) == pytest.approx(0.023)
    back = prices.restoring(TABLE, mixed[:1], Tier.BULK, free_gb=100)
    assert (back.retrieval, back.temporary_copy, back.egress) == (0, 0, 0) and back.requests == pytest.approx(0.0008)


def test_nothing_costs_nothing() -> None:
    assert prices.storing_once(TABLE, []) == prices.storing_monthly(TABLE, []) == prices.verifying(TABLE, 0) == 0
    assert prices.restoring(TABLE, [], Tier.BULK, free_gb=100).total == 0


@pytest.mark.parametrize(
    ("old", "new"), [("free_egress_gb = 100", ""), ("= 0.09", "= 'cheap'"), ("DEEP_ARCHIVE = 0.05", "ICE = 0.05"), ("[month_gb]", "[")]
)
def test_a_table_that_makes_no_sense_is_told(tmp_path: Path, old: str, new: str) -> None:
    text = prices.TABLE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "prices.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadRequest, match="makes no sense"):
        prices.load(tmp_path / "prices.toml")


def test_every_class_has_every_price() -> None:
    for one in StorageClass:
        assert one in TABLE.month_gb and one in TABLE.put_per_1000 and one in TABLE.minimum_days
        assert (one in TABLE.retrieval) if one.is_archive else (one in TABLE.read_gb)
