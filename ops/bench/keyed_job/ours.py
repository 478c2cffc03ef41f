"""The job as a stage of roadsieve's engine: an agent with a table, exactly once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.engine import Batch, run_worker, stage_app
from app.engine.declare import TableLike, TopicLike
from app.settings import Settings
from ops.bench.keyed_job.metered import metered, this_run

LARGEST_BYTES = 1 << 20


@dataclass(frozen=True)
class RawTopic:
    """A topic of plain bytes."""

    name: str
    max_message_bytes: int = LARGEST_BYTES
    compression: str = "none"


@dataclass(frozen=True)
class RawTable:
    """A table of plain bytes."""

    changelog: str
    max_message_bytes: int = LARGEST_BYTES
    row: type | None = bytes


class Raw:
    """Bytes as they are: the job's function decodes and encodes, for every engine alike."""

    def decoder(self, topic: TopicLike, /) -> Callable[[bytes], Any]:
        """Return what reads a record."""
        return bytes

    def encoder(self, topic: TopicLike, /) -> Callable[[Any], bytes]:
        """Return what writes an output."""
        return bytes

    def row_decoder(self, table: TableLike, /) -> Callable[[bytes], Any]:
        """Return what reads a row."""
        return bytes

    def row_encoder(self, table: TableLike, /) -> Callable[[Any], bytes]:
        """Return what writes a row."""
        return bytes


@asynccontextmanager
async def open_raw(_: Settings) -> AsyncIterator[Raw]:
    """Open the codec."""
    yield Raw()


run = this_run()
step = metered(run)
app = stage_app(run.name, codec=open_raw)
OUTPUT = RawTopic(run.output)


@app.agent(RawTopic(run.source), name=run.name, table=RawTable(f"{run.name}.changelog"), sends=[OUTPUT])  # type: ignore[untyped-decorator]  # Faust's
async def job(batch: Batch[bytes, None]) -> None:
    """Answer every record."""
    table, send = batch.table, batch.send
    for item in batch:
        state, output = step(table.get(item.key), item.value)
        table.put(item.key, state)
        send(OUTPUT, item.key, output)


if __name__ == "__main__":
    run_worker([app])
