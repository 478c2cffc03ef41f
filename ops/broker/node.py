"""One Kafka node in one folder: format it, start it, ask until it answers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.errors import OperatorError
from ops.broker.jars import KafkaHome
from ops.broker.jvm import broker_command, format_command
from ops.broker.properties import CLUSTER_ID, NodePlan, server_properties
from ops.broker.ready import answers
from ops.stack.ports import HOST
from ops.stack.server import READY_TIMEOUT_S, Lifetime, Server

FORMAT_TIMEOUT_S = 60.0

Command = Callable[[KafkaHome, Path], list[str]]  # of the jars and of server.properties


class Node(Server):
    """Hold one node's folder: server.properties, data/, and what every server has."""

    def __init__(self, folder: Path) -> None:
        super().__init__("broker", folder)
        self.properties = self.folder / "server.properties"
        self.data = self.folder / "data"

    def start(self, kafka: KafkaHome, plan: NodePlan, lifetime: Lifetime, command: Command = broker_command) -> None:
        """Format the data folder if it is new, and start the JVM; return before it answers.

        Raises OperatorError when a port is taken or the data belongs to another cluster or node.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(server_properties(plan))
        if not self._is_formatted(plan.node_id):
            self._format(kafka, plan.security.users if plan.security else {})
        ports = (plan.port, plan.controller_ports[plan.node_id])
        self.spawn(command(kafka, self.properties), ports, lifetime)

    def _is_formatted(self, node_id: int) -> bool:
        meta = self.data / "meta.properties"
        if not meta.exists():
            return False
        found = dict(line.split("=", 1) for line in meta.read_text().splitlines() if "=" in line)
        wanted = {"version": "1", "cluster.id": CLUSTER_ID, "node.id": str(node_id)}
        wrong = [f"{name} is {found.get(name)}, not {want}" for name, want in wanted.items() if want != found.get(name)]
        if wrong:
            why = f"made by another cluster: {'; '.join(wrong)}"
            raise OperatorError(f"broker data in {self.data}", why, "move that folder away, or name another one")
        return True

    def _format(self, kafka: KafkaHome, users: Mapping[str, str]) -> None:
        command = format_command(kafka, self.properties, CLUSTER_ID, users)
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            text = error.stderr or error.stdout or b""
            lines = (text if isinstance(text, str) else text.decode(errors="replace")).strip().splitlines()
            why = lines[-1] if lines else str(error)
            what, remedy = f"broker data in {self.data}", "put the reason right, or name another folder"
            raise OperatorError(what, f"it could not be formatted: {why}", remedy) from None

    def wait_until_ready(self, port: int, brokers: int = 1, **access: Any) -> None:
        """Return when the node answers on `port` and knows `brokers` brokers; OperatorError when it ends or is late."""
        self.wait_until(lambda: answers(f"{HOST}:{port}", brokers, **access), READY_TIMEOUT_S)
