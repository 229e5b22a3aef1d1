"""Read the table of prices, and add up what storing, checking and bringing back costs, in the table's currency. Pure but for `load`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lib.cold_storage.model import StorageClass, Tier
from lib.model import BadRequest, in_words

TABLE = Path(__file__).with_name("prices.toml")
RESTORED_DAYS = 7
"""How long S3 keeps the copy that it brought back: long enough to fetch 150 GB at 3 Mbit/s."""
_GB = 1e9
_LISTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What bringing back costs per GB and per 1,000 requests, and how many hours it takes at most."""

    gb: float
    per_1000: float
    hours: float


@dataclass(frozen=True, slots=True)
class Prices:
    """The table: when and where it holds; see prices.toml for the units."""

    date: date
    region: str
    currency: str
    free_egress_gb: float
    egress_gb: float
    list_per_1000: float
    head_per_1000: float
    get_per_1000: float
    overhead_standard_bytes: int
    overhead_archive_bytes: int
    minimum_days: dict[StorageClass, int]
    month_gb: dict[StorageClass, float]
    put_per_1000: dict[StorageClass, float]
    retrieval: dict[StorageClass, dict[Tier, Retrieval]]
    read_gb: dict[StorageClass, float]


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes and objects of one storage class. `requests` is how many requests at the price of STANDARD their parts took."""

    storage_class: StorageClass
    objects: int
    size: int
    requests: int = 0


@dataclass(frozen=True, slots=True)
class RestorePrice:
    """What bringing back costs, by part; `egress` is mostly the bill."""

    retrieval: float
    requests: float
    temporary_copy: float
    egress: float

    @property
    def total(self) -> float:
        """All parts together."""
        return self.retrieval + self.requests + self.temporary_copy + self.egress


def load(path: Path = TABLE) -> Prices:
    """The prices that a table tells. Raises BadRequest where it cannot be read or lacks one."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if not isinstance(table["date"], date):
            raise ValueError("date is no date")
        return Prices(
            date=table["date"],
            region=str(table["region"]),
            currency=str(table["currency"]),
            free_egress_gb=float(table["free_egress_gb"]),
            egress_gb=float(table["egress_gb"]),
            list_per_1000=float(table["list_per_1000"]),
            head_per_1000=float(table["head_per_1000"]),
            get_per_1000=float(table["get_per_1000"]),
            overhead_standard_bytes=int(table["overhead_standard_bytes"]),
            overhead_archive_bytes=int(table["overhead_archive_bytes"]),
            minimum_days={StorageClass(word): int(days) for word, days in table["minimum_days"].items()},
            month_gb=_by_class(table["month_gb"]),
            put_per_1000=_by_class(table["put_per_1000"]),
            retrieval={
                StorageClass(word): {Tier(tier): Retrieval(**numbers) for tier, numbers in tiers.items()}
                for word, tiers in table["retrieval"].items()
            },
            read_gb=_by_class(table["read_gb"]),
        )
    except OSError as error:
        raise BadRequest(f"The table of prices {path} cannot be read: {in_words(error)}.") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRequest(f"The table of prices {path} makes no sense ({error}); mend it, or take the one of the toolkit again.") from error


def _by_class(table: Mapping[str, float]) -> dict[StorageClass, float]:
    return {StorageClass(word): float(value) for word, value in table.items()}


def storing_once(prices: Prices, stored: Iterable[Stored]) -> float:
    """What uploading costs once: a request an object, at the price of its class, and those for the parts of large files."""
    return sum(
        one.objects * prices.put_per_1000[one.storage_class] / 1000 + one.requests * prices.put_per_1000[StorageClass.STANDARD] / 1000
        for one in stored
    )


def storing_monthly(prices: Prices, stored: Iterable[Stored]) -> float:
    """What keeping costs a month; an archived object takes a little more room than its bytes."""
    total = 0.0
    for one in stored:
        total += one.size / _GB * prices.month_gb[one.storage_class]
        if one.storage_class.is_archive:
            total += one.objects * prices.overhead_standard_bytes / _GB * prices.month_gb[StorageClass.STANDARD]
            total += one.objects * prices.overhead_archive_bytes / _GB * prices.month_gb[one.storage_class]
    return total


def verifying(prices: Prices, objects: int) -> float:
    """What checking so many objects costs: they are listed, and each is asked for its checksum."""
    listings = -(-objects // _LISTED_AT_ONCE)
    return objects * prices.head_per_1000 / 1000 + listings * prices.list_per_1000 / 1000


def restoring(prices: Prices, wanted: Iterable[Stored], tier: Tier, *, free_gb: float) -> RestorePrice:
    """What bringing back and downloading costs, where `free_gb` of what leaves AWS this month are free."""
    retrieval = requests = copy = 0.0
    size = 0
    for one in wanted:
        gb = one.size / _GB
        size += one.size
        requests += one.objects * (prices.get_per_1000 + prices.head_per_1000) / 1000
        if one.storage_class.is_archive:
            rates = prices.retrieval[one.storage_class][tier]
            retrieval += gb * rates.gb
            requests += one.objects * rates.per_1000 / 1000
            copy += gb * prices.month_gb[StorageClass.STANDARD] * RESTORED_DAYS / 30
        else:
            retrieval += gb * prices.read_gb[one.storage_class]
    egress = max(0.0, size / _GB - max(0.0, free_gb)) * prices.egress_gb
    return RestorePrice(retrieval, requests, copy, egress)
