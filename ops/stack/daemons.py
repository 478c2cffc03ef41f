"""All servers of the full stack on one machine, each under one folder, running until they are stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from app.errors import OperatorError
from ops.broker import daemon
from ops.broker.node import Node
from ops.stack import apicurio, cassandra, prometheus, s3
from ops.stack.apicurio import Apicurio
from ops.stack.cassandra import Cassandra
from ops.stack.fetched import Say
from ops.stack.ports import HOST
from ops.stack.prometheus import Prometheus
from ops.stack.s3 import S3Server
from ops.stack.server import Lifetime, Server

LOCK_WAIT_S = 600.0
CQL_PORT, REGISTRY_PORT, S3_PORT, PROMETHEUS_PORT = 9042, 8081, 7070, 9090
NAME = "roadsieve"
"""Of the bucket and of the keyspace."""


@dataclass(frozen=True, slots=True)
class Part:
    """One server: its process, how to start it for good, and the settings by which roadsieve uses it."""

    title: str
    server: Server
    start: Callable[[Say], None]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartStatus:
    """Say whether a server runs, else, after a start, why not."""

    title: str
    pid: int | None
    resident_bytes: int
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def parts(home: Path, kafka_port: int) -> list[Part]:
    """Return the servers of a home; which of them the machine can run is found when they are started."""
    folder = home.absolute() / "stack"
    gateway = s3.gateway_path()
    objects = S3Server(folder / "s3", S3_PORT, gateway if gateway.exists() else None)
    catalog, registry = Cassandra(folder / "cassandra", CQL_PORT), Apicurio(folder / "registry", REGISTRY_PORT)

    metrics = Prometheus(folder / "prometheus", PROMETHEUS_PORT)

    def start_kafka(say: Say) -> None:
        daemon.start(home / "broker", kafka_port, say=say)

    def start_objects(say: Say) -> None:
        S3Server(folder / "s3", S3_PORT, s3.prepare(say)).start(Lifetime.DETACHED)

    return [
        Part("Kafka", Node(home / "broker"), start_kafka, {"ROADSIEVE_KAFKA": f"{HOST}:{kafka_port}"}),
        Part("S3", objects, start_objects, objects.environment(NAME)),
        Part(
            "Cassandra",
            catalog,
            lambda say: catalog.start(cassandra.resolve(say=say), Lifetime.DETACHED),
            catalog.environment(NAME),
        ),
        Part(
            "Apicurio",
            registry,
            lambda say: registry.start(apicurio.resolve(say=say), Lifetime.DETACHED),
            registry.environment(),
        ),
        Part(
            "Prometheus",
            metrics,
            lambda say: metrics.start(prometheus.prepare(say), lifetime=Lifetime.DETACHED),
            {"ROADSIEVE_WEB_PORT": "6066"},  # where ops/prometheus.yml looks for a worker
        ),
    ]


def start(these: Sequence[Part], folder: Path, say: Say) -> list[PartStatus]:
    """Start what does not run, one after another, and return how each stands; one that cannot start is said and left.

    Raises OperatorError when another process has been starting or stopping them for too long.
    """
    with _only_one(folder):
        return [_started(part, say) for part in these]


def stop(these: Sequence[Part], folder: Path) -> list[str]:
    """Stop in order what runs, the last started first; return the titles. Their data stays."""
    with _only_one(folder):
        return [part.title for part in reversed(these) if part.server.stop()]


def status(part: Part, reason: str = "") -> PartStatus:
    """Look at a server without changing anything."""
    process = part.server.process()
    if process is None:
        return PartStatus(part.title, None, 0, part.server.folder, reason=reason)
    rss_bytes = process.memory_info().rss
    return PartStatus(part.title, process.pid, rss_bytes, part.server.folder, part.environment)


def _started(part: Part, say: Say) -> PartStatus:
    if part.server.process() is None:
        say(f"Starting {part.title} …")
        try:
            part.start(say)
        except OperatorError as error:
            return status(part, str(error))
    return status(part)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "stack.lock", timeout=LOCK_WAIT_S):
            yield
    except Timeout:
        why = f"another process has been starting or stopping them for {LOCK_WAIT_S:.0f} s"
        raise OperatorError(f"the servers of {folder}", why, "end that process and try again") from None
