"""The data plane: exactly once, on Faust and Kafka.

Faust is the control plane: app, agents, worker, CLI, group membership and assignment, sensors, web. Records and state
do not pass through its streams and tables: one PartitionTask per assigned source partition reads, asks, applies,
commits.

    app.py              the app of a stage: preflight, resources, watchdog, drain
    agent.py            the agent: follows the assignment, one task per partition
    declare.py          what a stage declares
    partition_task.py   fence, recover, then run the pipeline
    pipeline.py         log -> read_ahead -> batch -> poison -> transaction, without Kafka in it
      ports.py            what it needs of the world: log, transactor, rows
      read_ahead.py       bounded by count and bytes, ordered; windows end here
      ask.py, retry.py    the slow part: many at once, time-out, retries within a budget
      batch.py, item.py   what an agent function sees
      poison.py           the record at fault is found by halving
      letters.py          its dead letter
      marker.py           the timer that ends a silent window through the log, or at once one that must not wait
    transaction.py      one Kafka transaction: outputs, letters, rows, position
    source_log.py       committed records from our own position
    partitioner.py      which partition a key belongs to
    store.py            RocksDB, a cache of the changelog
    recovery.py         the changelog into the store
    resources.py        stores and networks, open while a stage runs
    wire.py             the codec a stage uses unless it is given another
    preflight.py        is the broker, are the topics as we need them?
    granted.py          has our user of Kafka every right a stage needs?
    watchdog.py         liveness is progress
    dying.py            the crash-only stop
    progress.py         how far every partition is; pages.py shows it over HTTP
    worker.py           several stages in one process
    faust_internals.py, aiokafka_internals.py   every private attribute we touch, pinned by version

Invariants
1. One transaction per batch = outputs + dead letters + state rows + source position (last row, key `p`). All of it
   becomes visible together or not at all; consumers read `read_committed`.
2. `transactional.id` = app, stage, input partition. A new owner's InitProducerId fences the old one, however long it
   was frozen.
3. Fence, recover, then read. After fencing the changelog is final; its position row says where to read on. Group
   offsets are only reported.
4. The disk is never ahead of the changelog: rows reach RocksDB after the commit, in one write batch with both offsets,
   without WAL. A copy older than the changelog's tombstones, or of another changelog, is wiped and rebuilt.
5. The agent function is deterministic in (table, ordered items). Where batches are cut changes nothing: it may be
   called again with any part of its items. What it awaits outside Kafka must overwrite with equal bytes.
6. No decision reads a clock: a window ends by its records; a timer only sends a marker record.
7. A partition that stays through a rebalance never stops. A task survives only if the new generation directly follows
   its own, or it is fenced and recovered anew.
8. Data errors become dead letters inside the transaction; infrastructure errors are retried within a budget, then the
   process dies with a line that says why (exit 70; 75: drain deadline; 78: set-up).

Outside of this: exactly once ends at Kafka; asks and awaited writes may be repeated, in any number, for a moment by two
owners. Changing the number of partitions moves keys: new topics and a replay. Records that retention removed before
they were read are told (ERROR, roadsieve_lost_offsets), not recovered. A source topic created anew is refused
(exit 78).
"""

from __future__ import annotations

from app.engine.app import StageApp, stage_app
from app.engine.batch import Batch, TableView
from app.engine.declare import Ask, Codec, Peek, Window
from app.engine.item import Item
from app.engine.progress import PartitionProgress, progress
from app.engine.worker import run_worker

__all__ = [
    "Ask",
    "Batch",
    "Codec",
    "Item",
    "PartitionProgress",
    "Peek",
    "StageApp",
    "TableView",
    "Window",
    "progress",
    "run_worker",
    "stage_app",
]
