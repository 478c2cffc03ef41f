"""Laws of the local broker: started once, found again, stopped, and every obstacle named."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.errors import OperatorError
from ops.broker import daemon
from ops.stack.ports import free_ports, is_listening


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "broker"
    daemon.stop(tmp_path / "broker")


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.mark.broker
def test_a_second_start_finds_the_first_and_a_stop_ends_it(folder: Path, port: int) -> None:
    first = daemon.start(folder, port)
    assert first.running
    assert first.answering
    assert daemon.start(folder, port).pid == first.pid
    assert daemon.stop(folder)
    assert first.pid is not None
    assert not psutil.pid_exists(first.pid)
    assert not daemon.status(folder).running
    assert not daemon.stop(folder)


@pytest.mark.broker
def test_a_broker_that_runs_is_borrowed_and_left_running(folder: Path, port: int) -> None:
    pid = daemon.start(folder, port).pid
    with daemon.borrowed(folder, port) as bootstrap:
        assert bootstrap == f"127.0.0.1:{port}"
    assert daemon.status(folder).pid == pid


@pytest.mark.broker
def test_a_broker_that_was_started_to_be_borrowed_ends_with_the_block_even_by_an_error(folder: Path, port: int) -> None:
    with pytest.raises(KeyboardInterrupt), daemon.borrowed(folder, port):
        raise KeyboardInterrupt
    assert not is_listening(port)
    assert not daemon.status(folder).running


@pytest.mark.broker
def test_a_broker_may_come_back_on_another_port_with_its_data(folder: Path, port: int) -> None:
    daemon.start(folder, port)
    [other] = free_ports(1)
    with pytest.raises(OperatorError, match=f"runs on 127.0.0.1:{port}"):
        daemon.start(folder, other)
    daemon.stop(folder)
    assert daemon.start(folder, other).answering


LIVING = pytest.param(str(os.getpid()), id="a process that lives")


@pytest.mark.broker
@pytest.mark.parametrize("content", ["", "not a pid", "4194304999", LIVING])
def test_a_stale_pid_file_is_no_broker_and_no_obstacle(folder: Path, port: int, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "broker.pid").write_text(content)
    assert not daemon.status(folder).running
    if content == str(os.getpid()):  # the one that is a living process: once is enough for a start of five seconds
        assert daemon.start(folder, port).answering


def test_a_port_that_another_program_holds_is_named_with_a_remedy(folder: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(OperatorError, match=f"port {port} of the broker: another program listens there; .*choose"):
            daemon.start(folder, port)
    assert not daemon.status(folder).running


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("cluster.id=somebodyElsesCluster00", "cluster.id is somebodyElsesCluster00"),
        ("node.id=7", "node.id is 7, not 1"),
        ("version=2", "version is 2, not 1"),
    ],
)
def test_the_data_of_another_cluster_is_left_alone_and_named(folder: Path, port: int, line: str, told: str) -> None:
    meta = folder / "data" / "meta.properties"
    meta.parent.mkdir(parents=True)
    meta.write_text(f"version=1\nnode.id=1\n{line}\n")
    with pytest.raises(OperatorError, match=told):
        daemon.start(folder, port)
    assert [path.name for path in meta.parent.iterdir()] == ["meta.properties"]


@pytest.mark.broker
def test_a_broker_that_ends_at_once_is_quoted(folder: Path, port: int) -> None:
    daemon.start(folder, port)
    daemon.stop(folder)
    (folder / "data" / "__cluster_metadata-0" / "00000000000000000000.log").write_bytes(b"\xff" * 4096)
    (folder / "data" / "__cluster_metadata-0" / "quorum-state").write_text("not json")
    with pytest.raises(OperatorError, match=r"it ended: .*(Exception|rror)"):
        daemon.start(folder, port)
    assert not daemon.status(folder).running


@pytest.mark.parametrize("setting", ["kafka.example:9092", "127.0.0.1:9092,127.0.0.1:9093", "127.0.0.1"])
def test_a_broker_elsewhere_is_none_to_start_here(setting: str) -> None:
    with pytest.raises(OperatorError, match="not one address of this machine"):
        daemon.local_port(setting)


@pytest.mark.broker
def test_two_starts_at_once_are_one_broker(folder: Path, port: int) -> None:
    imports = "from pathlib import Path; from ops.broker import daemon"
    command = [sys.executable, "-c", f"{imports}; print(daemon.start(Path({str(folder)!r}), {port}).pid)"]
    starters = [
        subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True) for _ in range(2)
    ]
    pids = {starter.communicate(timeout=90)[0] for starter in starters}
    assert pids == {f"{daemon.status(folder).pid}\n"}
