"""Outcomes of the rules as an Iceberg table of their own, `check`; and the days that they leave verified.

A day is verified when it was checked in full and no critical rule's newest outcome is a failure. It blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa

from app.lake.side_tables import append
from app.lake.validation.rules import Outcome
from app.lake.warehouse import Warehouse

CHECK = "check"
Occasion = Literal["full", "commit", "erase"]
ERASED = "erased"
"""Rule under which an erasure notes how many rows of a day it took."""

SCHEMA = pa.schema([
    pa.field("checkedAt", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("occasion", pa.string(), nullable=False),
    pa.field("day", pa.string(), nullable=False),
    pa.field("rule", pa.string(), nullable=False),
    pa.field("table", pa.string(), nullable=False),
    pa.field("critical", pa.bool_(), nullable=False),
    pa.field("verdict", pa.string(), nullable=False),
    pa.field("value", pa.float64()),
    pa.field("detail", pa.string(), nullable=False),
])  # fmt: skip


def keep(lake: Warehouse, outcomes: Iterable[Outcome], occasion: Occasion, now_us: int) -> None:
    """Add outcomes to the table, which is made when it is missing; raises InfrastructureError."""
    rows = [
        {
            "checkedAt": datetime.fromtimestamp(now_us / 1e6, UTC), "occasion": occasion, "day": one.day,
            "rule": one.rule, "table": one.table, "critical": one.critical, "verdict": one.verdict,
            "value": one.value, "detail": one.detail,
        }
        for one in outcomes
    ]  # fmt: skip
    if not rows:
        return
    append(lake, CHECK, pa.Table.from_pylist(rows, schema=SCHEMA))


def kept(lake: Warehouse) -> list[dict[str, Any]]:
    """Return every outcome that was kept, the oldest first; none of a lake that was never checked."""
    rows: list[dict[str, Any]] = lake.side_table(CHECK, SCHEMA).scan().to_arrow().to_pylist()
    return sorted(rows, key=lambda row: row["checkedAt"])


def verified_days(lake: Warehouse) -> frozenset[str]:
    """Return the days, YYYY-MM-DD, whose rows may be relied on: the view `verified` of the lake."""
    return verified_in(kept(lake))


def verified_in(rows: Iterable[dict[str, Any]]) -> frozenset[str]:
    """Return the verified days of outcomes in their order; pure."""
    newest: dict[tuple[str, str, str], dict[str, Any]] = {}
    full = set()
    for row in rows:
        if row["verdict"] != "unknown":  # what could not be told takes nothing back
            newest[row["day"], row["table"], row["rule"]] = row
        if row["occasion"] == "full":
            full.add(row["day"])
    broken = {day for (day, _, _), row in newest.items() if row["critical"] and row["verdict"] == "failed"}
    return frozenset(full - broken)


def erased_in(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Return how many rows of each (table, day) erasures took; pure."""
    once = {(row["table"], row["day"], row["detail"]): round(row["value"]) for row in rows if row["rule"] == ERASED}
    found: dict[tuple[str, str], int] = {}
    for (table, day, _), number in once.items():
        found[table, day] = found.get((table, day), 0) + number
    return found


def means_in(rows: Iterable[dict[str, Any]], rule: str, table: str) -> dict[str, float]:
    """Return the newest value that a rule found of each day; pure."""
    return {
        row["day"]: row["value"]
        for row in rows
        if (row["rule"], row["table"]) == (rule, table) and row["value"] is not None
    }
