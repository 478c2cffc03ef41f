"""Metrics of Kafka as an outsider sees it: topics, replicas, the stages' positions. `roadsieve watch` sets them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from logging import INFO, WARNING

from app.telemetry.declare import gauge
from app.telemetry.lines import emit

LOOK_OK = gauge("roadsieve_look_ok", "1 when the last look at the cluster, or the archives, succeeded, else 0.", "look")
LOOK_AT = gauge("roadsieve_look_at_seconds", "Time of the last look that succeeded, since 1970.", "look")
BROKERS = gauge("roadsieve_brokers", "Brokers that the cluster knows to be alive.")
PARTITIONS = gauge("roadsieve_topic_partitions", "Partitions of a topic.", "topic")
OFFLINE = gauge("roadsieve_topic_offline_partitions", "Partitions without a leader.", "topic")
UNDER_REPLICATED = gauge(
    "roadsieve_topic_under_replicated_partitions", "Partitions of which a replica is not in sync.", "topic"
)
END = gauge("roadsieve_topic_end_offset", "Offsets written: records and transaction markers.", "topic", "partition")
RETAINED = gauge("roadsieve_topic_retained_offsets", "Offsets that retention has left.", "topic", "partition")
GROUP_LAG = gauge("roadsieve_group_lag_offsets", "Offsets that a stage has not reported as done.", "stage", "partition")
DONE = gauge("roadsieve_group_done_offset", "Next offset that a stage has not reported as done.", "stage", "partition")

_OF_CLUSTER = (BROKERS, PARTITIONS, OFFLINE, UNDER_REPLICATED, END, RETAINED, GROUP_LAG, DONE)


def watching(bind: str, port: int) -> None:
    """Tell where the page is."""
    emit(INFO, "watching", "metrics of Kafka and the archives at http://{bind}:{port}/metrics", bind=bind, port=port)


def looked(look: str) -> None:
    """Note a look that succeeded: `cluster` or `archives`."""
    LOOK_OK.labels(look).set(1)
    LOOK_AT.labels(look).set(time.time())


def look_failed(look: str, why: str) -> None:
    """Note and tell a look that failed; what was seen before stays, its age tells."""
    LOOK_OK.labels(look).set(0)
    emit(WARNING, "look_failed", "look at {look}: {reason}", look=look, reason=why)


def cluster_looks(brokers: int) -> None:
    """Begin to tell anew of a cluster with this many brokers."""
    for one in _OF_CLUSTER:
        one.clear()
    BROKERS.set(brokers)


def topic_looks(
    topic: str, *, offline: int, under_replicated: int, begin: Mapping[int, int], end: Mapping[int, int]
) -> None:  # fmt: skip
    """Tell of one topic; begin and end are offsets by partition."""
    PARTITIONS.labels(topic).set(len(end))
    OFFLINE.labels(topic).set(offline)
    UNDER_REPLICATED.labels(topic).set(under_replicated)
    for partition, offset in end.items():
        END.labels(topic, str(partition)).set(offset)
        RETAINED.labels(topic, str(partition)).set(offset - begin[partition])


def stage_looks(stage: str, done: Mapping[int, int], end: Mapping[int, int]) -> None:
    """Tell how far a stage is: by partition the next offset it will process, and the end of the committed records."""
    for partition, ends_at in end.items():
        done_to = done.get(partition, 0)
        DONE.labels(stage, str(partition)).set(done_to)
        GROUP_LAG.labels(stage, str(partition)).set(max(0, ends_at - done_to))
