"""Laws of a server's process: one folder, the same port again after stop and kill, every obstacle named."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.errors import OperatorError
from ops.stack.ports import HOST, free_ports, is_listening
from ops.stack.server import Lifetime, Server


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server("pages", tmp_path / "pages")
    yield made
    made.kill()


def start(server: Server, port: int, lifetime: Lifetime = Lifetime.TETHERED) -> None:
    server.spawn([sys.executable, "-m", "http.server", str(port), "--bind", HOST], [port], lifetime)
    server.wait_until(lambda: is_listening(port), 30)


@pytest.mark.parametrize("lifetime", Lifetime)
def test_a_server_comes_back_on_its_folder_and_port_after_kill_and_stop(
    server: Server, port: int, lifetime: Lifetime
) -> None:
    for end in (server.kill, server.stop):
        start(server, port, lifetime)
        assert not server.is_down()
        end()
        assert server.is_down() and server.process() is None
        assert not is_listening(port)
    assert not server.stop()


def test_a_detached_server_is_found_and_stopped_by_whoever_knows_its_folder(server: Server, port: int) -> None:
    start(server, port, Lifetime.DETACHED)
    found = Server("pages", server.folder).process()
    assert found is not None
    assert Server("pages", server.folder).stop()
    assert not is_listening(port)


def test_a_pid_that_means_another_program_is_no_server(server: Server) -> None:
    server.folder.mkdir()
    server.pid_file.write_text(str(psutil.Process().pid))
    assert server.process() is None


def test_a_server_that_ends_is_quoted(server: Server) -> None:
    server.spawn([sys.executable, "-c", "raise SystemExit('the reason: Error: no disk')"], [])
    with pytest.raises(OperatorError, match=r"the pages in .*: it ended: .*Error: no disk; see .*pages.log"):
        server.wait_until(lambda: False, 30)


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(server: Server) -> None:
    server.spawn([sys.executable, "-c", "import time; time.sleep(300)"], [])
    with pytest.raises(OperatorError, match=r"did not answer within 0 s; see .*pages.log"):
        server.wait_until(lambda: False, 0)


def test_a_port_that_another_program_holds_is_named_with_a_remedy(server: Server, port: int) -> None:
    with socket.socket() as other:
        other.bind((HOST, port))
        other.listen()
        with pytest.raises(OperatorError, match=f"port {port} of the pages: another program listens there; .*choose"):
            start(server, port)
    assert server.is_down()
