"""Tell what became of the files: lines for the terminal, rows for the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lib.cold_storage.model import Tier, UploadAction, UploadDecision
from lib.cold_storage.prices import RESTORED_DAYS, Prices, RestorePrice, Stored, storing_monthly, storing_once, verifying
from lib.cold_storage.verification import CopyVerdict, Verified
from lib.reporting.command_line import count_text, size_text

COLUMNS = ("name", "state", "reason", "key", "size", "sha256", "storage_class")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    name: str
    state: str
    reason: str = ""
    key: str = ""
    size: int | None = None
    sha256: str = ""
    storage_class: str = ""

    def cells(self) -> Sequence[object]:
        """In the order of COLUMNS."""
        return (self.name, self.state, self.reason, self.key, self.size, self.sha256, self.storage_class)


def upload_rows(decisions: Iterable[UploadDecision], outcomes: Mapping[str, str], extra: Iterable[str]) -> Iterator[Row]:
    """Each file of the album, then what only the bucket has. `outcomes`: what uploads came to, by name: empty for stored, or why not."""
    for one in decisions:
        state, reason = one.action.value, one.reason
        if one.file.name in outcomes:
            reason = outcomes[one.file.name] or reason
            state = "failed" if outcomes[one.file.name] else "stored"
        yield Row(one.file.name, state, reason, one.key, one.file.size, one.file.sha256, one.storage_class.value)
    for key in extra:
        yield Row("", "only in the bucket", "the album has no such file (any more)", key)


def verify_rows(found: Iterable[Verified]) -> Iterator[Row]:
    """What a check found, file by file."""
    return (Row(one.name, one.verdict.value, one.reason, one.key, None, one.sha256) for one in found)


def money(prices: Prices, value: float) -> str:
    """A sum as people write it, never less than it is; "under $0.01" for what is nearly nothing."""
    if 0 < value < 0.01:
        return f"under {prices.currency}0.01"
    return f"{prices.currency}{value:,.2f}"


def source_of(prices: Prices, endpoint: str) -> str:
    """Where the sums come from."""
    place = f"{prices.region}, {prices.date:%Y-%m-%d}"
    if endpoint:
        return f"The sums are what AWS charges ({place}); this server has prices of its own."
    return f"Prices: AWS {place}, without tax, from lib/cold_storage/prices.toml."


def upload_lines(
    decisions: Sequence[UploadDecision], sending: Sequence[Stored], all_of_it: Sequence[Stored], prices: Prices
) -> Iterator[str]:
    """What will be done, and what it costs."""
    counts = Counter(one.action for one in decisions)
    size = sum(one.size for one in sending)
    where = ", ".join(f"{count_text(one.objects, 'file')} to {one.storage_class.value}" for one in sending) or "nothing"
    yield f"To send: {where}; {size_text(size)}. In the bucket already: {count_text(counts[UploadAction.PRESENT], 'file')}."
    requests = sum(one.objects + one.requests for one in sending)
    yield (
        f"This costs {money(prices, storing_once(prices, sending))} once, for {count_text(requests, 'request')}. "
        f"The whole album then costs {money(prices, storing_monthly(prices, all_of_it))} a month."
    )
    longest = max((prices.minimum_days[one.storage_class] for one in sending), default=0)
    if longest:
        yield f"What is deleted before {longest} days are over is charged for that long."


def restore_lines(wanted: Sequence[Stored], price: RestorePrice, prices: Prices, tier: Tier, free_gb: float) -> Iterator[str]:
    """What bringing back costs by part, and how long it takes by tier."""
    objects, size = sum(one.objects for one in wanted), sum(one.size for one in wanted)
    yield f"To bring back: {count_text(objects, 'file')}, {size_text(size)}."
    yield (
        f"This costs {money(prices, price.total)}: {money(prices, price.retrieval)} for bringing back, "
        f"{money(prices, price.requests)} for requests, {money(prices, price.temporary_copy)} for a copy of {RESTORED_DAYS} days, "
        f"{money(prices, price.egress)} for what leaves AWS (the first {free_gb:,.0f} GB of this month taken as free)."
    )
    archives = sorted({one.storage_class for one in wanted if one.storage_class.is_archive}, key=lambda one: one.value)
    for kept in archives:
        tiers = (f"{each.value}{' (chosen)' if each is tier else ''} {rate.hours:g}" for each, rate in prices.retrieval[kept].items())
        yield f"Hours until files in {kept.value} can be fetched, at most: {', '.join(tiers)}."


def verify_lines(found: Sequence[Verified], prices: Prices, store: str) -> Iterator[str]:
    """What a check came to."""
    counts = Counter(one.verdict for one in found)
    words = ", ".join(f"{counts[verdict]:,} {verdict.value}" for verdict in CopyVerdict if verdict is not CopyVerdict.WHOLE)
    asked = sum(1 for one in found if one.verdict is not CopyVerdict.EXTRA)
    yield f"{store}: {count_text(asked, 'file')} checked: {counts[CopyVerdict.WHOLE]:,} whole, {words}."
    yield f"Asking cost {money(prices, verifying(prices, asked))}."
