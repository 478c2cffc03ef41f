"""A day against other days: how young it is, how many rows it has, how sure they are; a table by hand."""

from __future__ import annotations

import pytest

from app.lake.validation import judge
from app.lake.validation.rules import RULES, Rule

DAY, TODAY = "2025-11-25", "2025-11-26"  # a Tuesday
TUESDAYS = {"2025-11-18": 100, "2025-11-11": 120, "2025-11-04": 80, "2025-10-28": 5000}
MONDAY = {"2025-11-24": 1}


def rule(kind: str) -> Rule:
    return next(one for one in RULES if one.kind == kind and one.table == "plate")


@pytest.mark.parametrize(
    ("rows", "verdict", "detail"),
    [
        ({DAY: 110, **TUESDAYS, **MONDAY}, "good", ""),
        ({DAY: 330, **TUESDAYS}, "good", ""),
        ({DAY: 331, **TUESDAYS}, "failed", "331 rows; usual are 110"),  # the median: one day of thousands is none
        ({DAY: 36, **TUESDAYS, **MONDAY}, "failed", "36 rows; usual are 110"),
        (TUESDAYS, "failed", "0 rows; usual are 110"),
        ({DAY: 110, **MONDAY, "2025-10-21": 9}, "unknown", "no such weekday in the four weeks before"),
    ],
)
def test_a_day_has_about_as_many_rows_as_its_weekday_had(rows: dict[str, int], verdict: str, detail: str) -> None:
    found = judge.volume(rule("volume"), DAY, TODAY, rows)
    assert (found.verdict, found.detail, found.value) == (verdict, detail, rows.get(DAY, 0))
    assert judge.volume(rule("volume"), DAY, DAY, rows).verdict == "unknown", "the day is not over"


@pytest.mark.parametrize(
    ("value", "before", "verdict", "detail"),
    [
        (85.0, {"2025-11-24": 80.0, "2025-11-18": 80.0}, "good", ""),
        (74.9, {"2025-11-24": 80.0}, "failed", "74.9 %; usual are 80.0 %"),
        (85.1, {"2025-11-24": 70.0, "2025-11-23": 90.0}, "failed", "85.1 %; usual are 80.0 %"),
        (85.1, {"2025-11-17": 80.0}, "unknown", "no day before was checked"),  # eight days ago
        (None, {"2025-11-24": 80.0}, "unknown", "no value"),
    ],
)
def test_readings_are_about_as_sure_as_in_the_week_before(
    value: float | None, before: dict[str, float], verdict: str, detail: str
) -> None:
    found = judge.drift(rule("drift"), DAY, value, before)
    assert (found.verdict, found.detail) == (verdict, detail)


@pytest.mark.parametrize(
    ("day", "age_s", "verdict", "detail"),
    [
        (TODAY, 60.0, "good", ""),
        (TODAY, 61.0, "failed", "it is 61 s old; at most 60 s"),
        (TODAY, None, "failed", "there is none; at most 60 s"),
        (DAY, 10.0, "unknown", "only of today"),
    ],
)
def test_the_newest_row_of_today_is_young(day: str, age_s: float | None, verdict: str, detail: str) -> None:
    found = judge.fresh(rule("fresh"), day, TODAY, age_s, 60.0)
    assert (found.verdict, found.detail) == (verdict, detail)
