"""Rows of many results in Arrow's compact form, given as the files have them: a day each, sorted.

As Python's objects those of a window would take a gigabyte. Guesses take their ids from their plate or car at the end,
and are sorted by radix: theirs is the order of the plates or cars, by time, and within it that of few different texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.lake.reading import Result
from app.lake.rows import GUESSES_OF, Guessed, LakeRows
from app.lake.tables import LAKE_TABLES, RESULT_TABLES
from app.lake.warehouse import arrow_schema, arrow_table

PART_RESULTS = 250
"""Results whose rows are Python's objects at a time: as many as the processor's own memory holds."""
TIME, RANK = "seenAt", "rank"

Places = npt.NDArray[np.int64]


class Collected:
    """Collect the rows of results; `tables` gives each table's."""

    def __init__(self) -> None:
        self._rows, self._count = LakeRows(), 0
        self._things: dict[str, list[pa.Table]] = {"car": [], "plate": []}
        self._guesses: dict[str, list[pa.Table]] = {name: [] for name in GUESSES_OF}
        self._counts: dict[str, list[int]] = {name: [] for name in GUESSES_OF}

    def add(self, result: Result) -> None:
        """Add the rows of a result."""
        self._rows.add(result)
        self._count += 1
        if self._count % PART_RESULTS == 0:
            self._pack()

    def tables(self) -> Iterator[tuple[str, str, pa.Table]]:
        """Yield table, day and rows, as one file each is to have them."""
        self._pack()
        things = {name: _Things(name, pa.concat_tables(parts)) for name, parts in self._things.items()}
        for name in RESULT_TABLES:
            if name in things:
                yield from things[name].files()
            else:
                guesses = pa.concat_tables(self._guesses[name])
                yield from things[GUESSES_OF[name]].files_of_guesses(name, guesses, self._counts[name])

    def _pack(self) -> None:
        for name, columns in self._rows.things().items():
            self._things[name].append(arrow_table(LAKE_TABLES[name], columns))
        for name, guessed in self._rows.guesses().items():
            self._guesses[name].append(_own_columns(name, guessed))
            self._counts[name] += guessed.counts
        self._rows = LakeRows()


def _own_columns(name: str, guessed: Guessed) -> pa.Table:
    schema = arrow_schema(LAKE_TABLES[name])
    fields = [schema.field(one) for one in guessed.columns]
    return pa.Table.from_arrays(
        [pa.array(guessed.columns[one.name], one.type) for one in fields], schema=pa.schema(fields)
    )


class _Things:
    """Plates or cars in the order of their time and ids; so each day is one stretch of them."""

    def __init__(self, name: str, rows: pa.Table) -> None:
        self._name = name
        key = LAKE_TABLES[name].key[0]
        self._order: Places = pc.sort_indices(rows, [(TIME, "ascending"), (key, "ascending")]).to_numpy()
        self._rows = rows.take(self._order).combine_chunks()
        days = self._rows.column(TIME).cast(pa.date32()).cast(pa.int32()).to_numpy()  # of UTC, as the partitions are
        self._starts = [*np.flatnonzero(np.diff(days, prepend=-1 if len(days) == 0 else days[0] - 1)), len(days)]
        self._days = [str(np.datetime64(int(days[place]), "D")) for place in self._starts[:-1]]

    def files(self) -> Iterator[tuple[str, str, pa.Table]]:
        """Yield the things themselves by day."""
        codes = _codes_of_order(self._name, self._rows)
        for day, (start, end) in zip(self._days, pairwise(self._starts), strict=True):
            yield self._name, day, self._rows.slice(start, end - start).take(_sorted(codes, start, end))

    def files_of_guesses(self, name: str, own: pa.Table, counts: list[int]) -> Iterator[tuple[str, str, pa.Table]]:
        """Yield their guesses by day; `own`: the columns that things do not have, `counts`: guesses of each thing."""
        count = np.array(counts, np.int64)
        starts = (np.cumsum(count) - count)[self._order]
        count = count[self._order]
        ends = np.cumsum(count)
        of_thing = np.repeat(np.arange(len(count)), count)
        rank = np.arange(len(of_thing)) - np.repeat(ends - count, count)
        places = np.repeat(starts, count) + rank
        own = own.combine_chunks()
        codes = [one[places] for one in _codes_of_order(name, own)]
        schema = arrow_schema(LAKE_TABLES[name])
        shared = self._rows.select([one for one in schema.names if one != RANK and one not in own.column_names])
        bounds = [int(ends[place - 1]) if place else 0 for place in self._starts]
        for day, (start, end) in zip(self._days, pairwise(bounds), strict=True):
            if start == end:
                continue
            order = start + _sorted(codes, start, end)
            columns = dict(zip(shared.column_names, shared.take(of_thing[order]).columns, strict=True))
            columns |= zip(own.column_names, own.take(places[order]).columns, strict=True)
            columns[RANK] = pa.array(rank[order] + 1)
            yield name, day, pa.Table.from_arrays([columns[one] for one in schema.names], schema=schema)


Codes = npt.NDArray[np.integer[Any]]


def _codes_of_order(name: str, rows: pa.Table) -> list[Codes]:
    return [_codes(rows.column(one)) for one in LAKE_TABLES[name].sorted_by if one != TIME]


def _sorted(codes: list[Codes], start: int, end: int) -> Places:
    """Return the places of rows from start to end, which are in the order of their time, in that of codes and time."""
    order = np.arange(end - start)
    for one in reversed(codes):
        order = order[np.argsort(one[start:end][order], kind="stable")]
    return order


def _codes(column: pa.ChunkedArray) -> Codes:
    """Return numbers that are in the order of the texts; where 16 bits hold them they are sorted by radix."""
    coded = column.combine_chunks().dictionary_encode()
    places = pc.sort_indices(coded.dictionary).to_numpy()
    ranks: Codes = np.empty(len(places), np.uint16 if len(places) <= 1 << 16 else np.int32)
    ranks[places] = np.arange(len(places))
    codes: Codes = ranks[coded.indices.to_numpy()]
    return codes
