"""Worker processes for tests: started, killed, frozen, wiped and read, each with a folder and a log of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Seconds until a test gives up: nothing takes a tenth of it, but for the cores that others use.
PATIENCE_S = 100.0


class Worker:
    """One worker process under a name; it may be started again on the same folder."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self.command, self.folder, self.env = command, folder, env
        self.log_path = folder.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> Worker:
        """Start the process; keywords are further variables of its environment, now and at every later start."""
        self.env = {**self.env, **env}
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "ROADSIEVE_HOME": str(self.folder), **self.env}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=variables, cwd=ROOT, start_new_session=True
            )
        return self

    @property
    def log(self) -> str:
        """Return everything it has written."""
        return self.log_path.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Tell whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    def send(self, sig: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process is not None and self.running:
            self.process.send_signal(sig)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        self.send(signal.SIGKILL)
        self.wait()

    def freeze(self) -> None:
        """Stop it without its knowledge."""
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had happened."""
        self.send(signal.SIGCONT)

    def terminate(self, within_s: float = PATIENCE_S) -> int:
        """Ask it to drain; return its exit code."""
        self.send(signal.SIGTERM)
        return self.wait(within_s)

    def wait(self, within_s: float = PATIENCE_S) -> int:
        """Wait for its end; return its exit code."""
        assert self.process is not None
        return self.process.wait(within_s)

    def wipe(self) -> None:
        """Delete its folder: state, as on a fresh machine."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def says(self, text: str, times: int = 1) -> None:
        """Wait until its log holds a text so often."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self.log.count(text) < times:
            if time.monotonic() > deadline_s:
                missing = f"{self.log_path.name} does not say {text!r} {times} times in {PATIENCE_S:.0f} s"
                raise AssertionError(f"{missing}:\n{self.log[-6000:]}")
            time.sleep(0.05)


class Workers:
    """The workers of one test; all are gone when it ends."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap, self.folder = bootstrap, folder
        self.all: dict[str, Worker] = {}

    def start(self, name: str, script: str = "tests/engine/sum_stage.py", **env: str) -> Worker:
        """Start a worker of a name, again on its folder if it was there before."""
        if name not in self.all:
            base = {"ROADSIEVE_KAFKA": self.bootstrap, "ROADSIEVE_SESSION_TIMEOUT_S": "6"}
            self.all[name] = Worker([sys.executable, str(ROOT / script)], self.folder / name, base)
        return self.all[name].start(**env)

    def restart_dead(self) -> int:
        """Start what has died again; return how many those were."""
        dead = [worker for worker in self.all.values() if not worker.running]
        for worker in dead:
            worker.start()
        return len(dead)

    def kill_all(self) -> None:
        """End everything at once."""
        for worker in self.all.values():
            worker.kill()
