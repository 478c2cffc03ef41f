"""Events of what is wrong with a commit to the plate lake."""

from __future__ import annotations

from logging import ERROR

from app.telemetry.lines import emit


def fault_found(table: str, day: str, rule: str, detail: str) -> None:
    """Tell a rule that a commit broke."""
    emit(
        ERROR, "lake_fault", "lake table {table}, day {day}: {rule}: {detail}; see `roadsieve lake check`",
        table=table, day=day, rule=rule, detail=detail,
    )  # fmt: skip
