"""One question from token to answer: who asks, what may be seen, its turn, its answer, its line in the audit log."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from app.errors import RoadsieveError
from app.lake.indexing import COLUMN, TABLES
from app.lake.plate_index import PlateIndex
from app.lake_api.answering import Answering, Narrow, Tick
from app.lake_api.audit_turns import AuditTurns
from app.lake_api.body import CountBody, QuestionBody
from app.lake_api.desk import Desk
from app.lake_api.formats import encoded, masked
from app.lake_api.kinds import kind_of
from app.lake_api.question import Condition, Question, asked, counted
from app.lake_api.refusals import Refusal, Unavailable
from app.lake_api.shots import Shot
from app.lake_api.tokens import Token
from app.telemetry.lake import question_answered

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out: the rows in their form, how many, the cursor of the next page, and what was read for it."""

    body: bytes
    rows: int
    cursor: str | None
    files_read: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one question gets."""

    rows: int
    answer_bytes: int


@dataclass(slots=True)
class Service:
    """Answer questions of those who may ask them, and write each down before its answer goes out."""

    answering: Answering
    desk: Desk
    audit: AuditTurns
    limits: Limits

    async def query(self, body: QuestionBody, token: Token) -> Answer:
        """Return a page of rows; raises Refusal."""
        began_s = time.perf_counter()
        question: Question | None = None
        try:
            question = asked(body, token.may_read_plates, self.limits.rows)
            answer = await self._run(lambda tick: self._page(question, body.format, token, tick))
        except Refusal as refused:
            await self._write(token, question, "query", refused.status, 0, began_s)
            raise
        await self._write(token, question, "query", 200, answer.rows, began_s)
        return answer

    async def count(self, body: CountBody, token: Token) -> tuple[int, int]:
        """Return how many rows there are, and of how many files they were read; raises Refusal."""
        began_s = time.perf_counter()
        question: Question | None = None
        try:
            question = counted(body, token.may_read_plates)
            count, files_read = await self._run(lambda tick: self.answering.count(question, tick))
        except Refusal as refused:
            await self._write(token, question, "count", refused.status, 0, began_s)
            raise
        await self._write(token, question, "count", 200, count, began_s)
        return count, files_read

    async def rows_of_tables(self, names: Sequence[str]) -> dict[str, int]:
        """Return the rows of tables in their newest snapshots; raises Refusal."""
        return await self._run(lambda _: {name: self.answering.shots.warehouse.totals(name)[0] for name in names})

    def _page(self, question: Question, form: str, token: Token, tick: Tick) -> Answer:
        page = self.answering.page(question, tick)
        rows = page.rows.select(question.columns).slice(0, question.limit)
        if not token.may_read_plates:
            rows = masked(rows, {name for name in question.columns if question.column(name).tells_plate})
        body, given = encoded(rows, form, self.limits.answer_bytes)
        return Answer(body, given, page.cursor(given), page.files_read)

    async def _run(self, work: Callable[[Tick], T]) -> T:
        try:
            return await self.desk.run(work)
        except RoadsieveError as error:
            raise Unavailable(error.what, error.why, error.remedy) from error
        except (OSError, SQLAlchemyError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise Unavailable("lake", why, "ask again later") from error

    async def _write(
        self, token: Token, question: Question | None, verb: str, status: int, rows: int, began_s: float
    ) -> None:
        took_ms = (time.perf_counter() - began_s) * 1000
        if question is not None:
            question_answered(question.table.name, kind_of(question, verb), took_ms / 1000)
        await self.audit.write(self.audit.log.line(token.name, question, verb, status, rows, took_ms))


def by_plate_index(index: PlateIndex) -> Narrow:
    """Return what tells the files in which the plates may be that conditions name."""

    def narrow(shot: Shot, conditions: Sequence[Condition]) -> Collection[str] | None:
        held: Collection[str] | None = None
        for one in conditions:
            if shot.table.name()[-1] in TABLES and one.column == COLUMN and one.test in ("eq", "in"):
                among = shot.by_path.keys() if held is None else held
                held = index.may_hold([str(value) for value in one.values], among)
        return held

    return narrow
