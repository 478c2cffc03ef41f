"""What lake.files says was written: rows by table and day, as far as each table has its files; and how far it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.settings import Settings
from app.stores.open import open_registry
from app.topics import LAKE_FILES
from app.watch.follow import open_reader
from app.wire.framing import open_wire

NO_LOG = "the log was not asked"


@dataclass(frozen=True, slots=True)
class Logged:
    """Rows by (table, day) that the log has, and the days before which it does not tell all; both empty without one."""

    rows: Mapping[tuple[str, str], int]
    complete_from: str
    """Day, YYYY-MM-DD, from which on the log has every file; "" for all days."""
    why_not: str = ""

    def of(self, table: str, day: str) -> int | None:
        """Return the rows of a table and day; None where the log does not tell."""
        if self.why_not or day < self.complete_from:
            return None
        return self.rows.get((table, day), 0)

    def reason(self) -> str:
        """Return why the log does not tell."""
        return self.why_not or f"the log begins on {self.complete_from}"


async def read_log(settings: Settings, positions: Mapping[str, int]) -> Logged:
    """Read lake.files to its end; raises InfrastructureError or OperatorError when it cannot be had.

    A file of a day is written after that day began: whoever has the log from before has all files of the day.
    """
    rows: dict[tuple[str, str], int] = {}
    complete_from = ""
    async with open_registry(settings) as registry:
        wire = await open_wire(registry, [LAKE_FILES])
    decode = wire.decoder(LAKE_FILES)
    first = True
    async with open_reader(settings) as reader:
        async for record in reader.read_to_end(LAKE_FILES.name):
            if first and record.offset > 1:  # offset 0 is the first record, or the mark of an empty transaction
                begun = datetime.fromtimestamp(record.timestamp / 1000, UTC) + timedelta(days=1)
                complete_from = begun.date().isoformat()
            first = False
            if record.value is None:
                continue
            file = decode(record.value)
            if record.offset <= positions.get(file.table, -1):
                rows[file.table, file.day] = rows.get((file.table, file.day), 0) + file.rows
    return Logged(rows, complete_from)
