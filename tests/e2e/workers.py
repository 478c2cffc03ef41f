"""Workers as processes of their own: started, killed, frozen, wiped and started again; each with a disk of its own."""

from __future__ import annotations

import collections
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from ops.stack.ports import HOST, free_ports

EXPECTED_EXITS = {0, -signal.SIGKILL, 70}
OwnVariables = Callable[[tuple[str, ...]], Mapping[str, str]]


def nothing_of_its_own(_stages: tuple[str, ...]) -> Mapping[str, str]:
    """Return the variables of a worker that is like all others."""
    return {}


class Workers:
    """A supervisor: starts a worker again when it has ended, as an init system would, and counts why it ended."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], layouts: Sequence[Sequence[str]],
        own: OwnVariables = nothing_of_its_own,
    ) -> None:  # fmt: skip
        """Take the shared environment and, per worker, the stages that it runs (none: all) and its own variables."""
        self.folder, self.environment, self.own = folder, dict(environment), own
        self.layouts = {number: tuple(stages) for number, stages in enumerate(layouts)}
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.pages: dict[int, str] = {}
        self.exits: collections.Counter[int] = collections.Counter()
        folder.mkdir(parents=True, exist_ok=True)

    def home(self, number: int) -> Path:
        """Return the folder with the worker's local state."""
        return self.folder / f"worker-{number}"

    def log(self, number: int) -> Path:
        """Return what the worker wrote."""
        return self.folder / f"worker-{number}.log"

    def start(self, number: int) -> None:
        """Start a worker."""
        home = self.home(number)
        home.mkdir(parents=True, exist_ok=True)
        shown = {"ROADSIEVE_WEB_PORT": str(free_ports(1)[0]), **self.environment, **self.own(self.layouts[number])}
        self.pages[number] = f"http://{HOST}:{shown['ROADSIEVE_WEB_PORT']}/progress/"
        environment = {**os.environ, **shown, "ROADSIEVE_HOME": str(home)}
        with self.log(number).open("ab") as out:
            self.processes[number] = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "worker", *self.layouts[number]],
                stdout=out, stderr=out, env=environment, start_new_session=True,
            )  # fmt: skip

    def start_all(self) -> None:
        """Start every worker."""
        for number in self.layouts:
            self.start(number)

    def add(self, stages: Sequence[str] = ()) -> int:
        """Let one more worker join; return its number."""
        number = max(self.layouts, default=-1) + 1
        self.layouts[number] = tuple(stages)
        self.start(number)
        return number

    def remove(self, number: int) -> None:
        """Let a worker leave in order, for good."""
        self._end(number)
        del self.layouts[number]

    def reap(self) -> None:
        """Start again whatever ended; raise when a worker ended as none should."""
        for number, process in list(self.processes.items()):
            if (code := process.poll()) is not None:
                self.exits[code] += 1
                if code not in EXPECTED_EXITS:
                    raise AssertionError(f"worker {number} ended with {code}:\n{self.tail(number)}")
                self.start(number)

    async def progress(self) -> list[dict[str, Any]]:
        """Return what the workers that answer say of each partition that they have."""
        found: list[dict[str, Any]] = []
        async with httpx.AsyncClient(timeout=5) as client:
            for number in self.processes:
                with contextlib.suppress(httpx.HTTPError):
                    found += (await client.get(self.pages[number])).json()
        return found

    @property
    def metrics(self) -> list[str]:
        """Return the pages with the metrics of the workers that were started."""
        return [self.pages[number].replace("/progress/", "/metrics/") for number in self.processes]

    def signal(self, number: int, what: signal.Signals) -> None:
        """Send a signal to a worker that runs."""
        if self.processes[number].poll() is None:
            self.processes[number].send_signal(what)

    def kill(self, number: int) -> None:
        """Kill -9, and wait until it is gone."""
        self.signal(number, signal.SIGKILL)
        self.processes[number].wait(30)

    def wipe(self, number: int) -> None:
        """Remove a worker's disk; the worker must be dead."""
        shutil.rmtree(self.home(number), ignore_errors=True)

    def tail(self, number: int) -> str:
        """Return the last lines of a worker's log."""
        return "\n".join(self.log(number).read_text(errors="replace").splitlines()[-25:])

    def stop(self) -> None:
        """End every worker in order; kill what does not end in time."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for number in list(self.processes):
            self._end(number)

    def _end(self, number: int) -> None:
        process = self.processes.pop(number)
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise AssertionError(f"worker {number} did not drain in time:\n{self.tail(number)}") from None
        self.exits[process.returncode] += 1


async def samples(pages: Sequence[str], name: str) -> list[tuple[dict[str, str], float]]:
    """Return labels and value of each sample of a metric on the pages that answer."""
    found: list[tuple[dict[str, str], float]] = []
    async with httpx.AsyncClient(timeout=5) as client:
        for page in pages:
            with contextlib.suppress(httpx.HTTPError):
                for family in text_string_to_metric_families((await client.get(page)).text):
                    found += [(one.labels, one.value) for one in family.samples if one.name == name]
    return found
