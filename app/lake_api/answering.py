"""A question to its rows or their number: read day by day, since rows that join lie in the same day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import BooleanExpression
from pyiceberg.table import FileScanTask

from app.lake.tables import LakeTable
from app.lake_api.cursor import Cursor, Place, read, written
from app.lake_api.expressions import among, beyond, both, expression
from app.lake_api.first_rows import FirstRows, place_of
from app.lake_api.kinds import kind_of
from app.lake_api.question import AT, Condition, Question, day_range, days_within
from app.lake_api.refusals import TooMuch
from app.lake_api.shots import Shot, Shots, day_of

PYTHON_TYPES = {"text": str, "whole": int, "number": float, "truth": bool, "time": int}
IDS_PUSHED = 1000
"""Most ids of one day's rows that are given to the scan of a joined table."""
DAYS_FIRST, FILES_TOGETHER, BYTES_TOGETHER = 2, 16, 64 << 20
"""A plate's files give a row or two each: they are read together from the first, and of each some groups."""

Tick = Callable[[], None]
"""Is called between files; raises TooSlow when the time is over."""
Verified = Callable[[], frozenset[str]]
"""The days, YYYY-MM-DD, that `lake check` found good."""
Narrow = Callable[[Shot, Sequence[Condition]], Collection[str] | None]
"""Returns the files that may hold the plates that conditions name, None where they name none."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, and where the next page begins, None when there is none."""

    rows: pa.Table
    cursor: Callable[[int], str | None]
    """The cursor of the next page when only so many of the rows are given."""
    files_read: int


@dataclass(slots=True)
class Answering:
    """Answer questions from tables; `most_bytes`: of files that one question may have read."""

    shots: Shots
    narrow: Narrow
    verified: Verified
    most_bytes: int

    def page(self, question: Question, tick: Tick) -> Page:
        """Return the rows of a page; raises WrongQuestion, CursorGone, TooMuch, TooSlow."""
        shots, place = self._start(question)
        plan = _Plan(self, question, shots, tick)
        first = FirstRows(question.order, question.limit + 1, place)
        leading = question.order[0]
        days = plan.days(place)
        at_first = FILES_TOGETHER if plan.is_lookup else DAYS_FIRST
        for some in _growing(sorted(days, reverse=leading.descending and leading.name == AT), at_first):
            for rows in plan.rows_of_days(some, days):
                first.add(rows)
            if first.is_full and leading.name == AT:
                break
        rows = first.chosen()
        snapshots = {name: shot.snapshot_id for name, shot in shots.items()}
        found = plan.empty() if rows is None else rows

        def cursor(given: int) -> str | None:
            if given >= len(found):
                return None
            return written(Cursor(question.fingerprint(), snapshots, place_of(found, given - 1, question.order)))

        return Page(found, cursor, plan.files_read)

    def count(self, question: Question, tick: Tick) -> tuple[int, int]:
        """Return the number of rows, and of files that were read for it; raises TooMuch, TooSlow."""
        plan = _Plan(self, question, {one.name: self.shots.newest(one.name) for one in question.tables}, tick)
        days = plan.days(None)
        if question.links:
            counted = sum(len(rows) for rows in plan.rows_of_days([*days], days))
        else:
            counted = plan.count([task for files in days.values() for task in files])
        return counted, plan.files_read

    def _start(self, question: Question) -> tuple[Mapping[str, Shot], Place | None]:
        names = [one.name for one in question.tables]
        if question.cursor is None:
            return {name: self.shots.newest(name) for name in names}, None
        kinds = [PYTHON_TYPES[question.column(one.name).kind] for one in question.order]
        cursor = read(question.cursor, question.fingerprint(), kinds, names)
        return {name: self.shots.at(name, cursor.snapshots[name]) for name in names}, cursor.place


class _Plan:
    """One question on its way: what is read of each table."""

    def __init__(self, answering: Answering, question: Question, shots: Mapping[str, Shot], tick: Tick) -> None:
        self._answering, self._question, self._shots, self._tick = answering, question, shots, tick
        self._wanted = {name: expression(conditions) for name, conditions in question.conditions.items()}
        self._columns = {table.name: self._columns_of(table) for table in question.tables}
        self._days: dict[str, Mapping[int, Sequence[FileScanTask]]] = {}
        self._whole = {
            name: days_within(conditions, shots[name].by_day) for name, conditions in question.conditions.items()
        }
        leading = question.order[0] if question.order else None
        goes_by_time = leading is not None and leading.name == AT and not leading.descending and not question.links
        self._most = question.limit + 1 if goes_by_time else None
        self.is_lookup = kind_of(question, "query") == "plate"
        self._left_bytes = answering.most_bytes
        self.files_read = 0

    def days(self, place: Place | None) -> Mapping[int, Sequence[FileScanTask]]:
        """Return the files of the first table that can hold an answer, by day."""
        question, name = self._question, self._question.table.name
        leading = question.order[0] if question.order else None
        if place is not None and leading is not None and "." not in leading.name:
            bound = beyond(leading.name, leading.descending, place[0])
            self._wanted[name], self._whole[name] = both(self._wanted[name], bound), frozenset()
        for table in question.tables:
            self._days[table.name] = {day: list(files) for day, files in groupby(self._files(table), day_of)}
        everywhere = set[int].intersection(*map(set, self._days.values()))
        if question.verified:
            good = self._answering.verified()
            everywhere = {day for day in everywhere if date_of(day) in good}
        return {day: files for day, files in self._days[name].items() if day in everywhere}

    def rows_of_days(self, some: Sequence[int], days: Mapping[int, Sequence[FileScanTask]]) -> Iterator[pa.Table]:
        """Yield the rows of some days: a few files at a time, or day by day where tables are joined."""
        if self._question.links:
            yield from (self._joined(day, days[day]) for day in some)
            return
        first = self._question.table.name
        files = [task for day in some for task in days[day]]
        while files:
            count = FILES_TOGETHER if self.is_lookup else max(1, _fitting(files))
            yield self._read(first, files[:count], self._wanted[first])
            files = files[count:]

    def _joined(self, day: int, files: Sequence[FileScanTask]) -> pa.Table:
        first = self._question.table.name
        rows = self._read(first, files, self._wanted[first])
        for link in self._question.links:
            name, wanted = link.table.name, self._wanted[link.table.name]
            ids = pc.unique(rows.column(link.to)).drop_null()
            if len(ids) <= IDS_PUSHED:
                wanted = both(wanted, among(link.by, ids.to_pylist()))
            theirs = self._read(name, self._days[name][day] if len(ids) else [], wanted)
            rows = _pairs(rows, link.to, theirs, f"{name}.{link.by}")
        return rows

    def count(self, files: Sequence[FileScanTask]) -> int:
        """Return how many rows of files are asked for; what their statistics tell is not read."""
        name = self._question.table.name
        wanted, key = self._wanted[name], [self._question.table.key[0]]
        is_certain, whole, counted = self._shots[name].certain(wanted), self._whole[name], 0
        for task in files:
            certain = (day_of(task) in whole and not task.delete_files) or is_certain(task)
            counted += int(task.file.record_count) if certain else len(self._read(name, [task], wanted, key))
        return counted

    def empty(self) -> pa.Table:
        """Return no rows, with their columns."""
        tables = [self._read(table.name, [], self._wanted[table.name]) for table in self._question.tables]
        fields = [field for table in tables for field in table.schema]
        return pa.schema(fields).empty_table()

    def _files(self, table: LakeTable) -> Sequence[FileScanTask]:
        conditions = self._question.conditions[table.name]
        shot = self._shots[table.name]
        held, days = self._answering.narrow(shot, conditions), day_range(conditions)
        files = shot.files(*days) if held is None else shot.some(held, *days)
        if held is not None and len(conditions) == 1:  # all that was asked is what the index told of
            return files
        # To compare the statistics of each of hundreds of files took most of the time of a count.
        can_hold, whole = shot.possible(self._wanted[table.name]), self._whole[table.name]
        return [task for task in files if day_of(task) in whole or can_hold(task)]

    def _read(
        self, name: str, files: Sequence[FileScanTask], wanted: BooleanExpression, columns: Sequence[str] | None = None
    ) -> pa.Table:
        self._tick()
        self._left_bytes -= sum(task.file.file_size_in_bytes for task in files)
        if self._left_bytes < 0:
            why = f"more than {self._answering.most_bytes} bytes of files would be read for it"
            raise TooMuch("question", why, "ask for a shorter time, from and to")
        self.files_read += len(files)
        rows = self._shots[name].rows(files, columns or self._columns[name], wanted, self._most)
        first = name == self._question.table.name
        return rows if first else rows.rename_columns([f"{name}.{column}" for column in rows.column_names])

    def _columns_of(self, table: LakeTable) -> list[str]:
        question = self._question
        named = [*question.columns, *(one.name for one in question.order)]
        named += [link.to for link in question.links] + [f"{link.table.name}.{link.by}" for link in question.links]
        prefix = "" if table is question.table else f"{table.name}."
        needed = [name for name in table.column_names if f"{prefix}{name}" in named]
        return needed or [table.key[0]]


def date_of(day: int) -> str:
    """Return a day since 1970 as YYYY-MM-DD."""
    return str(np.datetime64(day, "D"))


def _growing(days: Sequence[int], count: int) -> Iterator[Sequence[int]]:
    """Yield days in order, more at a time: a page is often full after the first, and files cost less together."""
    while days:
        yield days[:count]
        days, count = days[count:], count * 2


def _fitting(files: Sequence[FileScanTask]) -> int:
    """Return how many of the first files are read together."""
    sizes = accumulate(task.file.file_size_in_bytes for task in files[:FILES_TOGETHER])
    return sum(size <= BYTES_TOGETHER for size in sizes)


def _pairs(ours: pa.Table, our_key: str, theirs: pa.Table, their_key: str) -> pa.Table:
    """Return the pairs of rows with the same id; Arrow's join refuses columns of lists, so only places are joined."""
    left = pa.table({"id": ours.column(our_key), "left": np.arange(len(ours))})
    right = pa.table({"id": theirs.column(their_key), "right": np.arange(len(theirs))})
    right = right.set_column(0, "id", right.column("id").cast(left.column("id").type))
    pairs = left.join(right, "id", join_type="inner")
    rows, other = ours.take(pairs.column("left")), theirs.take(pairs.column("right"))
    return reduce(lambda table, name: table.append_column(name, other.column(name)), other.column_names, rows)
