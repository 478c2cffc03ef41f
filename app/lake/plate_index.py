"""Which files hold a plate, in a database beside the catalog, so that a lookup of a plate does not search the lake.

Plates lie in parts, each of some months: a day's plates, whose order has nothing to do with time, are put between those
of the newest part. Between those of years, nearly every one would be a page to be written.

A file is left out of a search only when the index knows it and knows that the plate is not in it: a file that nobody
indexed yet, because it was packed out of others or written by hand, is searched. Adding twice is adding once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from app.errors import InfrastructureError, OperatorError
from app.lake.database import made_by_one, passes
from app.stores.write_ahead import write_ahead

_METADATA = sa.MetaData()
_PARTS = sa.Table(
    "roadsieve_plate_parts", _METADATA,
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.Integer, nullable=False),
)  # fmt: skip
_FILES = sa.Table(
    "roadsieve_indexed_files", _METADATA,
    sa.Column("file_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),
    sa.Column("part", sa.Integer, nullable=False),
)  # fmt: skip
_PLATES = sa.Table(
    "roadsieve_indexed_plates", _METADATA,
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("plate_text", sa.Text, primary_key=True),
    sa.Column("file_id", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)  # fmt: skip
_FORGOTTEN = sa.Table("roadsieve_plate_index_forgotten", _METADATA, sa.Column("times", sa.Integer, primary_key=True))
"""One row for each time that files were forgotten: what was known before does not hold any more."""
_FORMER = ("roadsieve_plates", "roadsieve_plate_files")
"""Tables of an index in one part, which is made anew: files that no index knows are searched."""
_TIMES_FORGOTTEN = sa.select(sa.func.count()).select_from(_FORGOTTEN)
_NEWEST_PART = sa.select(_PARTS.c.part, _PARTS.c.rows).order_by(_PARTS.c.part.desc()).limit(1)
_OF_ANY_PART = _PLATES.c.part.in_(sa.select(_PARTS.c.part))
_HOLDS, _IS_NEW, _FORGOT = range(3)


def _look(holds: sa.ColumnElement[bool]) -> sa.CompoundSelect[Any]:
    """Return one statement: it sees the files, their plates and what was forgotten at one moment."""
    kinds = [sa.literal_column(str(kind), sa.Integer) for kind in (_HOLDS, _IS_NEW, _FORGOT)]
    return sa.union_all(
        sa.select(kinds[0], _FILES.c.file_id, _FILES.c.path).join(_PLATES, _PLATES.c.file_id == _FILES.c.file_id)
        .where(_OF_ANY_PART, holds),
        sa.select(kinds[1], _FILES.c.file_id, _FILES.c.path).where(_FILES.c.file_id > sa.bindparam("since_id")),
        sa.select(kinds[2], sa.func.count(), sa.literal_column("''", sa.Text)).select_from(_FORGOTTEN),
    )  # fmt: skip


_LOOK_ONE = _look(_PLATES.c.plate_text == sa.bindparam("texts"))
_LOOK_MANY = _look(_PLATES.c.plate_text.in_(sa.bindparam("texts", expanding=True)))
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_TEXTS = sa.bindparam("texts", type_=sa.Text)
_EACH = {
    "sqlite": sa.func.json_each(_TEXTS),
    "postgresql": sa.func.json_array_elements_text(sa.cast(_TEXTS, postgresql.JSON)),
}
"""The texts of a JSON array as rows: to hand over each as a row of its own took as long again as keeping it."""
BUSY_S = 20.0
"""Seconds for which another process may write to a file of SQLite before a call gives up."""
_ROWS_AT_ONCE, _TEXTS_AT_ONCE = 10_000, 500
_PART_ROWS = 2_000_000
"""Plates after which another part is begun: a lookup looks into each, some 7 µs; a day is put between those of one."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Files that were in the index up to an id, when files had been forgotten so many times."""

    times_forgotten: int
    last_id: int = -1
    paths: frozenset[str] = frozenset()


class PlateIndex:
    """Remember and find the files of plates; every method blocks and belongs into a thread."""

    def __init__(self, address: str) -> None:
        """Open the database at an address of SQLAlchemy, and make its tables; raises OperatorError."""
        try:
            url = sa.engine.make_url(address)
            self._where = url.render_as_string(hide_password=True)
            is_file = url.get_backend_name() == "sqlite"
            self._engine = sa.create_engine(url, paramstyle="named" if is_file else None, pool_pre_ping=not is_file)
            self._insert = _INSERTS[self._engine.dialect.name]
            if is_file:
                sa.event.listen(self._engine, "connect", _shared)
            # Compiled once: SQLAlchemy takes longer to look at a row, or a statement, than the database.
            self._insert_plates = str(self._insert_of_texts().compile(dialect=self._engine.dialect))
            self._look_one = str(_LOOK_ONE.compile(dialect=self._engine.dialect))
            made_by_one(self._make)
            self._known = _Known(times_forgotten=-1)
        except (SQLAlchemyError, KeyError, ImportError, OSError) as error:
            if passes(error):
                raise self._failed(error) from error
            raise OperatorError(
                "plate index", f"it cannot be opened ({_first_line(error)})",
                "check ROADSIEVE_LAKE_CATALOG: SQLite or PostgreSQL, and that it can be written",
            ) from error  # fmt: skip

    def _make(self) -> None:
        with self._engine.begin() as connection:
            for table in _METADATA.sorted_tables:  # not create_all: it looks first, and many processes start at once
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
            for name in _FORMER:
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")

    def fetch(self) -> None:
        """Have the pages of a file in memory: a lookup takes one of each part, and from a disk one after another."""
        if self._engine.dialect.name == "sqlite":  # not by reading the file: to close it would give up SQLite's locks
            with self._translated(), self._engine.connect() as connection:
                connection.execute(sa.select(sa.func.count()).select_from(_PLATES))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def add(self, texts_of: Mapping[str, Iterable[str]]) -> None:
        """Remember which plates files hold, by their paths, all of them or none; once is as good as twice."""
        added = Counter[int]()
        with self._translated(), self._engine.begin() as connection:
            for path, texts in texts_of.items():
                file_id, part = self._file(connection, path)
                kept = sorted({*filter(_can_be_kept, texts)})
                told = {"texts": json.dumps(kept, ensure_ascii=False), "file_id": file_id, "part": part}
                connection.exec_driver_sql(self._insert_plates, told)
                added[part] += len(kept)
            for part, count in added.items():  # in the end: who adds to the same part meanwhile waits for it
                _count(connection, part, count)

    def _file(self, connection: sa.Connection, path: str) -> tuple[int, int]:
        """Return the id of a file and the part of its plates: of a new one the newest, another when that is full."""
        newest = connection.execute(_NEWEST_PART).first()
        part, rows = (-1, _PART_ROWS) if newest is None else newest
        if rows >= _PART_ROWS:
            part += 1
            connection.execute(self._insert(_PARTS).values(part=part, rows=0).on_conflict_do_nothing())
        connection.execute(self._insert(_FILES).values(path=path, part=part).on_conflict_do_nothing())
        found = connection.execute(sa.select(_FILES.c.file_id, _FILES.c.part).where(_FILES.c.path == path)).one()
        return found.file_id, found.part

    def _insert_of_texts(self) -> Any:
        each = _EACH[self._engine.dialect.name].table_valued("value")
        part, file_id = (sa.bindparam(name, type_=sa.Integer) for name in ("part", "file_id"))
        # "where true": without, SQLite takes the ON of what follows for one of a join.
        texts = sa.select(part, each.c.value, file_id).where(sa.true())
        columns = ["part", "plate_text", "file_id"]
        return self._insert(_PLATES).from_select(columns, texts).on_conflict_do_nothing()

    def may_hold(self, texts: Sequence[str], paths: Iterable[str]) -> frozenset[str]:
        """Return those of some files that may hold one of the plates."""
        asked, left = frozenset(paths), frozenset[str]()
        if not all(map(_can_be_kept, texts)):
            return asked
        with self._translated(), self._engine.connect() as connection:
            for begin in range(0, len(texts), _TEXTS_AT_ONCE):
                known, holding = self._look(connection, texts[begin : begin + _TEXTS_AT_ONCE])
                left |= asked & holding | asked - known
        return left

    def known(self) -> frozenset[str]:
        """Return the files that the index knows."""
        with self._translated(), self._engine.connect() as connection:
            return frozenset(self._look(connection, [])[0])

    def _look(self, connection: sa.Connection, texts: Sequence[str]) -> tuple[frozenset[str], set[str]]:
        """Return the files known and those that hold one of some plates, of one moment; only new files are read."""
        while True:
            known = self._known
            told: list[dict[str, int]] = [{}, {}, {}]
            for kind, number, path in self._told(connection, texts, known.last_id):
                told[kind][path] = number
            holding, new, ((_, times),) = told[_HOLDS], told[_IS_NEW], told[_FORGOT].items()
            if times == known.times_forgotten:
                if new:  # never changed in place: whoever looked before was told of its own moment
                    known = self._known = _Known(times, max(new.values()), known.paths | new.keys())
                return known.paths, {*holding}
            self._known = _Known(times)

    def _told(self, connection: sa.Connection, texts: Sequence[str], since_id: int) -> Iterable[Any]:
        if len(texts) == 1:
            return connection.exec_driver_sql(self._look_one, {"texts": texts[0], "since_id": since_id})
        return connection.execute(_LOOK_MANY, {"texts": texts, "since_id": since_id})

    def forget_files(self, paths: Iterable[str]) -> None:
        """Forget files that no table names any more, and then, in many short steps, what is left of their plates.

        Who adds a file meanwhile waits for one step. What a crash leaves tells of no file, and goes with the next files
        of its part.
        """
        parts = set[int]()
        with self._translated():
            with self._engine.begin() as connection:
                for path in paths:
                    gone = sa.delete(_FILES).where(_FILES.c.path == path).returning(_FILES.c.part)
                    parts.update(connection.execute(gone).scalars())
                times = connection.execute(_TIMES_FORGOTTEN).scalar_one()
                connection.execute(self._insert(_FORGOTTEN).values(times=times).on_conflict_do_nothing())
            for part in sorted(parts):
                begin: str | None = ""
                while begin is not None:
                    begin = self._sweep(part, begin)

    def _sweep(self, part: int, begin: str) -> str | None:
        """Remove plates of no file among so many rows of a part from a text on; return the next text, if any."""
        text, here = _PLATES.c.plate_text, _PLATES.c.part == part
        with self._engine.begin() as connection:
            later = sa.select(text).where(here, text > begin).order_by(text).offset(_ROWS_AT_ONCE).limit(1)
            end: str | None = connection.execute(later).scalar_one_or_none()
            some = sa.delete(_PLATES).where(here, text >= begin, _PLATES.c.file_id.not_in(sa.select(_FILES.c.file_id)))
            gone = connection.execute(some if end is None else some.where(text < end)).rowcount
            _count(connection, part, -gone)
        return end

    def forget_plate(self, text: str) -> int:
        """Forget a plate; return in how many files it was known."""
        held = sa.delete(_PLATES).where(_OF_ANY_PART, _PLATES.c.plate_text == text)
        with self._translated(), self._engine.begin() as connection:
            return int(connection.execute(held).rowcount)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> InfrastructureError:
        return InfrastructureError(
            f"plate index {self._where}", _first_line(error), "check that it can be reached and is not locked"
        )


def _shared(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    write_ahead(cursor.execute, BUSY_S)
    # After a power cut a commit may be missing, which `roadsieve api reindex` finds.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")
    cursor.close()


def _count(connection: sa.Connection, part: int, rows: int) -> None:
    connection.execute(sa.update(_PARTS).where(_PARTS.c.part == part).values(rows=_PARTS.c.rows + rows))


def _can_be_kept(text: str) -> bool:
    # PostgreSQL keeps no NUL, neither keeps half a surrogate pair: such texts are searched for in the files.
    return "\x00" not in text and len(text) <= 500


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
