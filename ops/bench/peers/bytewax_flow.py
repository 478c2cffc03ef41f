"""Bytewax: stateful_map between Kafka and Kafka with its SQLite recovery store; at least once is all it offers."""

from __future__ import annotations

from datetime import timedelta

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from ops.bench.keyed_job.metered import metered, this_run

run = this_run()
flow = Dataflow("job")
records = op.input("in", flow, KafkaSource([run.kafka], [run.source], tail=True, batch_size=1000))
keyed = op.map("key", records, lambda message: (message.key.decode(), message.value))
answered = op.stateful_map("job", keyed, metered(run))
messages = op.map("message", answered, lambda pair: KafkaSinkMessage(pair[0].encode(), pair[1]))
op.output("out", messages, KafkaSink([run.kafka], run.output))

if __name__ == "__main__":
    if not any(run.folder.glob("*.sqlite3")):
        init_db_dir(run.folder, 1)
    cli_main(flow, epoch_interval=timedelta(seconds=1), recovery_config=RecoveryConfig(run.folder, timedelta(0)))
