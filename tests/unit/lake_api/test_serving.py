"""`roadsieve api` as people run it: refuses what is not set up, answers over a real socket, ends when it is told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from app.commands.exits import Exit
from app.lake.open import open_blocking, open_plate_index_blocking
from ops.stack.ports import free_ports
from tests.unit.lake_api.small_lake import PLATES, commit, settings_of

LONG_S = 120


def command(home: Path, words: Sequence[str], port: int = 1) -> subprocess.Popen[str]:
    chosen = {"HOME": str(home), "API_PORT": str(port), "LAKE_HOT_DAYS": "36500"}  # its days are long ago
    environment = os.environ | {f"ROADSIEVE_{name}": value for name, value in chosen.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *words], env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def said(home: Path, *words: str, port: int = 1) -> tuple[int, str, str]:
    process = command(home, words, port)
    out, error = process.communicate(timeout=LONG_S)
    return process.returncode, out, error


@pytest.mark.slow
def test_a_lake_that_was_not_made_and_a_port_that_is_taken_are_told(tmp_path: Path) -> None:
    code, _, error = said(tmp_path, "api")
    assert code == Exit.SETUP and "roadsieve lake create" in error
    commit(settings_of(tmp_path), 1, 5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, error = said(tmp_path, "api", port=taken.getsockname()[1])
    assert code == Exit.SETUP and "set ROADSIEVE_API_PORT to a free port" in error


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_when_none_of_its_processes_can_start_it_says_so_and_ends(tmp_path: Path, processes: str) -> None:
    settings = settings_of(tmp_path)
    commit(settings, 1, 5)
    (settings.path_of_lake() / "audit.jsonl").mkdir()
    code, out, error = said(tmp_path, "api", "--processes", processes, port=free_ports(1)[0])
    assert code == Exit.SETUP, out + error
    assert "audit log" in out + error and "it cannot answer; mend what its log says last" in error


@pytest.mark.slow
def test_it_answers_while_the_lake_is_packed_and_ends_when_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for seed in (1, 2, 3):
        commit(settings, seed, 60)
    token = said(tmp_path, "api", "token", "me", "--plates")[1].strip()
    port = free_ports(1)[0]
    api = command(tmp_path, ["api"], port)
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {token}"}
    question = {"table_name": "plate", "filters": {"plateText": PLATES[3]}, "columns": ["plateId"]}
    try:
        until(url, LONG_S)
        before = httpx.post(f"{url}/query", json=question, headers=headers).json()
        assert said(tmp_path, "lake", "maintain")[0] == 0
        with closing(open_blocking(settings)) as lake, closing(open_plate_index_blocking(settings)) as index:
            packed = lake.paths("plate") | lake.paths("sighting")
            assert index.known() == packed, "maintenance tells the index what it packed"
        after = httpx.post(f"{url}/query", json=question, headers=headers).json()
        assert after == before != []
        said(tmp_path, "api", "revoke", "me")
        assert httpx.post(f"{url}/query", json=question, headers=headers).status_code == 401
    finally:
        api.send_signal(signal.SIGTERM)
        _, error = api.communicate(timeout=LONG_S)
    assert api.returncode == 0, error


@pytest.mark.slow
def test_two_processes_answer_on_one_port_count_together_and_end_with_their_parent(tmp_path: Path) -> None:
    commit(settings_of(tmp_path), 1, 20)
    token = said(tmp_path, "api", "token", "me")[1].strip()
    port = free_ports(1)[0]
    api = command(tmp_path, ["api", "--processes", "2"], port)
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {token}"}
    try:
        until(url, LONG_S)
        serving = psutil.Process(api.pid).children()
        for _ in range(10):
            assert httpx.post(f"{url}/query", json={"table_name": "car"}, headers=headers).status_code == 200
        for _ in range(4):  # whichever of them is asked
            page = httpx.get(f"{url}/metrics").text
            assert 'lake_query_seconds_count{kind="long",table="car"} 10.0' in page
            for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"):
                shown = {int(pid) for pid in re.findall(rf'^{name}{{pid="(\d+)"}} [1-9.]', page, re.MULTILINE)}
                assert len(shown) == 2
                assert shown <= {one.pid for one in serving}
        assert len((settings_of(tmp_path).path_of_lake() / "audit.jsonl").read_text().splitlines()) == 10
    finally:
        api.kill()
        api.communicate(timeout=LONG_S)
    assert psutil.wait_procs(serving, timeout=LONG_S)[1] == []


def until(url: str, seconds: float) -> None:
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        try:
            assert httpx.get(f"{url}/health").status_code == 200
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
