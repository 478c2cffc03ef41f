"""Metrics and events of the stages: what the data plane did, what it holds, how far behind it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from logging import ERROR, INFO, WARNING
from typing import Any

from app.errors import DataError
from app.telemetry.declare import COUNTS, DEFECT, LONG_SECONDS, SECONDS, counter, error_label, histogram
from app.telemetry.declare import gauge as declared_gauge
from app.telemetry.lines import emit
from app.telemetry.trace import Headers, trace_id

RECORDS = counter("roadsieve_records", "Source records committed, dead letters included.", "stage", "partition")
BYTES = counter("roadsieve_bytes", "Bytes of source records committed.", "stage", "partition")
OUTPUTS = counter("roadsieve_outputs", "Records sent to other topics, dead letters included.", "stage", "partition")
OUTPUT_BYTES = counter("roadsieve_output_bytes", "Bytes of the records sent to other topics.", "stage", "partition")
BATCH_RECORDS = histogram("roadsieve_batch_records", "Records in one transaction.", COUNTS, "stage")
BATCH_WAIT_SECONDS = histogram(
    "roadsieve_batch_wait_seconds", "Time a batch waited since its first record was ready.", SECONDS, "stage"
)
APPLY_SECONDS = histogram("roadsieve_apply_seconds", "Time of the agent function for one batch.", SECONDS, "stage")
COMMIT_SECONDS = histogram("roadsieve_commit_seconds", "Time of one transaction, begin to commit.", SECONDS, "stage")
ASK_SECONDS = histogram("roadsieve_ask_seconds", "Time of one answered ask.", SECONDS, "stage")
ASKS = declared_gauge("roadsieve_asks_in_flight", "Asks that wait for their answer, over all partitions.", "stage")
RETRIES = counter(
    "roadsieve_retries", "Attempts that failed for an infrastructure error and were repeated.", "stage"
)  # fmt: skip
DEAD_LETTERS = counter("roadsieve_dead_letters", "Records given up, by class of the error.", "stage", "error")
LOST = counter(
    "roadsieve_lost_offsets", "Offsets that retention removed before they were read.", "stage", "partition"
)  # fmt: skip
LAG = declared_gauge("roadsieve_lag_records", "Committed source records not yet processed.", "stage", "partition")
LAG_SECONDS = declared_gauge(
    "roadsieve_lag_seconds", "Age of the oldest source record read and not yet committed.", "stage", "partition"
)
HELD_RECORDS = declared_gauge("roadsieve_held_records", "Records read and not yet committed.", "stage", "partition")
HELD_BYTES = declared_gauge(
    "roadsieve_held_bytes", "Bytes of records read and not yet committed.", "stage", "partition"
)
STATE = declared_gauge(
    "roadsieve_partition_state", "0 closed, 1 opening, 2 running, 3 fenced.", "stage", "partition"
)  # fmt: skip
STATE_BYTES = declared_gauge(
    "roadsieve_state_bytes", "Size of the local copy of the state, in files and memory.", "stage", "partition"
)
STATE_ROWS = declared_gauge("roadsieve_state_rows", "Rows of the state, as estimated.", "stage", "partition")
RECOVERED_ROWS = counter(
    "roadsieve_recovered_rows", "Changelog rows replayed into the local store.", "stage", "partition"
)
RECOVERY_LEFT = declared_gauge(
    "roadsieve_recovery_left_offsets", "Changelog offsets that the recovery still has to read.", "stage", "partition"
)
RECOVERY_SECONDS = declared_gauge(
    "roadsieve_recovery_seconds", "Time of the last recovery.", "stage", "partition"
)  # fmt: skip
DECISION_SECONDS = histogram(
    "roadsieve_decision_seconds",
    "Time from a segment's capture, or its ingestion, to the decision on it.",
    LONG_SECONDS,
    "since",
)



def _drawn(error: type[DataError]) -> Iterator[type[DataError]]:
    yield error
    for below in error.__subclasses__():
        yield from _drawn(below)


_LETTER_ERRORS = [*sorted(one.__name__ for one in _drawn(DataError)), DEFECT]


def stage_opened(stage: str) -> None:
    """Show at zero what may happen to a stage, so that the first time is seen as a rise."""
    RETRIES.labels(stage)
    for error in _LETTER_ERRORS:
        DEAD_LETTERS.labels(stage, error)


def applied(stage: str, waited_s: float, seconds: float) -> None:
    """Count a batch that the agent function has been through."""
    BATCH_WAIT_SECONDS.labels(stage).observe(waited_s)
    APPLY_SECONDS.labels(stage).observe(seconds)


def committed(
    stage: str, partition: int, *, records: int, size_bytes: int, outputs: int, output_bytes: int, seconds: float
) -> None:
    """Count a batch that has become a fact."""
    label = str(partition)
    RECORDS.labels(stage, label).inc(records)
    BYTES.labels(stage, label).inc(size_bytes)
    OUTPUTS.labels(stage, label).inc(outputs)
    OUTPUT_BYTES.labels(stage, label).inc(output_bytes)
    BATCH_RECORDS.labels(stage).observe(records)
    COMMIT_SECONDS.labels(stage).observe(seconds)


def asked(stage: str, seconds: float) -> None:
    """Count an answered ask."""
    ASK_SECONDS.labels(stage).observe(seconds)


def decided(times_us: Iterable[tuple[int, int]]) -> None:
    """Count segments that are decided now, by when each was (captured, ingested)."""
    now_us = time.time_ns() // 1000
    captured, ingested = DECISION_SECONDS.labels("captured"), DECISION_SECONDS.labels("ingested")
    for captured_us, ingested_us in times_us:
        captured.observe((now_us - captured_us) / 1e6)
        ingested.observe((now_us - ingested_us) / 1e6)


def retried(stage: str, what: str, error: BaseException, pause_s: float) -> None:
    """Count and tell a failed attempt that will be repeated."""
    RETRIES.labels(stage).inc()
    sentence = "{what}: {error}; again in {pause_s:.1f} s at most"
    emit(WARNING, "retried", sentence, stage=stage, what=what, error=repr(error), pause_s=pause_s)


def dead_lettered(stage: str, item: Any, headers: Headers, error: Exception) -> None:
    """Count and tell a record that goes to dead.letters; nothing is lost, its bytes are kept."""
    DEAD_LETTERS.labels(stage, error_label(error)).inc()
    emit(
        WARNING, "dead_lettered", "{stage}: {record} goes to dead.letters: {error}: {reason}",
        stage=stage, record=repr(item), error=type(error).__name__, reason=str(error), trace_id=trace_id(headers),
    )  # fmt: skip


def lost(stage: str, topic: str, partition: int, first: int, behind_last: int) -> None:
    """Count and tell offsets that are gone."""
    LOST.labels(stage, str(partition)).inc(behind_last - first)
    emit(
        ERROR, "lost",
        "{stage}: {topic}/{partition}: offsets {first} to {last} are gone: retention was shorter than the lag; "
        "raise it or add workers",
        stage=stage, topic=topic, partition=partition, first=first, last=behind_last - 1,
    )  # fmt: skip


def recovering(stage: str, partition: int, left: int) -> None:
    """Tell how many changelog offsets a recovery still has to read."""
    RECOVERY_LEFT.labels(stage, str(partition)).set(left)


def recovered(stage: str, partition: int, changelog: str, rows: int, seconds: float, position: int) -> None:
    """Count and tell a finished recovery."""
    label = str(partition)
    RECOVERED_ROWS.labels(stage, label).inc(rows)
    RECOVERY_SECONDS.labels(stage, label).set(seconds)
    RECOVERY_LEFT.labels(stage, label).set(0)
    emit(
        INFO, "recovered",
        "{changelog}/{partition}: recovered {rows} rows in {seconds:.1f} s; source position {position}",
        stage=stage, partition=partition, changelog=changelog, rows=rows, seconds=seconds, position=position,
    )  # fmt: skip


def rebuilding(partition: str, reason: str) -> None:
    """Tell that a local copy is made again from the changelog, which has everything."""
    emit(WARNING, "rebuilding", "{partition}: rebuilding the local copy: {reason}", partition=partition, reason=reason)


def fenced(stage: str, partition: str) -> None:
    """Tell that a newer owner has a partition; what was not committed here is done there."""
    sentence = "{stage} {partition}: fenced, a newer owner has this partition"
    emit(WARNING, "fenced", sentence, stage=stage, partition=partition)


def assigned(stage: str, generation: int, partitions: Iterable[int], reopened: Iterable[int]) -> None:
    """Tell the end of a rebalance."""
    emit(
        INFO, "assigned", "{stage}: generation {generation}: partitions {partitions}, reopened {reopened}",
        stage=stage, generation=generation, partitions=sorted(partitions), reopened=sorted(reopened),
    )  # fmt: skip


def state_size(stage: str, partition: int, size_bytes: int, rows: int) -> None:
    """Set how large the local copy of a partition's state is."""
    STATE_BYTES.labels(stage, str(partition)).set(size_bytes)
    STATE_ROWS.labels(stage, str(partition)).set(rows)


def partition_gone(stage: str, partition: int) -> None:
    """Take back what a partition looked like: another process tells of it now."""
    for shown in (STATE, LAG, LAG_SECONDS, HELD_RECORDS, HELD_BYTES, STATE_BYTES, STATE_ROWS):
        with suppress(KeyError):  # never measured
            shown.remove(stage, str(partition))


def gauge(
    stage: str, partition: int, *, state: int, lag: int, lag_s: float, held_records: int, held_bytes: int, asks: int
) -> None:  # fmt: skip
    """Set what a partition looks like now; asks are those of the whole stage."""
    label = str(partition)
    STATE.labels(stage, label).set(state)
    LAG.labels(stage, label).set(lag)
    LAG_SECONDS.labels(stage, label).set(lag_s)
    HELD_RECORDS.labels(stage, label).set(held_records)
    HELD_BYTES.labels(stage, label).set(held_bytes)
    ASKS.labels(stage).set(asks)
