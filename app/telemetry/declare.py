"""The registry of all metrics, the labels they may carry with what bounds each, and the page that Prometheus reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app import errors

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable, read when prometheus_client is imported: where the processes of one port keep their values."""
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # memory, CPU, open files and start time of this process

LABELS: Mapping[str, str] = {
    "stage": "the stages of agents/",
    "partition": "partitions of our topics, fixed once topics exist",
    "error": "the classes of app/errors.py, `defect` for everything else",
    "network": "networks that are open: at most one per role",
    "provider": "kinds of hardware that networks may run on",
    "store": "objects, catalog, registry",
    "adapter": "the adapters of app/stores",
    "call": "the methods of the ports in app/stores, or of HTTP",
    "direction": "in, out",
    "since": "captured, ingested",
    "archive": "the setting watch_archives; what goes beyond it is counted and left out",
    "attribute": "the attributes of the archives' policies",
    "value": "the most frequent values of an attribute (archives.MOST_VALUES), the rest together as `other`",
    "of": "seen, kept, and the shadow archives of app/curation/shadows.py",
    "topic": "our topics and changelogs",
    "look": "cluster, archives",
    "outcome": "new, repeated, refused",
    "reason": "the reasons of app/lake/reading.py",
    "weight": "critical, warning",
    "kind": "the kinds of app/lake_api/kinds.py",
    "table": "the tables of app/lake/tables.py",
}
"""Every label with what bounds its values. Ids of cameras, clips, segments and frames are none: they grow for ever."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LONG_SECONDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400)
COUNTS = (1, 3, 10, 30, 100, 300, 1000, 3000)
PICTURES = (1, 2, 4, 8, 16, 32, 64)

DEFECT = "defect"
_PROCESS = ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds")
_EXPORTED: dict[str, Sequence[str]] = dict.fromkeys(_PROCESS, ())
_KNOWN_ERRORS = {name for name, thing in vars(errors).items() if isinstance(thing, type)}


def error_label(error: BaseException) -> str:
    """Return the class of an error if app/errors.py draws it, `defect` otherwise."""
    name = type(error).__name__
    return name if name in _KNOWN_ERRORS else DEFECT


def counter(name: str, sentence: str, *labels: str) -> Counter:
    """Declare a counter; Prometheus sees it as NAME_total."""
    return Counter(name, sentence, _declared([f"{name}_total"], labels), registry=REGISTRY)


def gauge(name: str, sentence: str, *labels: str) -> Gauge:
    """Declare a gauge."""
    return Gauge(name, sentence, _declared([name], labels), registry=REGISTRY, multiprocess_mode="max")


def histogram(name: str, sentence: str, buckets: Sequence[float], *labels: str) -> Histogram:
    """Declare a histogram with the upper bounds of its buckets."""
    _declared([f"{name}_bucket"], labels, ["le"])
    parts = [f"{name}_sum", f"{name}_count"]
    return Histogram(name, sentence, _declared(parts, labels), buckets=buckets, registry=REGISTRY)


def exported() -> Mapping[str, Sequence[str]]:
    """Return every series that the modules imported so far may show: its name, and its labels."""
    return _EXPORTED


def _declared(names: Sequence[str], labels: Sequence[str], more: Sequence[str] = ()) -> Sequence[str]:
    _EXPORTED.update(dict.fromkeys(names, (*labels, *more)))
    assert set(labels) <= LABELS.keys(), f"say in LABELS what bounds {set(labels) - LABELS.keys()}"
    return labels


def exposition() -> bytes:
    """Return all metrics in Prometheus text format: those of all processes that share a folder, else our own."""
    if SHARED_FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # as the library has it
    together.register(_EachProcess(Path(os.environ[SHARED_FOLDER])))
    return generate_latest(together)


class _EachProcess(Collector):
    """Memory, CPU, open files and start time of the processes that share a folder and live, by their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        found: dict[str, Metric] = {}
        for pid in sorted({file.stem.rpartition("_")[2] for file in self._folder.glob("*.db")}):
            for one in ProcessCollector(pid=partial(str, pid), registry=None).collect():
                metric = found.setdefault(one.name, Metric(one.name, one.documentation, one.type))
                for sample in one.samples:
                    metric.add_sample(sample.name, {"pid": pid}, sample.value)
        return found.values()
