"""Every metric and log event of the engine, declared once; nobody else imports prometheus_client.

WARNING means nothing was lost, ERROR means something was. Counters move once per batch, not per record.
"""

from __future__ import annotations

import logging
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

log = logging.getLogger(__name__)

REGISTRY = CollectorRegistry()
_PARTITION = ("stage", "partition")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000)

RECORDS = Counter(
    "roadsieve_records", "Source records committed, dead letters included.", _PARTITION, registry=REGISTRY
)
BYTES = Counter("roadsieve_bytes", "Bytes of source records committed.", _PARTITION, registry=REGISTRY)
OUTPUTS = Counter(
    "roadsieve_outputs", "Records sent to other topics, dead letters included.", _PARTITION, registry=REGISTRY
)
BATCH_RECORDS = Histogram(
    "roadsieve_batch_records", "Records in one transaction.", ("stage",), buckets=_SIZES, registry=REGISTRY
)
COMMIT_SECONDS = Histogram(
    "roadsieve_commit_seconds",
    "Time of one transaction, begin to commit.",
    ("stage",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
ASK_SECONDS = Histogram(
    "roadsieve_ask_seconds", "Time of one answered ask.", ("stage",), buckets=_SECONDS, registry=REGISTRY
)
RETRIES = Counter(
    "roadsieve_retries",
    "Attempts that failed for an infrastructure error and were repeated.",
    ("stage",),
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "roadsieve_dead_letters", "Records given up, by class of the error.", ("stage", "error"), registry=REGISTRY
)
LOST = Counter(
    "roadsieve_lost_offsets", "Offsets that retention removed before they were read.", _PARTITION, registry=REGISTRY
)
RECOVERED_ROWS = Counter(
    "roadsieve_recovered_rows", "Changelog rows replayed into the local store.", _PARTITION, registry=REGISTRY
)
RECOVERY_SECONDS = Gauge("roadsieve_recovery_seconds", "Time of the last recovery.", _PARTITION, registry=REGISTRY)
LAG = Gauge("roadsieve_lag_records", "Committed source records not yet processed.", _PARTITION, registry=REGISTRY)
HELD_RECORDS = Gauge("roadsieve_held_records", "Records read and not yet committed.", _PARTITION, registry=REGISTRY)
HELD_BYTES = Gauge(
    "roadsieve_held_bytes", "Bytes of records read and not yet committed.", _PARTITION, registry=REGISTRY
)
NETWORK = Gauge(
    "roadsieve_network", "1 for each network that is open, with the hardware that really runs it.",
    ("network", "provider"), registry=REGISTRY,
)  # fmt: skip
STATE = Gauge("roadsieve_partition_state", "0 closed, 1 opening, 2 running, 3 fenced.", _PARTITION, registry=REGISTRY)


def network_opened(network: str, provider: str) -> None:
    """Tell which hardware a network really runs on."""
    NETWORK.labels(network, provider).set(1)
    log.info("network %s runs on %s", network, provider)


def committed(stage: str, partition: int, records: int, size_bytes: int, outputs: int, seconds: float) -> None:
    """Count a batch that has become a fact."""
    label = str(partition)
    RECORDS.labels(stage, label).inc(records)
    BYTES.labels(stage, label).inc(size_bytes)
    OUTPUTS.labels(stage, label).inc(outputs)
    BATCH_RECORDS.labels(stage).observe(records)
    COMMIT_SECONDS.labels(stage).observe(seconds)


def asked(stage: str, seconds: float) -> None:
    """Count an answered ask."""
    ASK_SECONDS.labels(stage).observe(seconds)


def retried(stage: str) -> None:
    """Count a failed attempt that will be repeated."""
    RETRIES.labels(stage).inc()


def dead_lettered(stage: str, item: Any, error: Exception) -> None:
    """Count and tell a record that goes to dead.letters; nothing is lost, its bytes are kept."""
    DEAD_LETTERS.labels(stage, type(error).__name__).inc()
    log.warning("%s: %r goes to dead.letters: %s: %s", stage, item, type(error).__name__, error)


def lost(stage: str, partition: int, offsets: int) -> None:
    """Count offsets that are gone."""
    LOST.labels(stage, str(partition)).inc(offsets)


def recovered(stage: str, partition: int, rows: int, seconds: float) -> None:
    """Count a finished recovery."""
    RECOVERED_ROWS.labels(stage, str(partition)).inc(rows)
    RECOVERY_SECONDS.labels(stage, str(partition)).set(seconds)


def gauge(stage: str, partition: int, *, state: int, lag: int, held_records: int, held_bytes: int) -> None:
    """Set what a partition looks like now."""
    label = str(partition)
    STATE.labels(stage, label).set(state)
    LAG.labels(stage, label).set(lag)
    HELD_RECORDS.labels(stage, label).set(held_records)
    HELD_BYTES.labels(stage, label).set(held_bytes)


def exposition() -> bytes:
    """Return all metrics in Prometheus text format."""
    return generate_latest(REGISTRY)
