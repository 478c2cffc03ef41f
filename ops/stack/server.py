"""One server process in one folder: start it, find it again, ask until it answers, stop it, kill it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path

import psutil

from app.errors import OperatorError
from ops.stack import tether
from ops.stack.ports import is_free

STOP_TIMEOUT_S = 30.0
READY_TIMEOUT_S = 90.0
_LOG_LINES_SHOWN = 5


class Lifetime(Enum):
    """Say how long a server lives."""

    TETHERED = "ends with the process that started it, even after kill -9"
    DETACHED = "runs until it is stopped"


class Server:
    """Hold one server's folder: NAME.log (NAME.log.1: the run before), NAME.pid, and whatever it keeps there.

    Every method blocks, is bounded in time, and may be called from any thread. After `stop` or `kill` the same folder
    and ports may be used again.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder.absolute()
        self.log = self.folder / f"{name}.log"
        self.pid_file = self.folder / f"{name}.pid"
        self._child: subprocess.Popen[bytes] | None = None

    def spawn(
        self,
        command: Sequence[str],
        ports: Sequence[int],
        lifetime: Lifetime = Lifetime.TETHERED,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the command in the folder, before it answers on its ports; `environment` joins ours.

        Raises OperatorError when a port is taken.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for port in ports:
            if not is_free(port):
                remedy = "stop the program that holds it or choose another port"
                raise OperatorError(f"port {port} of the {self.name}", "another program listens there", remedy)
        if self.log.exists():
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        self.pid_file.unlink(missing_ok=True)
        tethered = lifetime is Lifetime.TETHERED
        if tethered:
            command = [sys.executable, "-I", tether.__file__, str(self.pid_file), *command]
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if tethered else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C in the terminal is for us to handle, in our order
            )
        if not tethered:
            self.pid_file.write_text(str(self._child.pid))

    def process(self) -> psutil.Process | None:
        """Return the process that runs in this folder, or None (a pid that now means another program is none)."""
        try:
            process = psutil.Process(int(self.pid_file.read_text()))
            cwd = Path(process.cwd())  # a server may have gone to its data, below
            if process.status() != psutil.STATUS_ZOMBIE and cwd.is_relative_to(self.folder.resolve()):
                return process
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return None

    def wait_until(self, answers: Callable[[], bool], timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return when `answers()`; OperatorError when the server ends before or is late."""
        deadline = time.monotonic() + timeout_s
        while not answers():
            if self.has_ended():
                what = f"the {self.name} in {self.folder}"
                raise OperatorError(what, f"it ended: {self.last_words()}", f"see {self.log}")
            if time.monotonic() > deadline:
                why = f"it did not answer within {timeout_s:.0f} s"
                raise OperatorError(f"the {self.name} in {self.folder}", why, f"see {self.log}")
            time.sleep(0.1)

    def is_down(self) -> bool:
        """Tell whether the server was never started, or stopped or killed by us."""
        return self._child is None

    def has_ended(self) -> bool:
        """Tell whether the server we started ended of itself."""
        return self._child is not None and self._child.poll() is not None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """End the server in order, by force after `timeout_s`; return False when none ran."""
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
        """End the server as a power cut would (kill -9) and wait until it is gone."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(STOP_TIMEOUT_S)
        self._let_go()

    def _let_go(self) -> None:
        if self._child is not None:
            if self._child.stdin is not None:
                self._child.stdin.close()  # for a server that had not written its pid yet: its tether ends it
            self._child.wait(STOP_TIMEOUT_S)
            self._child = None
        self.pid_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Return the last lines of the log that name an error, or the last lines, as one line."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        told = [line for line in lines if " ERROR " in line or "Exception" in line or "rror:" in line] or lines
        return " | ".join(line.strip() for line in told[-_LOG_LINES_SHOWN:]) or "nothing in its log"
