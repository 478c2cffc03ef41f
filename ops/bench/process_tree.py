"""CPU seconds and memory of a process and everything it started, restarts included."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

SAMPLE_S = 0.2
STOP_S = 25.0


class ProcessTree:
    """Run a command and add up what its processes use; what has ended keeps its last figure."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path) -> None:
        self.command, self.log, self.environment, self.folder = list(command), log, dict(environment), folder
        self.peak_rss_bytes = 0
        self._cpu_s: dict[tuple[int, float], float] = {}
        self._root: subprocess.Popen[bytes] | None = None
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def start(self) -> None:
        """Start the command; again after a kill."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._root = subprocess.Popen(
                self.command, stdout=out, stderr=out, cwd=self.folder, start_new_session=True,
                env={**os.environ, **self.environment},
            )  # fmt: skip
        if not self._sampler.is_alive():
            self._sampler.start()

    @property
    def ended(self) -> int | None:
        """Return the exit code of a process that has ended."""
        return None if self._root is None else self._root.poll()

    def check(self) -> None:
        """Raise RuntimeError with the end of its log when it has ended."""
        if self.ended is not None:
            tail = self.log.read_text(errors="replace")[-1500:]
            raise RuntimeError(f"{self.command[-1]} ended with {self.ended}: {tail}")

    def cpu_s(self) -> float:
        """Return user and system seconds so far."""
        with self._lock:
            rss_bytes = 0
            for process in self._processes():
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    self._cpu_s[process.pid, process.create_time()] = times.user + times.system
                    rss_bytes += process.memory_info().rss
            self.peak_rss_bytes = max(self.peak_rss_bytes, rss_bytes)
            return sum(self._cpu_s.values())

    def rss_bytes(self) -> int:
        """Return what is resident now."""
        total = 0
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def _processes(self) -> list[psutil.Process]:
        if self._root is None:
            return []
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._root.pid)
            return [root, *root.children(recursive=True)]
        return []

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self.cpu_s()

    def kill(self) -> None:
        """End everything with SIGKILL, at once."""
        self.cpu_s()
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self._root is not None:
            self._root.wait(STOP_S)

    def stop(self) -> None:
        """End in order, by force after a while."""
        self._ended.set()
        processes = self._processes()
        if self._root is not None and self._root.poll() is None:
            self._root.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._root.wait(STOP_S)
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self._root is not None:
            self._root.wait(STOP_S)
