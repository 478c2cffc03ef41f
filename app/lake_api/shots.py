"""Tables of the lake at one snapshot: which of their files can hold an answer, and the rows of those files."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.exceptions import ValidationError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.expressions.visitors import _InclusiveMetricsEvaluator, _StrictMetricsEvaluator
from pyiceberg.table import FileScanTask, Table

from app.lake.warehouse import Warehouse
from app.lake_api.files import Files
from app.lake_api.question import DAY_S
from app.lake_api.refusals import CursorGone, Unavailable

PLANS_KEPT = 24
Plan = tuple[Mapping[int, Sequence[FileScanTask]], Mapping[str, FileScanTask]]
"""The files of a snapshot by day, and by path."""
FRESH_S = 1.0
"""Seconds for which a table is taken to be what it was when it was read last."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One table at one snapshot."""

    table: Table
    snapshot_id: int | None
    by_day: Mapping[int, Sequence[FileScanTask]]
    """All files, by day since 1970, in the order of days."""
    by_path: Mapping[str, FileScanTask]
    """The same, in the same order."""
    reader: Files

    def files(self, first: datetime | None = None, last: datetime | None = None) -> list[FileScanTask]:
        """Return the files of the days from one time to another, in the order of days."""
        return [task for day in self.by_day if _within(day, first, last) for task in self.by_day[day]]

    def some(self, paths: Collection[str], first: datetime | None, last: datetime | None) -> list[FileScanTask]:
        """Return of files that it has those of the days from one time to another, in the order of days."""
        tasks = sorted(map(self.by_path.__getitem__, sorted(paths)), key=day_of)
        return [task for task in tasks if _within(day_of(task), first, last)]

    def possible(self, expression: BooleanExpression) -> Callable[[FileScanTask], bool]:
        """Return what tells of a file whether an expression can hold for some of its rows."""
        can_hold = _InclusiveMetricsEvaluator(self.table.schema(), expression).eval
        return lambda task: bool(can_hold(task.file))

    def certain(self, expression: BooleanExpression) -> Callable[[FileScanTask], bool]:
        """Return what tells of a file whether an expression holds for all its rows."""
        holds = _StrictMetricsEvaluator(self.table.schema(), expression).eval
        return lambda task: not task.delete_files and bool(holds(task.file))

    def rows(
        self, files: Sequence[FileScanTask], columns: Sequence[str], expression: BooleanExpression,
        most: int | None = None,
    ) -> pa.Table:  # fmt: skip
        """Return the rows of files for which an expression holds; NaN, which no comparison orders, becomes null.

        With `most` some may be missing, but of as many as that, the first in the order of time, none.
        """
        found = self.reader.rows(self.table, files, columns, expression, most)
        for place, kind in enumerate(found.schema):
            if pa.types.is_floating(kind.type):
                column = found.column(place)
                found = found.set_column(place, kind, pc.if_else(pc.is_nan(column), None, column))
        return found


def day_of(task: FileScanTask) -> int:
    """Return the day of a file, as days since 1970."""
    return int(task.file.partition[0])


def _within(day: int, first: datetime | None, last: datetime | None) -> bool:
    begins_s, ends_s = day * DAY_S, (day + 1) * DAY_S
    return (first is None or ends_s > first.timestamp()) and (last is None or begins_s <= last.timestamp())


@dataclass(slots=True)
class Shots:
    """Give tables at snapshots; remember the newest for a second, and of the last snapshots which files they have."""

    warehouse: Warehouse
    reader: Files = field(default_factory=Files)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _tables: dict[str, tuple[float, Table]] = field(default_factory=dict)
    _plans: OrderedDict[tuple[str, int | None], Plan] = field(default_factory=OrderedDict)
    _newest: dict[str, Shot] = field(default_factory=dict)

    def newest(self, name: str) -> Shot:
        """Return a table as it is now; raises OperatorError or InfrastructureError when it cannot be had."""
        table = self._table(name)
        # not its snapshot itself, for which it looks through all
        shot = self._shot(name, table, table.metadata.current_snapshot_id)
        before = self._newest.get(name)
        if before is None or before.snapshot_id != shot.snapshot_id:
            self._newest[name] = shot
            if before is not None:
                self.reader.forget(before.by_path.keys() - shot.by_path.keys())
        return shot

    def at(self, name: str, snapshot_id: int | None) -> Shot:
        """Return a table as it was; raises CursorGone when that snapshot was expired."""
        table = self._table(name)
        if snapshot_id is not None and table.snapshot_by_id(snapshot_id) is None:
            why = f"table {name} has no snapshot {snapshot_id} any more"
            raise CursorGone("cursor", why, "ask again without a cursor")
        return self._shot(name, table, snapshot_id)

    def _table(self, name: str) -> Table:
        now = time.monotonic()
        with self._lock:
            read_at, table = self._tables.get(name, (-FRESH_S, None))
            if table is None or now - read_at >= FRESH_S:
                table = self.warehouse.table(name) if table is None else self.warehouse.newer(table)
                self._tables[name] = (now, table)
        return table

    def _shot(self, name: str, table: Table, snapshot_id: int | None) -> Shot:
        key = (name, snapshot_id)
        with self._lock:
            plan = self._plans.get(key)
        if plan is None:
            plan = _plan(table, snapshot_id)
            with self._lock:
                self._plans[key] = plan
                while len(self._plans) > PLANS_KEPT:
                    self._plans.popitem(last=False)
        return Shot(table, snapshot_id, *plan, self.reader)


def _plan(table: Table, snapshot_id: int | None) -> Plan:
    by_day: dict[int, list[FileScanTask]] = {}
    if snapshot_id is not None:
        try:
            for task in table.scan(AlwaysTrue(), snapshot_id=snapshot_id).plan_files():
                by_day.setdefault(day_of(task), []).append(task)
        except (OSError, ValidationError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise Unavailable(f"snapshot {snapshot_id}", why, "check that the warehouse can be read") from error
    days = dict(sorted(by_day.items()))
    return days, {task.file.file_path: task for tasks in days.values() for task in tasks}


def at_us(moment: datetime) -> int:
    """Return a time as microseconds since 1970."""
    return round(moment.astimezone(UTC).timestamp() * 1_000_000)
