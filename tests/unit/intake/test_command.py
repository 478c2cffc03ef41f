"""The command `roadsieve replay`: what it prints, where, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.settings import Settings
from ops.stack.ports import free_ports

from .conftest import MakeVideo

COMMAND = [sys.executable, "-c", "import sys; from app.cli import main; main(sys.argv[1:])", "replay"]


def environment(home: Path, settings: Settings | None = None) -> dict[str, str]:
    own = {"ROADSIEVE_HOME": str(home), "ROADSIEVE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}", "COLUMNS": "200"}
    if settings is not None:
        own |= {"ROADSIEVE_KAFKA": settings.kafka, "ROADSIEVE_REGISTRY_PATH": str(settings.path_of_registry())}
    return os.environ | own


def roadsieve(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_help_has_an_example_and_the_exit_codes(tmp_path: Path) -> None:
    done = roadsieve("--help", env=environment(tmp_path))
    assert done.returncode == 0
    assert "roadsieve replay my-videos/" in done.stdout
    assert "Exit codes" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["nowhere.mp4"], []])
def test_nothing_usable_is_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    done = roadsieve(*arguments, env=environment(tmp_path))
    assert done.returncode == 2
    assert ("nowhere.mp4: there is no such file" in done.stderr) == bool(arguments)


def test_a_broker_that_is_not_there_is_one_line_and_exit_code_75(
    tmp_path: Path, make_video: MakeVideo, intake_broker: Settings
) -> None:
    video = make_video(tmp_path / "drive" / "a.mp4", seconds=1)
    nowhere = intake_broker.model_copy(update={"kafka": f"127.0.0.1:{free_ports(1)[0]}"})
    done = roadsieve(str(video), env=environment(tmp_path, nowhere))
    assert done.returncode == 75
    assert [nowhere.kafka in line for line in done.stderr.splitlines() if line.strip()] == [True]


@pytest.mark.slow
def test_schemas_that_are_not_registered_are_one_line_and_exit_code_78(tmp_path: Path, make_video: MakeVideo) -> None:
    done = roadsieve(str(make_video(tmp_path / "drive" / "a.mp4", seconds=1)), env=environment(tmp_path))
    assert done.returncode == 78
    assert "topics create" in done.stderr


def test_some_unusable_files_are_a_line_each_and_exit_code_1(
    tmp_path: Path, make_video: MakeVideo, intake_broker: Settings
) -> None:
    make_video(tmp_path / "drive" / "a.mp4", seconds=2)
    (tmp_path / "drive" / "zero.mp4").write_bytes(b"")
    (tmp_path / "drive" / "text.mov").write_text("no video")
    env = environment(tmp_path / "home", intake_broker)
    done = roadsieve(str(tmp_path / "drive"), "--archive", "command", "--json", env=env)
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert (summary["files"], summary["sent"], summary["exit_code"], summary["time_sources"]) == (3, 1, 1, {"file": 1})
    for name in ("zero.mp4", "text.mov"):
        assert sum(name in line for line in done.stderr.splitlines()) == 1
    assert sum("a.mp4: camera drive, recorded" in line for line in done.stderr.splitlines()) == 1
    second = roadsieve(str(tmp_path / "drive" / "a.mp4"), "--archive", "command", env=env)
    assert second.returncode == 0
    assert "1 files were sent before and not sent again" in second.stdout


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_says_how_to_go_on_and_is_exit_code_130(
    tmp_path: Path, make_video: MakeVideo, intake_broker: Settings, stop: signal.Signals
) -> None:
    video = make_video(tmp_path / "drive" / "a.mp4", seconds=60)
    process = subprocess.Popen(
        [*COMMAND, str(video), "--speed", "real", "--archive", f"stop-{stop}"],
        env=environment(tmp_path / "home", intake_broker), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert "a.mp4" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(stop)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert (tmp_path / "home" / "replay.record").stat().st_size > 0
