"""Every metric and log event once; nobody else imports prometheus_client.

    declare.py    the registry, the labels and what bounds each, the page for Prometheus
    stages.py     the data plane: records, batches, commits, lag, state, recovery, dead letters
    networks.py   inference: batches, waiting, what hardware it runs on
    calls.py      calls to the object store, the catalog and the schema registry, whatever the adapter

WARNING means nothing was lost, ERROR means something was. Counters move once per batch, not per record.
"""

from app.telemetry.calls import store_call, store_moved, store_opened, store_retried
from app.telemetry.declare import exposition
from app.telemetry.networks import network_judged, network_opened
from app.telemetry.stages import (
    applied,
    asked,
    committed,
    dead_lettered,
    decided,
    gauge,
    lost,
    partition_gone,
    recovered,
    recovering,
    retried,
    stage_opened,
    state_size,
)

__all__ = [
    "applied",
    "asked",
    "committed",
    "dead_lettered",
    "decided",
    "exposition",
    "gauge",
    "lost",
    "network_judged",
    "network_opened",
    "partition_gone",
    "recovered",
    "recovering",
    "retried",
    "stage_opened",
    "state_size",
    "store_call",
    "store_moved",
    "store_opened",
    "store_retried",
]
