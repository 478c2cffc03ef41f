"""The demo's worker as a process: its last words, and its end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.demo.worker import WorkerProcess
from app.errors import InfrastructureError


@pytest.fixture
def worker(tmp_path: Path) -> WorkerProcess:
    return WorkerProcess(tmp_path, {"ROADSIEVE_HOME": str(tmp_path), "ROADSIEVE_KAFKA": "127.0.0.1:1"})


def until_it_ends(worker: WorkerProcess) -> None:
    deadline_s = time.monotonic() + 100
    while time.monotonic() < deadline_s:
        worker.check()
        time.sleep(0.1)


@pytest.mark.slow
def test_a_worker_that_dies_says_why_in_one_line(worker: WorkerProcess) -> None:
    with pytest.raises(InfrastructureError) as caught:
        until_it_ends(worker)
    assert "it ended with exit code 78: " in caught.value.why
    assert "127.0.0.1:1" in caught.value.why and "[INFO]" not in caught.value.why
    assert str(worker.log) in caught.value.remedy
    worker.stop()


def test_a_worker_is_stopped_at_once_and_stopping_twice_is_fine(worker: WorkerProcess) -> None:
    worker.stop()
    worker.stop()
    with pytest.raises(InfrastructureError):
        worker.check()
