"""Faust as it comes: agent, RocksDB table, topic.send."""

from __future__ import annotations

from typing import Any

import faust

from ops.bench.keyed_job.metered import metered, this_run

run = this_run()
step = metered(run)


def raw() -> faust.Schema:
    """Return a schema of plain bytes; a new one each time, for `Table` writes its defaults into what it is given."""
    return faust.Schema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


app = faust.App(
    run.name, broker=f"kafka://{run.kafka}", store="rocksdb://?driver=rocksdict", datadir=str(run.folder),
    processing_guarantee="at_least_once", broker_commit_interval=1.0, topic_partitions=4, topic_replication_factor=1,
    consumer_auto_offset_reset="earliest", stream_wait_empty=False, web_enabled=False, topic_disable_leader=True,
    broker_session_timeout=10, broker_heartbeat_interval=3, producer_acks=-1,
)  # fmt: skip
source, output = app.topic(run.source, schema=raw()), app.topic(run.output, schema=raw())
states = app.Table("states", partitions=4, key_type=bytes, value_type=bytes, schema=raw())


@app.agent(source)  # type: ignore[untyped-decorator]  # Faust's
async def job(stream: Any) -> None:
    """Answer every record."""
    async for event in stream.events():
        states[event.key], answer = step(states.get(event.key), event.value)
        await output.send(key=event.key, value=answer)


if __name__ == "__main__":
    app.worker_init()
    faust.Worker(app, loglevel="WARN").execute_from_commandline()
