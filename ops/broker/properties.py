"""The text of server.properties for one KRaft node: pure, small in memory, and ready for records of 10 MiB."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.broker.security import NodeSecurity, open_listeners, secured_listeners
from ops.stack.ports import HOST

CLUSTER_ID = urlsafe_b64encode(b"roadsieve-broker").decode().rstrip("=")
MAX_MESSAGE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class NodePlan:
    """Say what one node is: its id, its two ports, its data folder, and every node's controller port.

    `controller_ports` maps node id -> controller port for all nodes of the cluster, this one included.
    `overrides` are broker settings that replace or join ours. Without `security` everybody on this machine is let in.
    """

    node_id: int
    port: int
    data_dir: Path
    controller_ports: Mapping[int, int]
    overrides: Mapping[str, str] = field(default_factory=dict)
    security: NodeSecurity | None = None


def server_properties(plan: NodePlan) -> str:
    """Return the file's text, one setting a line, replicated three times where there are three nodes or more."""
    nodes = len(plan.controller_ports)
    replicas = min(nodes, 3)
    controller_port = plan.controller_ports[plan.node_id]
    listeners = (
        open_listeners(plan.port, controller_port, HOST)
        if plan.security is None
        else secured_listeners(plan.security, plan.port, controller_port, HOST)
    )
    settings = {
        "process.roles": "broker,controller",
        "node.id": plan.node_id,
        **listeners,
        # A static quorum, so that a node may come back with another controller port on the same data.
        "controller.quorum.voters": ",".join(f"{n}@{HOST}:{p}" for n, p in sorted(plan.controller_ports.items())),
        "log.dirs": plan.data_dir,
        "auto.create.topics.enable": "false",
        "default.replication.factor": replicas,
        "min.insync.replicas": max(1, replicas - 1),
        "offsets.topic.replication.factor": replicas,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": max(1, replicas - 1),
        "transaction.state.log.num.partitions": 4,
        # A crashed client's transaction holds readers back until it is aborted: look every second, not every ten.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # After kill -9 the dead broker's session must run out before it may come back.
        "broker.session.timeout.ms": 3000 if nodes == 1 else 6000,
        "broker.heartbeat.interval.ms": 1000,
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
        "replica.fetch.response.max.bytes": MAX_MESSAGE_BYTES,
        # Requests wait on the heap: without a bound a few dozen producers of megabyte batches fill it.
        "socket.request.max.bytes": 2 * MAX_MESSAGE_BYTES,
        "queued.max.request.bytes": 4 * MAX_MESSAGE_BYTES,
        # Small footprint: the cleaner's buffer alone takes 128 MB of heap by default.
        "log.cleaner.dedupe.buffer.size": 4 << 20,
        "log.cleaner.io.buffer.size": 256 << 10,
        "log.index.size.max.bytes": 1 << 20,
        "log.segment.bytes": 64 << 20,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 1,
        **plan.overrides,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
