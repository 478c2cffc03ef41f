"""Laws of the tether: what it holds ends with its starter, and it ends with what it holds."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ops.stack import tether

DEADLINE_S = 20.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def pid_in(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def pid_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pid"
    yield path
    if path.exists() and not gone(int(path.read_text())):
        os.kill(int(path.read_text()), signal.SIGKILL)


def start(pid_file: Path, *command: str) -> subprocess.Popen[bytes]:
    tethered = [sys.executable, "-I", tether.__file__, str(pid_file), *command]
    return subprocess.Popen(tethered, stdin=subprocess.PIPE, start_new_session=True)


def test_the_command_ends_when_its_starter_lets_go(pid_file: Path) -> None:
    process = start(pid_file, "sleep", "300")
    pid = pid_in(pid_file)
    process.communicate(timeout=DEADLINE_S)
    wait_for(lambda: gone(pid))


def test_the_command_ends_when_its_starter_is_killed(pid_file: Path, tmp_path: Path) -> None:
    program = f"""
        import subprocess, time
        held = subprocess.Popen({[sys.executable, "-I", tether.__file__, str(pid_file), "sleep", "300"]!r},
                                stdin=subprocess.PIPE, start_new_session=True)
        time.sleep(300)
    """
    starter = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    pid = pid_in(pid_file)
    starter.kill()
    starter.wait(DEADLINE_S)
    wait_for(lambda: gone(pid))


def test_a_terminated_tether_takes_the_command_along(pid_file: Path) -> None:
    process = start(pid_file, "sleep", "300")
    pid = pid_in(pid_file)
    process.terminate()
    wait_for(lambda: gone(pid))
    process.communicate(timeout=DEADLINE_S)


def test_the_tether_ends_when_the_command_is_killed(pid_file: Path) -> None:
    process = start(pid_file, "sleep", "300")
    os.kill(pid_in(pid_file), signal.SIGKILL)
    assert process.wait(DEADLINE_S) == signal.SIGKILL
    process.communicate(timeout=DEADLINE_S)
