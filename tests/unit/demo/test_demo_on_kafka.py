"""The demo as a stranger runs it: from nothing to an archive, twice, and interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.commands.exits import Exit
from app.policy_files import default_policy_toml
from ops.stack.ports import free_ports

VIDEO = "videos/day-highway_udacity_test_video.mp4"
NIGHT = "videos/night-highway_tmo324_night_partA.mp4"
UNUSABLE = "odd-videos/derived_zero-byte.mp4"

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(400)]


@pytest.fixture
def environment(shared_data: Path, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "ROADSIEVE_HOME": str(tmp_path / "home"),
        "ROADSIEVE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}",
        "ROADSIEVE_MODEL_MIRROR": str(shared_data / "models"),
    }


def start(environment: dict[str, str], *videos: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app.cli", "demo", "--json", *map(str, videos)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, start_new_session=True, **pipes)


def demo(environment: dict[str, str], *videos: Path) -> tuple[int, dict[str, Any], str]:
    run = start(environment, *videos)
    said, remarks = run.communicate(timeout=180)
    return run.returncode, json.loads(said) if said else {}, remarks


def processes_of(home: str) -> list[str]:
    """Return the command lines of all processes that work in a home."""
    return [line for one in psutil.process_iter(["cmdline"]) if home in (line := " ".join(one.info["cmdline"] or []))]


def test_videos_become_an_archive_once_and_a_bad_file_is_one_line(
    shared_data: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    policy = tmp_path / "half.toml"  # of so short a video a twentieth is less than one still
    policy.write_text(default_policy_toml().replace("share_ratio = 0.05", "share_ratio = 0.5"))
    environment["ROADSIEVE_POLICY_FILE"] = str(policy)
    code, first, remarks = demo(environment, shared_data / VIDEO, shared_data / UNUSABLE)
    assert code == Exit.SOME_UNUSABLE, remarks
    assert sum("derived_zero-byte.mp4" in line for line in remarks.splitlines()) == 1
    assert first["segments"] == 1 and first["frames"] > 0 and first["dead_letters"] == 0
    assert first["archives"]["default"]["segments_seen"] == 1
    assert len(first["decisions"]) == min(10, first["frames"]) and all(one["reasons"] for one in first["decisions"])
    sheet = Path(first["contact_sheet"])
    drawn = sheet.read_bytes()
    assert drawn.startswith(b"\x89PNG") and {one["name"] for one in first["against_random"]} >= {"entropy of objects"}

    code, second, remarks = demo(environment, shared_data / VIDEO)
    assert code == Exit.OK, remarks
    assert second["contact_sheet"] == str(sheet) and sheet.read_bytes() == drawn  # nothing new: the one before stays
    assert second["segments"] == 0 and second["replay"]["sent_before"] == 1
    assert second["archives"] == first["archives"]
    assert processes_of(environment["ROADSIEVE_HOME"]) == []


@pytest.mark.parametrize("after", ["the broker", "the worker"])
def test_an_interrupted_demo_leaves_no_process_and_the_next_one_goes_on(
    shared_data: Path, environment: dict[str, str], after: str
) -> None:
    home = Path(environment["ROADSIEVE_HOME"])
    sign = {"the broker": home / "broker" / "broker.pid", "the worker": home / "demo" / "worker.pid"}[after]
    run = start(environment, shared_data / NIGHT)
    deadline_s = time.monotonic() + 60
    while not sign.exists() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    _, remarks = run.communicate(timeout=60)
    assert run.returncode == Exit.INTERRUPTED, remarks
    assert "nothing is lost" in remarks
    assert processes_of(str(home)) == []
    code, summary, remarks = demo(environment, shared_data / NIGHT)
    assert code == Exit.OK, remarks
    assert summary["archives"]["default"]["segments_seen"] == 11


def test_without_the_network_s_file_the_demo_says_so_before_it_starts_anything(
    shared_data: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    nothing = {**environment, "ROADSIEVE_MODEL_MIRROR": str(tmp_path), "ROADSIEVE_CACHE": str(tmp_path / "cache")}
    code, _, remarks = demo(nothing, shared_data / VIDEO)
    assert code == Exit.SETUP
    assert len(remarks.strip().splitlines()) == 1 and "is not there" in remarks
    assert not (Path(nothing["ROADSIEVE_HOME"]) / "broker").exists()
