"""Which row groups of a file can hold what a question names: files are sorted, so a few do, and only they are read.

Arrow finds them too, at the price of an expression for each group of each file: a third of a lookup.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.expressions import And, BooleanExpression, EqualTo, In, Reference

MOST_VALUES = 20
"""Values of one question that are compared with each group; with more Arrow's way costs less."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and largest text of each row group; None where its statistics do not tell."""

    ends: Sequence[tuple[str, str] | None]
    least: Sequence[str] = ()
    largest: Sequence[str] = ()
    """Both only where all are told and the groups are in order, as in all files that we write."""


def bounds_of(footer: pq.FileMetaData, column: str) -> Bounds:
    """Return the bounds of a column of texts."""
    names = [footer.schema.column(place).path for place in range(footer.num_columns)]
    kind = footer.schema.to_arrow_schema().field(column).type if column in names else None
    if kind not in (pa.string(), pa.large_string()):
        return Bounds([None] * footer.num_row_groups)
    place = names.index(column)
    found: list[tuple[str, str] | None] = []
    for number in range(footer.num_row_groups):
        told = footer.row_group(number).column(place).statistics
        found.append((told.min, told.max) if told is not None and told.has_min_max else None)
    ends = [one for one in found if one is not None]
    if len(ends) == len(found) and all(one[0] <= two[0] and one[1] <= two[1] for one, two in pairwise(ends)):
        return Bounds(ends, [least for least, _ in ends], [largest for _, largest in ends])
    return Bounds(found)


def columns_in_order(footer: pq.FileMetaData, columns: Sequence[str]) -> int:
    """Return by how many of some columns, from the first on, a file says that its rows are sorted."""
    fewest = len(columns)
    for number in range(footer.num_row_groups):
        told = footer.row_group(number).sorting_columns[:fewest]
        names = [None if one.descending else footer.schema.column(one.column_index).path for one in told]
        fewest = len([*takewhile(lambda pair: pair[0] == pair[1], zip(names, columns, strict=False))])
    return fewest


def groups_for(bounds: Bounds, values: Collection[str]) -> list[int]:
    """Return the groups that can hold one of some values."""
    if bounds.least:
        least, largest = bounds.least, bounds.largest
        return sorted(
            {one for value in values for one in range(bisect_left(largest, value), bisect_right(least, value))}
        )
    return [
        number
        for number, ends in enumerate(bounds.ends)
        if ends is None or any(ends[0] <= value <= ends[1] for value in values)
    ]


def values_named(expression: BooleanExpression, column: str) -> Collection[str] | None:
    """Return the values one of which a column must have for an expression to hold; None when it may have others."""
    match expression:
        case And(left=left, right=right):
            named = values_named(left, column)
            return values_named(right, column) if named is None else named
        case EqualTo(term=Reference(name=name), literal=literal) if name == column:
            return [str(literal.value)]
        case In(term=Reference(name=name), literals=literals) if name == column and len(literals) <= MOST_VALUES:
            return [str(literal.value) for literal in literals]
    return None


def is_all_said(expression: BooleanExpression) -> bool:
    """Tell whether an expression says nothing but which values a column must have."""
    return isinstance(expression, EqualTo | In)
