"""What was counted of a day, against what may be: outcomes with a sentence each; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import fmean, median

from app.lake.validation.rules import DRIFT_POINTS, VOLUME_FACTOR, Outcome, Rule, Verdict

WEEKS, DAYS_BEFORE = 4, 7


def counted(rule: Rule, day: str, broken: int) -> Outcome:
    """Judge a rule that no row may break."""
    if not broken:
        return _outcome(rule, day, "good", 0, "")
    return _outcome(rule, day, "failed", broken, f"{broken} rows break it")


def against_log(rule: Rule, day: str, rows: int, elsewhere: int, logged: int | None, why_not: str) -> Outcome:
    """Judge the rows of a table against what lake.files says was written; those erased or cold count as there."""
    if logged is None:
        return _outcome(rule, day, "unknown", rows, why_not)
    if rows + elsewhere == logged:
        return _outcome(rule, day, "good", rows, "")
    gone = f" and {elsewhere} erased or cold" if elsewhere else ""
    return _outcome(rule, day, "failed", rows, f"{rows} rows{gone}; the log has {logged}")


def fresh(rule: Rule, day: str, today: str, age_s: float | None, most_s: float) -> Outcome:
    """Judge the age of the newest row; only of today."""
    if day != today:
        return _outcome(rule, day, "unknown", None, "only of today")
    if age_s is not None and age_s <= most_s:
        return _outcome(rule, day, "good", age_s, "")
    told = "there is none" if age_s is None else f"it is {age_s:.0f} s old"
    return _outcome(rule, day, "failed", age_s, f"{told}; at most {most_s:.0f} s")


def volume(rule: Rule, day: str, today: str, rows: Mapping[str, int]) -> Outcome:
    """Judge the rows of a day against the median of the same weekday in four weeks before."""
    have = rows.get(day, 0)
    if day >= today:
        return _outcome(rule, day, "unknown", have, "the day is not over")
    earlier = [(date.fromisoformat(day) - timedelta(weeks=week)).isoformat() for week in range(1, WEEKS + 1)]
    known = [rows[one] for one in earlier if one in rows]
    if not known:
        return _outcome(rule, day, "unknown", have, "no such weekday in the four weeks before")
    usual = median(known)
    if usual / VOLUME_FACTOR <= have <= usual * VOLUME_FACTOR:
        return _outcome(rule, day, "good", have, "")
    return _outcome(rule, day, "failed", have, f"{have} rows; usual are {usual:g}")


def drift(rule: Rule, day: str, value: float | None, before: Mapping[str, float]) -> Outcome:
    """Judge the mean confidence of a day against that of the seven days before."""
    if value is None:
        return _outcome(rule, day, "unknown", None, "no value")
    earlier = [(date.fromisoformat(day) - timedelta(days=one)).isoformat() for one in range(1, DAYS_BEFORE + 1)]
    known = [before[one] for one in earlier if one in before]
    if not known:
        return _outcome(rule, day, "unknown", value, "no day before was checked")
    usual = fmean(known)
    if abs(value - usual) <= DRIFT_POINTS:
        return _outcome(rule, day, "good", value, "")
    return _outcome(rule, day, "failed", value, f"{value:.1f} %; usual are {usual:.1f} %")


def integrity(outcomes: Sequence[Outcome]) -> str:
    """Return the last line of a check: whether no critical rule failed."""
    broken = sorted({one.day for one in outcomes if one.critical and one.verdict == "failed"})
    return f"integrity {not broken}" + (f" ({', '.join(broken)})" if broken else "")


def _outcome(rule: Rule, day: str, verdict: Verdict, value: float | None, detail: str) -> Outcome:
    return Outcome(day, rule.name, rule.table, rule.critical, verdict, value, detail)
