"""The JSON of a question to what is asked, every name and value checked, or why it cannot be asked; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from app.lake.tables import LAKE_TABLES, Column, LakeTable
from app.lake_api.body import Comparison, CountBody, QuestionBody
from app.lake_api.refusals import NotAllowed, WrongQuestion, known
from app.lake_api.values import Value, value_of

Test = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "null", "there"]
AT, DAY_S = "seenAt", 86_400
LINKS = ("carId", "plateId")
SAME_IN_A_RESULT = ("resultId", "sourceId", AT)
"""Columns that all rows of one result share, whatever their table."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one column; `values` holds one value, several for `in`, none for null and there."""

    column: str
    test: Test
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A table that is joined, by the id that it shares with one that is there already."""

    table: LakeTable
    by: str
    to: str
    """Name of the id as the rows have it that are there already."""


@dataclass(frozen=True, slots=True)
class Order:
    """One column of an order."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: columns of the first table by their names, those of joined ones as table.column."""

    table: LakeTable
    links: tuple[Link, ...]
    conditions: Mapping[str, tuple[Condition, ...]]
    """Of each table, by its name."""
    columns: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    """Ends with the keys of all tables: no two rows have the same place."""
    limit: int = 0
    cursor: str | None = None
    verified: bool = False
    """Of days alone that no critical rule found wanting."""

    @property
    def tables(self) -> tuple[LakeTable, ...]:
        """Return the first table and those that are joined."""
        return (self.table, *(link.table for link in self.links))

    def column(self, name: str) -> Column:
        """Return the column that a name of this question means."""
        return _named(self.tables, name)[1]

    def fingerprint(self) -> str:
        """Return what tells this question from others, whatever its limit, columns and cursor."""
        links = [link.table.name for link in self.links]
        parts = (self.table.name, links, sorted(self.conditions.items()), self.order, self.verified)
        return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def counted(body: CountBody, may_read_plates: bool) -> Question:
    """Return whose rows are to be counted; raises WrongQuestion or NotAllowed."""
    table = _table(body.table_name)
    links = _links(table, body.join)
    tables = (table, *(link.table for link in links))
    found: dict[str, list[Condition]] = {one.name: [] for one in tables}
    for name, asked in body.filters.items():
        owner, column = _named(tables, name)
        if column.tells_plate and not may_read_plates:
            raise NotAllowed(f"filter {name}", "this token may not read plates", "ask with a token made with --plates")
        found[owner.name] += _conditions(column, asked)
    window = [("ge", "from", body.since), ("lt", "to", body.until)]
    column = next(one for one in table.columns if one.name == AT)
    for test, _, at in window:
        if at is not None:
            found[table.name] += _conditions(column, Comparison(**{test: at}))
    shared = {one for conditions in found.values() for one in conditions if one.column in SAME_IN_A_RESULT}
    return Question(table, links, {
        name: tuple(dict.fromkeys([*conditions, *sorted(shared, key=repr)])) for name, conditions in found.items()
    }, verified=body.verified)  # fmt: skip


def asked(body: QuestionBody, may_read_plates: bool, most_rows: int) -> Question:
    """Return what is asked; raises WrongQuestion or NotAllowed."""
    rows = counted(body, may_read_plates)
    names = [_full(rows, table, column.name) for table in rows.tables for column in table.columns]
    wanted = [_full(rows, *_owned(rows, name)) for name in body.columns or names]
    order = [_order(rows, text, may_read_plates) for text in body.order] or [Order(AT, False)]
    keys = [_full(rows, table, key) for table in rows.tables for key in table.key]
    order += [Order(key, False) for key in keys]
    once = {one.name: one for one in reversed(order)}  # a column named twice counts where it is named first
    return Question(
        rows.table, rows.links, rows.conditions, tuple(dict.fromkeys(wanted)),
        tuple(once[name] for name in dict.fromkeys(one.name for one in order)),
        min(body.limit, most_rows), body.cursor, rows.verified,
    )  # fmt: skip


def _table(name: str) -> LakeTable:
    if name not in LAKE_TABLES:
        raise WrongQuestion(f"table {name[:60]!a}", "there is no such table", known(LAKE_TABLES))
    return LAKE_TABLES[name]


def _links(first: LakeTable, names: Iterable[str]) -> tuple[Link, ...]:
    there, links = [first], list[Link]()
    for name in names:
        table = _table(name)
        if table in there:
            raise WrongQuestion(f"join of {name}", "the table is there already", "name each table once")
        shared = [(by, one) for by in LINKS for one in there if {by} <= set(one.column_names) & set(table.column_names)]
        if not shared:
            why = f"it shares neither {' nor '.join(LINKS)} with {', '.join(one.name for one in there)}"
            raise WrongQuestion(f"join of {name}", why, "join plate or car before it")
        by, owner = shared[0]
        links.append(Link(table, by, by if owner is first else f"{owner.name}.{by}"))
        there.append(table)
    return tuple(links)


def _named(tables: tuple[LakeTable, ...], name: str) -> tuple[LakeTable, Column]:
    first, dot, rest = name.partition(".")
    for table in tables:
        if (dot and table.name == first) or (not dot and table is tables[0]):
            for column in table.columns:
                if column.name == (rest if dot else first):
                    return table, column
            raise WrongQuestion(f"column {name[:60]!a}", f"table {table.name} has none", known(table.column_names))
    joined = known([one.name for one in tables])
    raise WrongQuestion(f"column {name[:60]!a}", f"the question names no table {first[:60]!a}", f"{joined}, or join it")


def _owned(rows: Question, name: str) -> tuple[LakeTable, str]:
    table, column = _named(rows.tables, name)
    return table, column.name


def _full(rows: Question, table: LakeTable, column: str) -> str:
    return column if table is rows.table else f"{table.name}.{column}"


def _conditions(column: Column, asked: object) -> list[Condition]:
    if not isinstance(asked, Comparison):
        return [Condition(column.name, "eq", (value_of(column, asked),))]
    found = list[Condition]()
    for test in ("eq", "ne", "lt", "le", "gt", "ge"):
        if (given := getattr(asked, test)) is not None:
            found.append(Condition(column.name, test, (value_of(column, given),)))
    if asked.among is not None:
        found.append(Condition(column.name, "in", tuple(value_of(column, one) for one in asked.among)))
    if asked.null is not None:
        found.append(Condition(column.name, "null" if asked.null else "there", ()))
    if not found:
        raise WrongQuestion(f"filter {column.name}", "it compares with nothing", known(_tests()))
    return found


def _tests() -> list[str]:
    return [field.alias or name for name, field in Comparison.model_fields.items()]


def _order(rows: Question, text: str, may_read_plates: bool) -> Order:
    name = text.removeprefix("-")
    column = rows.column(name)
    if column.kind == "numbers":
        raise WrongQuestion(f"order by {name}", "a list of numbers has no order", "order by another column")
    if column.tells_plate and not may_read_plates:
        raise NotAllowed(f"order by {name}", "this token may not read plates", "ask with a token made with --plates")
    return Order(_full(rows, *_owned(rows, name)), text != name)


def day_range(conditions: Iterable[Condition]) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last time that conditions leave, None where they leave it open."""
    lows, highs = list[datetime](), list[datetime]()
    for one in conditions:
        if one.column == AT and one.values:
            times = [value for value in one.values if isinstance(value, datetime)]
            if one.test in ("eq", "in", "ge", "gt"):
                lows.append(min(times))
            if one.test in ("eq", "in", "le", "lt"):
                highs.append(max(times))
    return max(lows, default=None), min(highs, default=None)


def days_within(conditions: Iterable[Condition], days: Iterable[int]) -> frozenset[int]:
    """Return those of some days since 1970 of which all rows are asked for, by their time and nothing else."""
    told = tuple(conditions)
    if any(one.column != AT or one.test not in ("ge", "gt", "le", "lt") for one in told):
        return frozenset()
    first, last = day_range(told)
    after_s, until_s = -math.inf if first is None else first.timestamp(), math.inf if last is None else last.timestamp()
    return frozenset(day for day in days if after_s < day * DAY_S and (day + 1) * DAY_S <= until_s)
