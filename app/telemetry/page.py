"""The page of a process that has no web server of its own: metrics as of the last renewal, in a thread."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from prometheus_client import Metric, start_http_server
from prometheus_client.registry import Collector

from app.errors import OperatorError
from app.telemetry.declare import REGISTRY


class Page(Collector):
    """Serve /metrics while open; what Prometheus sees is whole, however it falls between two looks."""

    def __init__(self, bind: str, port: int, setting: str) -> None:
        """Take where to listen, and which setting says the port."""
        self._bind, self._port, self._setting = bind, port, setting
        self._seen: list[Metric] = []

    def __enter__(self) -> Self:
        try:
            self._server, self._thread = start_http_server(self._port, self._bind, registry=self)
        except OSError as error:
            why = f"it cannot be listened on ({error.strerror or error})"
            remedy = f"set {self._setting} and ROADSIEVE_WEB_BIND to what is free on this machine"
            raise OperatorError(f"{self._bind}:{self._port}", why, remedy) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def renew(self) -> None:
        """Take over the present values."""
        self._seen = list(REGISTRY.collect())

    def collect(self) -> Iterable[Metric]:
        """Return what was taken over last."""
        return self._seen
