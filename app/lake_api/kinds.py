"""The kinds of questions whose time is told apart, for they cost differently; pure."""

from __future__ import annotations

from datetime import timedelta

from app.lake_api.question import Question, day_range

DAY = timedelta(days=1)


def kind_of(question: Question, verb: str) -> str:
    """Return `count`, `plate` for a lookup of plates, `day` for at most 24 hours, `long` for all else."""
    if verb == "count":
        return "count"
    for table in question.tables:
        telling = {column.name for column in table.columns if column.tells_plate}
        if any(one.column in telling and one.test in ("eq", "in") for one in question.conditions[table.name]):
            return "plate"
    first, last = day_range(question.conditions[question.table.name])
    return "day" if first is not None and last is not None and last - first <= DAY else "long"
