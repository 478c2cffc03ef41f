"""One Kafka node in one folder: format it, start it, find it again, stop it, kill it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import psutil

from app.errors import OperatorError
from ops.broker import tether
from ops.broker.jars import KafkaHome
from ops.broker.jvm import broker_command, format_command
from ops.broker.ports import is_free
from ops.broker.properties import CLUSTER_ID, HOST, NodePlan, server_properties
from ops.broker.ready import answers

FORMAT_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
READY_TIMEOUT_S = 90.0
_LOG_LINES_SHOWN = 5

Command = Callable[[KafkaHome, Path], list[str]]  # of the jars and of server.properties


class Lifetime(Enum):
    """Say how long a node lives."""

    TETHERED = "ends with the process that started it, even after kill -9"
    DETACHED = "runs until it is stopped"


class Node:
    """Hold one node's folder: server.properties, kafka.log (kafka.log.1: the run before), kafka.pid, data/."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.properties = self.folder / "server.properties"
        self.log = self.folder / "kafka.log"
        self.pid_file = self.folder / "kafka.pid"
        self.data = self.folder / "data"
        self._tether: subprocess.Popen[bytes] | None = None

    def start(self, kafka: KafkaHome, plan: NodePlan, lifetime: Lifetime, command: Command = broker_command) -> None:
        """Format the data folder if it is new, and start the JVM; return before it answers.

        Raises OperatorError when a port is taken or the data belongs to another cluster or node.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for port in (plan.port, plan.controller_ports[plan.node_id]):
            if not is_free(port):
                remedy = "stop the program that holds it or choose another port"
                raise OperatorError(f"port {port} of the broker", "another program listens there", remedy)
        self.properties.write_text(server_properties(plan))
        if not self._is_formatted(plan.node_id):
            self._format(kafka)
        if self.log.exists():
            self.log.replace(self.log.with_name("kafka.log.1"))
        self._spawn(command(kafka, self.properties), lifetime)

    def _spawn(self, command: list[str], lifetime: Lifetime) -> None:
        self.pid_file.unlink(missing_ok=True)
        tethered = lifetime is Lifetime.TETHERED
        if tethered:
            command = [sys.executable, "-I", tether.__file__, str(self.pid_file), *command]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if tethered else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C in the terminal is for us to handle, in our order
            )
        self._tether = process
        if not tethered:
            self.pid_file.write_text(str(process.pid))

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

    def _format(self, kafka: KafkaHome) -> None:
        command = format_command(kafka, self.properties, CLUSTER_ID)
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            text = error.stderr or error.stdout or b""
            lines = (text if isinstance(text, str) else text.decode(errors="replace")).strip().splitlines()
            why = lines[-1] if lines else str(error)
            what, remedy = f"broker data in {self.data}", "put the reason right, or name another folder"
            raise OperatorError(what, f"it could not be formatted: {why}", remedy) from None

    def process(self) -> psutil.Process | None:
        """Return the JVM that runs on this folder, or None (a pid that now means another program is none)."""
        try:
            process = psutil.Process(int(self.pid_file.read_text()))
            if process.status() != psutil.STATUS_ZOMBIE and str(self.properties) in process.cmdline():
                return process
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return None

    def wait_until_ready(self, port: int, brokers: int = 1, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return when the node answers on `port` and knows `brokers` brokers; OperatorError when it ends or is late."""
        deadline = time.monotonic() + timeout_s
        while not answers(f"{HOST}:{port}", brokers):
            if self.has_ended():
                raise OperatorError(f"the broker in {self.folder}", f"it ended: {self.last_words()}", f"see {self.log}")
            if time.monotonic() > deadline:
                why = f"it did not answer on port {port} within {timeout_s:.0f} s"
                raise OperatorError(f"the broker in {self.folder}", why, f"see {self.log}")
            time.sleep(0.1)

    def is_down(self) -> bool:
        """Tell whether the node was never started, or stopped or killed by us."""
        return self._tether is None

    def has_ended(self) -> bool:
        """Tell whether the node we started ended of itself."""
        return self._tether is not None and self._tether.poll() is not None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """End the node in order, by force after `timeout_s`; return False when none ran."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
                try:
                    process.wait(timeout_s)
                except psutil.TimeoutExpired:
                    process.kill()
                    process.wait(timeout_s)
        self._let_go()
        return process is not None

    def kill(self) -> None:
        """End the node as a power cut would (kill -9) and wait until it is gone."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(STOP_TIMEOUT_S)
        self._let_go()

    def _let_go(self) -> None:
        if self._tether is not None:
            if self._tether.stdin is not None:
                self._tether.stdin.close()  # for a node that had not written its pid yet: its tether ends it
            self._tether.wait(STOP_TIMEOUT_S)
            self._tether = None
        self.pid_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Return the last lines of the log that name an error, or the last lines, as one line."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        told = [line for line in lines if " ERROR " in line or "Exception" in line or "rror:" in line] or lines
        return " | ".join(line.strip() for line in told[-_LOG_LINES_SHOWN:]) or "nothing in its log"
