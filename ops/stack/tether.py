"""Run a command that must not outlive its starter: end it when standard input closes, however the starter died.

Standard library only, run by path: `python -I tether.py PID_FILE COMMAND …`. The starter holds the other end of
standard input; the kernel closes it even after kill -9, on every system, from whichever thread the process was started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

GRACE_S = 10.0


def main() -> None:
    """Start the command, write its pid, wait for the end of input or of the command, and leave nothing behind."""
    pid_file, command = Path(sys.argv[1]), sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    try:
        pid_file.write_text(str(child.pid))
        threading.Thread(target=lambda: os._exit(abs(child.wait())), daemon=True).start()
        sys.stdin.buffer.read()
    finally:
        _end(child.pid)


def _end(group: int) -> None:
    # By group: a JVM that writes its ahead-of-time cache has a child. The waiting thread ends us when it is over.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        threading.Event().wait(GRACE_S)
        os.killpg(group, signal.SIGKILL)
        threading.Event().wait(GRACE_S)


if __name__ == "__main__":
    main()
