"""Every metric and log event once; nobody else imports prometheus_client.

    declare.py    the registry, the labels and what bounds each, the page for Prometheus
    stages.py     the data plane: records, batches, commits, lag, state, recovery, dead letters
    networks.py   inference: batches, waiting, what hardware it runs on
    calls.py      calls to the object store, the catalog and the schema registry, whatever the adapter
    archives.py   what an archive looks like beside its shadows; set by `roadsieve watch`
    cluster.py    Kafka as seen from outside: topics, replicas, groups; set by `roadsieve watch`
    page.py       the page of a process without a web server of its own
    lake.py       the plate lake: results, refusals, rows and files of each table, sightings, questions
    lake_faults.py  rules of the plate lake that are broken
    lines.py      log lines: text for people, JSON for machines, one event a line
    trace.py      W3C trace context in the headers of records

WARNING means nothing was lost, ERROR means something was. Counters move once per batch, not per record.
"""

from app.telemetry.calls import store_call, store_moved, store_opened, store_retried
from app.telemetry.declare import SHARED_FOLDER, exposition
from app.telemetry.lake import files_committed, results_read, vehicles_left
from app.telemetry.networks import network_judged, network_opened
from app.telemetry.stages import (
    applied,
    asked,
    assigned,
    committed,
    dead_lettered,
    decided,
    fenced,
    gauge,
    lost,
    partition_gone,
    rebuilding,
    recovered,
    recovering,
    retried,
    stage_opened,
    state_size,
)

__all__ = [
    "SHARED_FOLDER",
    "applied",
    "asked",
    "assigned",
    "committed",
    "dead_lettered",
    "decided",
    "exposition",
    "fenced",
    "files_committed",
    "gauge",
    "lost",
    "network_judged",
    "network_opened",
    "partition_gone",
    "rebuilding",
    "recovered",
    "recovering",
    "results_read",
    "retried",
    "stage_opened",
    "state_size",
    "store_call",
    "store_moved",
    "store_opened",
    "store_retried",
    "vehicles_left",
]
