"""A day is taken whole only when nothing but its time is asked for, and all of it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake_api.question import AT, DAY_S, Condition, Test, days_within

HOURS = st.integers(-30, 30)
MEETS = {"ge": "__ge__", "gt": "__gt__", "le": "__le__", "lt": "__lt__"}


def hour(number: int) -> datetime:
    return datetime(2025, 11, 25, tzinfo=UTC) + timedelta(hours=number)


@given(st.lists(st.tuples(st.sampled_from([*MEETS]), HOURS), max_size=3))
def test_every_moment_of_a_whole_day_meets_all_conditions(asked: list[tuple[Test, int]]) -> None:
    conditions = [Condition(AT, test, (hour(number),)) for test, number in asked]
    today = int(hour(0).timestamp()) // DAY_S
    for day in days_within(conditions, range(today - 2, today + 3)):
        begins = datetime.fromtimestamp(day * DAY_S, UTC)
        for moment in (begins, begins + timedelta(hours=7), begins + timedelta(days=1, microseconds=-1)):
            assert all(getattr(moment, MEETS[test])(hour(number)) for test, number in asked)


@pytest.mark.parametrize(
    ("asked", "whole"),
    [
        ([], [0, 1, 2]),
        ([("ge", -1)], [0, 1, 2]),
        ([("gt", 0)], [1, 2]),
        ([("ge", -1), ("lt", 48)], [0, 1]),
        ([("ge", -1), ("lt", 47)], [0]),
        ([("eq", 3)], []),
    ],
)
def test_days_between_the_ends_are_whole(asked: list[tuple[Test, int]], whole: list[int]) -> None:
    first = int(hour(0).timestamp()) // DAY_S
    conditions = [Condition(AT, test, (hour(number),)) for test, number in asked]
    assert sorted(day - first for day in days_within(conditions, range(first, first + 3))) == whole


def test_no_day_is_whole_when_more_is_asked() -> None:
    conditions = [Condition(AT, "ge", (hour(-99),)), Condition("confidence", "ge", (80.0,))]
    assert days_within(conditions, range(30_000)) == frozenset()
