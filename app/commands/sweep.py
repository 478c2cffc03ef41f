"""`roadsieve sweep`: removes what crashed uploads left in the temporary store."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Annotated

import typer

from app.commands.screen import amount_of_bytes, as_json, count, out, span
from app.settings import settings
from app.stores.open import open_objects
from app.stores.sweep import Swept
from app.stores.sweep import sweep as sweep_objects


def sweep(
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts: every object removed.")] = False,
) -> None:
    """Remove temporary objects that are older than the setting temporary_ttl_s, and half-written ones.

    A segment that still waits for its decision after that time loses its video: keep the time well above the lag.

    Example: [bold]ROADSIEVE_TEMPORARY_TTL_S=3600 roadsieve sweep[/bold]
    """
    swept = asyncio.run(_sweep())
    if json:
        as_json(asdict(swept))
        return
    removed = (*swept.temporary, *swept.incoming)
    size = amount_of_bytes(sum(found.size_bytes for found in removed))
    age = span(settings().temporary_ttl_s)
    out.print(
        f"Removed {count(len(swept.temporary))} temporary and {count(len(swept.incoming))} half-written objects "
        f"older than {age} ({size})."
    )


async def _sweep() -> Swept:
    current = settings()
    async with open_objects(current) as objects:
        return await sweep_objects(objects, time.time_ns() // 1000, round(current.temporary_ttl_s * 1e6))
