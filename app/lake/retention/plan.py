"""Which days leave the tables, which cold files have come to their end, and what a restore costs; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Tier = Literal["Bulk", "Standard", "Expedited"]
GB = 1e9

#: USD per GB read back and per 1000 requests: list prices of S3 Glacier Flexible Retrieval in us-east-1, as remembered
#: and not looked up; others pay other prices.
RETRIEVAL_USD: dict[Tier, tuple[float, float]] = {
    "Bulk": (0.0, 0.025),
    "Standard": (0.01, 0.05),
    "Expedited": (0.03, 10.0),
}
STORAGE_USD_PER_GB_MONTH = 0.023
"""The copy that is read lies in the standard class until it expires."""


@dataclass(frozen=True, slots=True)
class ColdFile:
    """A cold file: rows of one table and day; `inputs` are the data files that it was made of."""

    day: str
    table: str
    place: str
    rows: int
    size_bytes: int
    inputs: tuple[str, ...] = ()


def hot_from(now_us: int, hot_days: int) -> str:
    """Return the first day, YYYY-MM-DD, that stays in the tables."""
    return (datetime.fromtimestamp(now_us / 1e6, UTC).date() - timedelta(days=hot_days)).isoformat()


def ended(files: Iterable[ColdFile], now_us: int, hot_days: int, cold_days: int) -> list[ColdFile]:
    """Return the cold files whose time is over: days that were hot for their time, and cold for theirs."""
    last = hot_from(now_us, hot_days + cold_days)
    return [file for file in files if file.day < last]


def between(files: Iterable[ColdFile], first: str, last: str) -> list[ColdFile]:
    """Return the cold files of days from `first` to `last`, both included."""
    return [file for file in files if first <= file.day <= last]


def cost_usd(files: Iterable[ColdFile], tier: Tier, days: int) -> float:
    """Return about what it costs to have files back for some days."""
    found = list(files)
    size_gb = sum(file.size_bytes for file in found) / GB
    per_gb, per_thousand = RETRIEVAL_USD[tier]
    return size_gb * (per_gb + STORAGE_USD_PER_GB_MONTH * days / 30) + len(found) * per_thousand / 1000


def days_from(first: str, last: str) -> bool:
    """Tell whether both are days and in order."""
    try:
        return date.fromisoformat(first) <= date.fromisoformat(last)
    except ValueError:
        return False
