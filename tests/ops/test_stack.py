"""Laws of all servers together: found again, stopped in order, and one that cannot start is no reason to stop."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import PREFIX, Settings
from ops.stack import daemons
from ops.stack.daemons import Part
from ops.stack.fetched import Say
from ops.stack.ports import HOST, free_ports, is_listening
from ops.stack.server import Lifetime, Server


def part(folder: Path, title: str, port: int) -> Part:
    server = Server(title, folder / title)

    def start(_: Say) -> None:
        command = [sys.executable, "-m", "http.server", str(port), "--bind", HOST]
        server.spawn(command, [port], Lifetime.DETACHED)
        server.wait_until(lambda: is_listening(port), 30)

    return Part(title, server, start, {f"{title.upper()}_ADDRESS": f"{HOST}:{port}"})


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[Part]]:
    made = [part(tmp_path, title, port) for title, port in zip(("one", "two"), free_ports(2), strict=True)]
    yield made
    daemons.stop(made, tmp_path)


def test_a_second_start_finds_what_runs_and_a_stop_ends_it(two: list[Part], tmp_path: Path) -> None:
    said: list[str] = []
    first = daemons.start(two, tmp_path, said.append)
    assert [one.pid for one in daemons.start(two, tmp_path, said.append)] == [one.pid for one in first]
    assert said == ["Starting one …", "Starting two …"]
    assert [one.environment for one in first] == [part.environment for part in two]
    assert daemons.stop(two, tmp_path) == ["two", "one"]
    assert [daemons.status(part).pid for part in two] == [None, None]
    assert daemons.stop(two, tmp_path) == []


def test_one_that_cannot_start_is_told_with_the_reason_and_the_others_run(two: list[Part], tmp_path: Path) -> None:
    [address] = two[0].environment.values()
    with socket.socket() as other:
        other.bind((HOST, int(address.split(":")[1])))
        other.listen()
        failed, running = daemons.start(two, tmp_path, lambda _: None)
    assert failed.pid is None and "another program listens there" in failed.reason and not failed.environment
    assert running.pid is not None and not running.reason


def test_the_stack_names_each_server_once_with_settings_that_exist(tmp_path: Path) -> None:
    made = daemons.parts(tmp_path, 9092)
    assert [part.title for part in made] == ["Kafka", "S3", "Cassandra", "Apicurio", "Prometheus"]
    names = [name for part in made for name in part.environment]
    assert len(set(names)) == len(names)
    assert {name.removeprefix(PREFIX).lower() for name in names} <= set(Settings.model_fields)
    assert len({part.server.folder for part in made}) == len(made)
