"""Rows with a named text out of groups of many sorted files: a plate that passes each day has one in each day's file.

A group is read in half a millisecond, nearly all of it outside of the interpreter: threads share a plate's files.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from app.lake_api.question import AT

T = TypeVar("T")
R = TypeVar("R")
BESIDE = 1
"""Threads of a process that help the questions; its neighbours have their own."""
FEWEST_SHARED = 4
"""Files of a question that are worth waking another thread."""


@dataclass(frozen=True, slots=True)
class Named:
    """One of some values in a column, and what else must hold, None when nothing must."""

    column: str
    values: Sequence[str]
    rest: pc.Expression | None

    def read(
        self, reader: pq.ParquetFile, groups: Sequence[int], columns: Sequence[str], at_once: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of groups, so many at once, in all columns when more must hold than what is named.

        Not by Arrow's scan: for single groups it takes twice the time, half of it in threads of its own.
        """
        read = [*dict.fromkeys([*columns, self.column])] if self.rest is None else None
        found: Iterator[pa.RecordBatch] = reader.iter_batches(at_once, groups, read, use_threads=False)
        return found

    def in_order(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield of rows that are sorted by the column those that have what is named.

        By a look at some texts: Arrow's functions, of which each hands the interpreter over to whoever waits for it,
        take as long in one thread and longer in two.
        """
        for batch in batches:
            texts = batch.column(self.column)
            for value in self.values:
                first = bisect_left(texts, value, key=_text)
                if count := bisect_right(texts, value, first, key=_text) - first:
                    yield batch.slice(first, count)

    def anywhere(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield of rows in any order those that have what is named."""
        values = pa.array(self.values, pa.string())
        for batch in batches:
            if len(chosen := batch.filter(pc.is_in(batch.column(self.column), values))):
                yield chosen

    def first(self, found: Iterable[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
        """Yield of rows in the order of their time as many as hold the first ones for which the rest holds.

        Those of the first time are not counted: on a later page they were given before, some or all of them.
        """
        begin: pa.Scalar | None = None
        times = list[pa.Array]()
        for batch in found:
            chosen = batch if self.rest is None else batch.filter(self.rest)
            if len(chosen):
                yield chosen
                begin = chosen.column(AT)[0] if begin is None else begin
                times.append(chosen.column(AT))
                if _between(times, begin, chosen.column(AT)[-1]) >= most:
                    return

    def chosen(self, batches: Sequence[pa.RecordBatch], whole: pa.Schema) -> pa.Table:
        """Return of rows that have what is named those for which the rest holds, in one piece each column.

        Files may have other types of the same values than the whole has, and share them with their neighbours.
        """
        form = pa.schema([whole.field(name) for name in batches[0].schema.names])
        alike = [pa.Table.from_batches(some) for _, some in groupby(batches, lambda one: one.schema)]
        ours = [some if some.schema.equals(form) else some.cast(form) for some in alike]
        rows = pa.concat_tables(ours).combine_chunks()
        return rows if self.rest is None else rows.filter(self.rest)


def _text(scalar: pa.Scalar) -> str:
    return str(scalar.as_py())


def _between(times: Sequence[pa.Array], begin: pa.Scalar, end: pa.Scalar) -> int:
    # Others at the time of the last may be read later: their keys tell which of them comes first.
    inside = pa.chunked_array(times)
    return int(pc.sum(pc.and_(pc.greater(inside, begin), pc.less(inside, end))).as_py() or 0)


@dataclass(slots=True)
class Sharing:
    """Do the same with each of many things in the caller's thread, and in others as far as they have nothing to do."""

    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(BESIDE, thread_name_prefix="beside a question")
    )

    def each(self, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """Return what the work returns for each thing, in their order; raises what it raises."""
        if len(things) < FEWEST_SHARED:
            return [work(thing) for thing in things]
        left, done = deque(enumerate(things)), dict[int, R]()

        def take() -> None:
            while True:
                try:
                    place, thing = left.popleft()
                except IndexError:
                    return
                done[place] = work(thing)

        helping = [self._threads.submit(take) for _ in range(BESIDE)]
        try:
            take()
        finally:
            left.clear()
            helped = [one for one in helping if not one.cancel()]  # those that began: the others are not waited for
            failed = [one.exception() for one in helped]
        for error in failed:
            if error is not None:
                raise error
        return [done[place] for place in range(len(things))]
