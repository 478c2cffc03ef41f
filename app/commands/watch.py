"""`roadsieve watch`: a metrics page about Kafka and the archives, until Ctrl-C; one per cluster is enough."""

from __future__ import annotations

import asyncio
import signal

from app.settings import settings
from app.telemetry.lines import write_lines
from app.watch.exporter import Exporter


def watch() -> None:
    """Show Prometheus what no worker can know: topics, replicas, groups, and what each archive looks like.

    Looks every ten seconds and shows it at http://127.0.0.1:6067/metrics (ROADSIEVE_WEB_BIND, ROADSIEVE_WATCH_PORT)
    until Ctrl-C or SIGTERM. One per cluster is enough; it writes nothing, and goes on when the broker comes back.

    Example: [bold]ROADSIEVE_WATCH_PORT=9400 roadsieve watch[/bold]
    """
    current = settings()
    write_lines(current.log_format, current.log_level)
    asyncio.run(_until_told(Exporter(current)))


async def _until_told(exporter: Exporter) -> None:
    looking = asyncio.create_task(exporter.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, looking.cancel)
    await asyncio.gather(looking, return_exceptions=True)
    if not looking.cancelled():
        looking.result()
