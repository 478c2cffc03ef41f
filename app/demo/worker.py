"""The worker of the demo: all stages in a process with a log of its own, which ends with ours however we end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from app.errors import InfrastructureError
from ops.stack import tether

STOP_TIMEOUT_S = 30.0
_LINES_SHOWN = 3
_REASON = re.compile(r"exit \d+: (.*)")


class WorkerProcess:
    """Run `roadsieve worker` under a tether: it is stopped when our end of a pipe closes, even after kill -9."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder.absolute() / "worker.log"
        command = [sys.executable, "-m", "app.cli", "worker"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", tether.__file__, str(folder.absolute() / "worker.pid"), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,  # Ctrl-C in the terminal is for us to handle, in our order
            )

    def check(self) -> None:
        """Raise InfrastructureError, with its last words, when the worker ended of itself."""
        if (code := self._process.poll()) is not None:
            why = f"it ended with exit code {code}: {self.last_words()}"
            raise InfrastructureError(
                "the worker", why, f"see {self.log}; the same command goes on where this one stopped"
            )

    def last_words(self) -> str:
        """Return the line in which the worker said why it ended, or its last lines."""
        lines = self.log.read_text(errors="replace").splitlines()
        said = [reason for line in lines for reason in _REASON.findall(line)]
        return said[-1] if said else " | ".join(line.strip() for line in lines[-_LINES_SHOWN:]) or "it said nothing"

    def stop(self) -> None:
        """Stop the worker in order; by force when it takes too long, which loses nothing."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
