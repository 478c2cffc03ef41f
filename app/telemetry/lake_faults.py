"""Metrics and events of what is wrong with the plate lake: found in a commit, or by `roadsieve lake check`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from logging import ERROR

from app.telemetry.declare import counter, gauge
from app.telemetry.lines import emit

COMMIT_FAULTS = counter("roadsieve_lake_commit_faults", "Critical rules that commits broke.", "table")
CHECK_FAILED = gauge("roadsieve_lake_check_failed", "Outcomes of the last check that failed.", "table", "weight")
CHECKED_AT = gauge("roadsieve_lake_checked_at_seconds", "Time of the last check, since 1970.")
VERIFIED = gauge("roadsieve_lake_verified_days", "Days that were checked and that no critical rule found wanting.")


def fault_found(table: str, day: str, rule: str, detail: str) -> None:
    """Count and tell a rule that a commit broke."""
    COMMIT_FAULTS.labels(table).inc()
    emit(
        ERROR, "lake_fault", "lake table {table}, day {day}: {rule}: {detail}; see `roadsieve lake check`",
        table=table, day=day, rule=rule, detail=detail,
    )  # fmt: skip


def lake_checked(tables: Iterable[str], failed: Iterable[tuple[str, bool]], verified_days: int) -> None:
    """Show what a check found: the table of each outcome that failed, and whether it is critical."""
    found = list(failed)
    for table in tables:
        for weight, critical in (("critical", True), ("warning", False)):
            CHECK_FAILED.labels(table, weight).set(found.count((table, critical)))
    CHECKED_AT.set(time.time())
    VERIFIED.set(verified_days)
