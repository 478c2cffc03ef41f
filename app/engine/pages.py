"""What a worker shows over HTTP where a port is set: metrics for Prometheus, and how far it is as JSON."""

from __future__ import annotations

from typing import Any

import faust

from app import telemetry
from app.engine.progress import as_json, progress


def add_pages(app: faust.App) -> None:
    """Add /metrics/ and /progress/ to an app; both tell of every stage in the process."""

    @app.page("/metrics/")
    async def metrics(page: Any, _: Any) -> Any:
        return page.bytes(telemetry.exposition(), content_type="text/plain; version=0.0.4")

    @app.page("/progress/")
    async def positions(page: Any, _: Any) -> Any:
        return page.json(as_json(progress()))
