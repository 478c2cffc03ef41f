"""Quix Streams, exactly once: stateful apply on RocksDB with changelog topics."""

from __future__ import annotations

from typing import Any

from quixstreams import Application

from ops.bench.keyed_job.metered import metered, this_run

run = this_run()
step = metered(run)
app = Application(
    run.kafka, consumer_group=run.name, auto_offset_reset="earliest", commit_interval=1.0, state_dir=run.folder,
    loglevel="WARNING", processing_guarantee="exactly-once",
    consumer_extra_config={"session.timeout.ms": 10_000, "heartbeat.interval.ms": 3_000},
)  # fmt: skip
source = app.topic(run.source, key_deserializer="bytes", value_deserializer="bytes")
output = app.topic(run.output, key_serializer="bytes", value_serializer="bytes")


def job(value: bytes, state: Any) -> bytes:
    """Answer one record."""
    after, answer = step(state.get_bytes("state"), value)
    state.set_bytes("state", after)
    return answer


app.dataframe(source).apply(job, stateful=True).to_topic(output)

if __name__ == "__main__":
    app.run()
