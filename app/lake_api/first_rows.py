"""The first rows in an order, after a place in it: kept as they come, so that memory holds a page and not a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.lake_api.cursor import Place
from app.lake_api.question import Order

SLACK_ROWS = 50_000
"""Rows that may wait before the best are chosen: sorting costs less per row when it is done seldom."""


class FirstRows:
    """Take rows in any order, give the first of them; rows without a value come last, descending too."""

    def __init__(self, order: Sequence[Order], most: int, after: Place | None) -> None:
        self._order, self._most, self._after = order, most, after
        self._waiting: list[pa.Table] = []
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Tell whether there are as many rows as are wanted."""
        return self._count >= self._most

    def add(self, rows: pa.Table) -> None:
        """Take rows; all have the same columns."""
        if self._after is not None:
            rows = rows.filter(_beyond(rows, self._order, self._after))
        if len(rows):
            self._waiting.append(rows)
            self._count += len(rows)
        if self._count > self._most + SLACK_ROWS:
            self._choose()

    def chosen(self) -> pa.Table | None:
        """Return the first rows in order, None when no table was ever added."""
        self._choose()
        return self._waiting[0] if self._waiting else None

    def _choose(self) -> None:
        if self._waiting:
            whole = pa.concat_tables(self._waiting, promote_options="permissive")
            ways = {True: "descending", False: "ascending"}
            keys = [(one.name, ways[one.descending], "at_end") for one in self._order]
            places = pc.sort_indices(whole, sort_keys=keys)
            self._waiting = [whole.take(places[: self._most])]
            self._count = len(self._waiting[0])


def place_of(rows: pa.Table, number: int, order: Sequence[Order]) -> tuple[Any, ...]:
    """Return the place of a row, times as microseconds."""
    return tuple(_plain(rows.column(one.name)[number]) for one in order)


def _plain(value: pa.Scalar) -> Any:
    return value.value if pa.types.is_timestamp(value.type) else value.as_py()


def _beyond(rows: pa.Table, order: Sequence[Order], place: Place) -> pa.ChunkedArray:
    """Return which rows come after a place: those that are behind in the first column in which they differ."""
    beyond, same = pa.scalar(False), pa.scalar(True)
    for one, value in zip(order, place, strict=True):
        column = rows.column(one.name)
        empty = pc.is_null(column)
        if value is None:
            behind, equal = pa.scalar(False), empty
        else:
            against = pa.scalar(value, column.type)
            further = pc.less(column, against) if one.descending else pc.greater(column, against)
            behind = pc.or_(pc.fill_null(further, False), empty)
            equal = pc.fill_null(pc.equal(column, against), False)
        beyond = pc.or_(beyond, pc.and_(same, behind))
        same = pc.and_(same, equal)
    return beyond
