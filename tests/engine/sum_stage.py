"""The stage of the engine's tests: a running count and sum per key, one output per record: any loss or repeat shows.

Started as a worker process by tests/engine/workers.py; variables of the environment choose what goes wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from app.engine import Ask, Batch, run_worker, stage_app
from app.engine.declare import TopicLike
from app.errors import DataError, MalformedRecord
from app.settings import Settings

KIB = 1 << 10


@dataclass(frozen=True)
class TestTopic:
    """A topic without schemas."""

    __test__ = False
    name: str
    max_message_bytes: int = 300 * KIB
    compression: str = "zstd"


@dataclass(frozen=True)
class TestTable:
    """A table without schemas."""

    __test__ = False
    changelog: str
    max_message_bytes: int = 300 * KIB
    row: type | None = dict


class JsonCodec:
    """Plain JSON for every topic and table; dead letters keep their bytes as hex."""

    def decoder(self, topic: TopicLike) -> Callable[[bytes], Any]:
        def decode(data: bytes) -> Any:
            try:
                return json.loads(data)
            except ValueError as error:
                raise MalformedRecord(f"a message of {topic.name}", str(error), "send JSON") from error

        return decode

    def encoder(self, topic: TopicLike) -> Callable[[Any], bytes]:
        def encode(record: Any) -> bytes:
            if hasattr(record, "source_offset"):
                record = asdict(record)
                record["value"] = record["value"].hex()
                record["key"] = record["key"].decode()
                record["headers"] = {}
            return json.dumps(record, separators=(",", ":")).encode()

        return encode

    def row_decoder(self, table: Any) -> Callable[[bytes], Any]:
        return json.loads

    def row_encoder(self, table: Any) -> Callable[[Any], bytes]:
        return lambda row: json.dumps(row).encode()


@asynccontextmanager
async def open_json(_: Settings) -> AsyncIterator[JsonCodec]:
    yield JsonCodec()


NAME = os.environ.get("SUM_NAME", "sum")
SOURCE, OUT = TestTopic(f"{NAME}.in"), TestTopic(f"{NAME}.out")
TABLE = TestTable(f"roadsieve.{NAME}-sums-changelog")
ASK_S = float(os.environ.get("SUM_ASK_S", "0"))
PAUSE_S = float(os.environ.get("SUM_PAUSE_S", "0"))

app = stage_app(NAME, codec=open_json, **json.loads(os.environ.get("SUM_OPTIONS", "{}")))


async def look(value: dict[str, Any]) -> int:
    """Double the number, slowly where asked to; an odd `fail` is the record's own fault."""
    await asyncio.sleep(ASK_S)
    if value.get("refuse"):
        raise ConnectionRefusedError("the store is down")
    if value.get("v") == "ask-fails":
        raise DataError("the record", "its ask fails", "send another")
    return 2 * value["v"] if isinstance(value["v"], int) else 0


@app.agent(SOURCE, name=NAME, table=TABLE, sends=[OUT], ask=Ask(look, at_once=16) if ASK_S else None)
async def sums(batch: Batch[dict[str, Any], int]) -> None:
    """Emit (count, sum) after every record."""
    await asyncio.sleep(PAUSE_S)
    for item in batch:
        count, total = batch.table.get(item.key) or (0, 0)
        count, total = count + 1, total + item.value["v"]
        batch.table.put(item.key, [count, total])
        pad = "x" * item.value.get("pad_bytes", 0)
        output = {"src": f"{item.partition}/{item.offset}", "count": count, "sum": total}
        batch.send(OUT, item.key, output | ({"pad": pad} if pad else {}))


def kill_at(moment: str, calls: int) -> None:
    """End this process with SIGKILL in its n-th transaction: all records sent, or the commit just answered."""
    left, commit = calls, AIOKafkaProducer.commit_transaction

    async def commit_or_die(producer: AIOKafkaProducer) -> None:
        nonlocal left
        left -= 1
        is_last = left == 0  # other partitions may count on while this one commits
        if is_last and moment == "sent":
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(producer)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    AIOKafkaProducer.commit_transaction = commit_or_die


if __name__ == "__main__":
    if plan := os.environ.get("SUM_KILL_AT"):
        kill_at(plan.split(":")[0], int(plan.split(":")[1]))
    run_worker([app])
