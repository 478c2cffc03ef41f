"""Free ports, and whether somebody holds one."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

from app.errors import OperatorError

HOST = "127.0.0.1"
_OURS = range(20_000, 32_000)
"""Below what a kernel gives to outgoing connections: one of those could take a port before its server is up."""


def free_ports(count: int) -> list[int]:
    """Return `count` different ports nobody listens on now; another process may still take one before we do."""
    ports: list[int] = []
    with ExitStack() as held:
        for port in random.sample(_OURS, len(_OURS)):
            one = held.enter_context(socket.socket())
            with suppress(OSError):
                one.bind((HOST, port))
                ports.append(port)
            if len(ports) == count:
                return ports
    raise OperatorError("ports of this machine", f"fewer than {count} are free of {_OURS}", "stop what holds them")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the JVM does: a closing connection is no owner
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_listening(port: int) -> bool:
    """Tell whether a server accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0
