"""Every rule of the lake as data: what is counted of which columns, and whether a day that breaks it is unusable; pure.

A rule counts rows that break it (log, parents, range, words, nulls, duplicates: none may) or compares one number of the
day with others (fresh, volume, drift).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.lake.tables import LAKE_TABLES, LakeTable

Kind = Literal["log", "parents", "range", "words", "nulls", "duplicates", "fresh", "volume", "drift"]
Verdict = Literal["good", "failed", "unknown"]

MOST_PERCENT = 100.01
"""Sums of single precision end up above 100."""
COLORS = ("black", "blue", "brown", "gold", "gray", "green", "orange", "purple", "red", "silver", "tan", "white",
          "yellow")  # fmt: skip
BODY_STYLES = ("bus", "campervan", "convertible", "coupe", "hatchback", "heavytruck", "motorcycle", "mpv", "pickup",
               "sedan", "suv", "van")  # fmt: skip
AS_LOGGED = "rows as the log says"
VOLUME_FACTOR = 3.0
DRIFT_POINTS = 5.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `columns` are those it looks at, `parent` and `words` are for rules of these kinds."""

    name: str
    table: str
    kind: Kind
    critical: bool
    columns: tuple[str, ...] = ()
    parent: str = ""
    low: float = 0.0
    high: float = MOST_PERCENT
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule said of a day: the number it found, and why it could not tell where it could not."""

    day: str
    rule: str
    table: str
    critical: bool
    verdict: Verdict
    value: float | None
    detail: str


def _of(table: LakeTable) -> list[Rule]:
    name = table.name
    required = tuple(column.name for column in table.columns if column.required)
    percents = [column.name for column in table.columns if column.unit == "percent" and column.kind == "number"]
    sums = {"makeFusedConfidence", "modelFusedConfidence"}
    return [
        Rule(AS_LOGGED, name, "log", critical=True),
        Rule("nothing required is missing", name, "nulls", critical=True, columns=required),
        Rule(f"{', '.join(table.key)} once", name, "duplicates", critical=True, columns=table.key),
        *(Rule(f"{one} within 0 to 100 %", name, "range", critical=True, columns=(one,))
          for one in percents if one not in sums),
        *([Rule("rank from 1", name, "range", critical=True, columns=("rank",), low=1, high=1000)]
          if "rank" in table.column_names else []),
    ]  # fmt: skip


def _parents(table: str, column: str, parent: str) -> Rule:
    return Rule(f"{column} is in {parent}", table, "parents", critical=True, columns=(column,), parent=parent)


_ALL: tuple[Rule, ...] = (
    *(rule for table in LAKE_TABLES.values() for rule in _of(table)),
    *(_parents(table, "carId", "car") for table in ("bodyStyle", "color", "makeModelYear", "plate", "sighting")),
    *(_parents(table, "plateId", "plate") for table in ("country", "car", "sighting")),
    Rule("known colours", "color", "words", critical=False, columns=("color", "klass"), words=COLORS),
    Rule("known body styles", "bodyStyle", "words", critical=False, columns=("bodyStyle", "klass"), words=BODY_STYLES),
    Rule("the newest row is young", "plate", "fresh", critical=False, columns=("seenAt",)),
    *(Rule("as many rows as on this weekday", name, "volume", critical=False) for name in ("car", "plate")),
    *(Rule("mean confidence as in the days before", name, "drift", critical=False, columns=("confidence",))
      for name in ("car", "plate")),
)  # fmt: skip

RULES = tuple(rule for table in LAKE_TABLES for rule in _ALL if rule.table == table)
"""Those of a table are one after the other: whoever judges by them in this order reads each table once."""

LOOKED_AT = {table: tuple(sorted({one for rule in RULES if rule.table == table for one in rule.columns}))
             for table in LAKE_TABLES}  # fmt: skip
"""The columns of a table that its rules look at."""


def is_whole(outcomes: Iterable[Outcome]) -> bool:
    """Tell whether no critical rule failed."""
    return not any(one.critical and one.verdict == "failed" for one in outcomes)
