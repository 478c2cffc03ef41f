"""A run of the check: days counted, judged by every rule, and kept; it blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.lake.retention.notes import cold_files, cold_rows
from app.lake.tables import LAKE_TABLES
from app.lake.validation import judge
from app.lake.validation.facts import Lake, broken, mean, newest_us
from app.lake.validation.log import Logged
from app.lake.validation.results import erased_in, keep, kept, means_in, verified_days
from app.lake.validation.rules import RULES, Outcome, Rule, is_whole
from app.lake.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run found."""

    at_us: int
    outcomes: list[Outcome]
    rows: dict[str, dict[str, int]]
    """Rows by table and day, of all days."""
    means: dict[str, dict[str, float]]
    """Mean confidence by table and day, as far as days were checked."""
    verified: frozenset[str]

    @property
    def good(self) -> bool:
        """Tell whether no critical rule failed."""
        return is_whole(self.outcomes)


def check(
    lake: Warehouse, seen: Lake, days: Sequence[str], logged: Logged, fresh_s: float, now_us: int,
    say: Callable[[str], None],
) -> Checked:  # fmt: skip
    """Judge days by every rule and keep the outcomes; raises InfrastructureError."""
    today = datetime.fromtimestamp(now_us / 1e6, UTC).date().isoformat()
    before = kept(lake)
    elsewhere = Counter(erased_in(before)) + Counter(cold_rows(cold_files(lake)))
    run = _Run(seen, logged, elsewhere, fresh_s, now_us, today)
    drifting = [rule for rule in RULES if rule.kind == "drift"]
    run.means = {rule.table: means_in(before, rule.name, rule.table) for rule in drifting}
    outcomes: list[Outcome] = []
    for day in days:
        outcomes += [run.judged(rule, day) for rule in RULES]
        say(day)
    keep(lake, outcomes, "full", now_us)
    rows = {name: seen.rows(name) for name in LAKE_TABLES}
    return Checked(now_us, outcomes, rows, run.means, verified_days(lake))


@dataclass(slots=True)
class _Run:
    seen: Lake
    logged: Logged
    elsewhere: Counter[tuple[str, str]]
    fresh_s: float
    now_us: int
    today: str
    means: dict[str, dict[str, float]] | None = None

    def judged(self, rule: Rule, day: str) -> Outcome:
        if rule.kind == "log":
            logged, rows = self.logged.of(rule.table, day), self.seen.rows(rule.table).get(day, 0)
            return judge.against_log(rule, day, rows, self.elsewhere[rule.table, day], logged, self.logged.reason())
        if rule.kind == "volume":
            return judge.volume(rule, day, self.today, self.seen.rows(rule.table))
        if rule.kind == "fresh":
            newest = newest_us(self.seen, rule, day) if day == self.today else None
            age_s = None if newest is None else (self.now_us - newest) / 1e6
            return judge.fresh(rule, day, self.today, age_s, self.fresh_s)
        if rule.kind == "drift":
            assert self.means is not None
            value = mean(self.seen, rule, day)
            found = judge.drift(rule, day, value, self.means[rule.table])
            if value is not None:
                self.means[rule.table][day] = value
            return found
        return judge.counted(rule, day, broken(self.seen, rule, day))
