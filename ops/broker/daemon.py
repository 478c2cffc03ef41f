"""The local broker of `roadsieve broker start|stop|status` and of the demo: one per folder, found by its pid file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from app.errors import OperatorError
from ops.broker.node import Node
from ops.broker.properties import NodePlan
from ops.broker.ready import answers
from ops.broker.warmup import prepare
from ops.stack.fetched import Say, say_on_stderr
from ops.stack.ports import HOST, free_ports
from ops.stack.server import Lifetime

NODE_ID = 1
LOCK_WAIT_S = 120.0


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """Say whether the broker of a folder runs, and what one would look at next."""

    running: bool
    answering: bool
    bootstrap: str
    pid: int | None
    resident_bytes: int
    uptime_s: float
    folder: Path
    log: Path


def local_port(bootstrap: str) -> int:
    """Return the port of a bootstrap setting that names this machine; OperatorError when it names another."""
    host, _, port = bootstrap.rpartition(":")
    if host not in {HOST, "localhost"} or not port.isdigit():
        why = f"it is to be {bootstrap}, which is not one address of this machine"
        remedy = f"set ROADSIEVE_KAFKA={HOST}:9092, or use the broker that runs there"
        raise OperatorError("the local broker", why, remedy)
    return int(port)


def status(folder: Path) -> BrokerStatus:
    """Look at the broker of `folder` without changing anything."""
    node = Node(folder)
    process = node.process()
    bootstrap = _bootstrap_of(node)
    if process is None:
        return BrokerStatus(False, False, bootstrap, None, 0, 0.0, node.folder, node.log)
    rss_bytes, uptime_s = process.memory_info().rss, time.time() - process.create_time()
    return BrokerStatus(True, answers(bootstrap), bootstrap, process.pid, rss_bytes, uptime_s, node.folder, node.log)


def start(folder: Path, port: int, lifetime: Lifetime = Lifetime.DETACHED, say: Say = say_on_stderr) -> BrokerStatus:
    """Start the broker of `folder` on `port` unless it runs already, and return when it answers.

    Raises OperatorError when the port is taken, the folder belongs to another cluster, the broker runs on another
    port, or it does not answer in time (then it is stopped again).
    """
    with _only_one(folder):
        _start(Node(folder), port, lifetime, say)
    return status(folder)


def stop(folder: Path) -> bool:
    """Stop the broker of `folder` in order; return False when none ran."""
    with _only_one(folder):
        return Node(folder).stop()


@contextmanager
def borrowed(folder: Path, port: int, say: Say = say_on_stderr) -> Iterator[str]:
    """Yield the bootstrap address of the broker of `folder`: one that runs is used and left running, else one is
    started that ends with the block, and with this process however it dies.
    """
    with _only_one(folder):
        node = Node(folder)
        started = node.process() is None
        _start(node, port, Lifetime.TETHERED, say)
    try:
        yield f"{HOST}:{port}"
    finally:
        if started:
            node.stop()


def _start(node: Node, port: int, lifetime: Lifetime, say: Say) -> None:
    bootstrap = f"{HOST}:{port}"
    if node.process() is None:
        plan = NodePlan(NODE_ID, port, node.data, {NODE_ID: free_ports(1)[0]})
        node.start(prepare(say=say), plan, lifetime)
    elif _bootstrap_of(node) != bootstrap:
        why = f"the one of {node.folder} runs on {_bootstrap_of(node)}"
        remedy = "stop it with `roadsieve broker stop`, or set ROADSIEVE_KAFKA to that"
        raise OperatorError(f"the broker on {bootstrap}", why, remedy)
    try:
        node.wait_until_ready(port)
    except BaseException:
        if not node.is_down():  # ours: it was started just now
            node.stop()
        raise


def _bootstrap_of(node: Node) -> str:
    prefix = "advertised.listeners=PLAINTEXT://"
    lines = node.properties.read_text().splitlines() if node.properties.exists() else []
    return next((line.removeprefix(prefix) for line in lines if line.startswith(prefix)), "")


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "start.lock", timeout=LOCK_WAIT_S):
            yield
    except Timeout:
        why = f"another process has been starting or stopping it for {LOCK_WAIT_S:.0f} s"
        raise OperatorError(f"the broker of {folder}", why, "end that process and try again") from None
