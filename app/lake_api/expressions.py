"""Conditions to Iceberg expressions, which the scan prunes days, files and row groups by; values never become text."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

import pyiceberg.expressions as ice

from app.lake_api.question import Condition

# Any: mypy takes their constructors for those of pydantic models, which take no positions.
_MADE: dict[str, Any] = {
    "eq": ice.EqualTo, "lt": ice.LessThan, "le": ice.LessThanOrEqual, "gt": ice.GreaterThan,
    "ge": ice.GreaterThanOrEqual, "ne": ice.NotEqualTo, "in": ice.In, "null": ice.IsNull, "there": ice.NotNull,
}  # fmt: skip


def expression(conditions: Iterable[Condition]) -> ice.BooleanExpression:
    """Return what holds where all conditions hold."""
    nothing_asked: ice.BooleanExpression = ice.AlwaysTrue()
    return reduce(both, map(_expression, conditions), nothing_asked)


def both(one: ice.BooleanExpression, other: ice.BooleanExpression) -> ice.BooleanExpression:
    """Return what holds where both hold."""
    return ice.And(one, other)


def among(column: str, values: Iterable[Any]) -> ice.BooleanExpression:
    """Return what holds where a column has one of the values."""
    made: ice.BooleanExpression = _MADE["in"](column, tuple(values))
    return made


def _expression(one: Condition) -> ice.BooleanExpression:
    made: ice.BooleanExpression
    match one.test:
        case "in":
            return among(one.column, one.values)
        case "null" | "there":
            made = _MADE[one.test](one.column)
        case "ne":  # a row without a value is not unequal to one, as in SQL
            made = ice.And(_MADE["there"](one.column), _MADE["ne"](one.column, one.values[0]))
        case _:
            made = _MADE[one.test](one.column, one.values[0])
    return made


def beyond(column: str, descending: bool, value: Any) -> ice.BooleanExpression:
    """Return what holds for all rows after, or at, a value in an order by a column; rows without a value come last."""
    empty: ice.BooleanExpression = _MADE["null"](column)
    return empty if value is None else ice.Or(_MADE["le" if descending else "ge"](column, value), empty)
