"""One or several Kafka nodes with one bootstrap address: for tests, crash tests and measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops.broker.jars import KafkaHome
from ops.broker.jvm import broker_command
from ops.broker.node import Command, Node
from ops.broker.properties import NodePlan
from ops.broker.security import NodeSecurity
from ops.broker.warmup import prepare
from ops.stack.fetched import Say, say_on_stderr
from ops.stack.ports import HOST, free_ports
from ops.stack.server import Lifetime


class Cluster:
    """Run nodes 1..n under one folder; every method blocks, is bounded in time, and may be called from any thread.

    In a coroutine use `await asyncio.to_thread(cluster.kill, 1)`.
    """

    def __init__(
        self, kafka: KafkaHome, plans: Mapping[int, NodePlan], folder: Path, lifetime: Lifetime, command: Command
    ) -> None:
        self._kafka, self._plans, self._lifetime, self._command = kafka, plans, lifetime, command
        self.nodes = {n: Node(folder / f"node{n}") for n in plans}
        self.bootstrap = ",".join(f"{HOST}:{plan.port}" for plan in plans.values())

    @classmethod
    def start(
        cls,
        folder: Path,
        nodes: int = 1,
        ports: Sequence[int] | None = None,
        overrides: Mapping[str, str] | None = None,
        lifetime: Lifetime = Lifetime.TETHERED,
        command: Command = broker_command,
        say: Say = say_on_stderr,
        security: NodeSecurity | None = None,
    ) -> Cluster:
        """Start `nodes` nodes on `ports` (free ones by default) and return when all of them answer.

        `overrides` are broker settings; `command` is one of ops/broker/jvm.py; `security` is that of every node.
        Raises OperatorError when a node ends or does not answer in time.
        """
        kafka = prepare(say=say)
        client_ports = list(ports or free_ports(nodes))
        controller_ports = dict(zip(range(1, nodes + 1), free_ports(nodes), strict=True))
        plans = {
            n: NodePlan(
                n, port, folder.absolute() / f"node{n}" / "data", controller_ports, dict(overrides or {}), security
            )
            for n, port in enumerate(client_ports, start=1)
        }
        cluster = cls(kafka, plans, folder, lifetime, command)
        try:
            with ThreadPoolExecutor(max_workers=nodes) as together:
                list(together.map(cluster._spawn, plans))
            cluster.wait_until_ready()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def _spawn(self, n: int) -> None:
        self.nodes[n].start(self._kafka, self._plans[n], self._lifetime, self._command)

    def start_node(self, n: int) -> None:
        """Start node `n` again on its data and ports, and return when it answers."""
        self._spawn(n)
        self.wait_until_ready()

    def kill(self, n: int = 1) -> None:
        """Kill node `n` with SIGKILL and wait until it is gone."""
        self.nodes[n].kill()

    def stop_node(self, n: int) -> None:
        """Stop node `n` in order."""
        self.nodes[n].stop()

    def stop(self) -> None:
        """Stop every node; together, for a node alone waits for its peers until the deadline."""
        with ThreadPoolExecutor(max_workers=len(self.nodes)) as together:
            list(together.map(Node.stop, self.nodes.values()))

    def wait_until_ready(self) -> None:
        """Return when each running node answers and knows of all running nodes."""
        running = [n for n, node in self.nodes.items() if not node.is_down()]
        for n in running:
            plan = self._plans[n]
            access = plan.security.access() if plan.security else {}
            self.nodes[n].wait_until_ready(plan.port, brokers=len(running), **access)
