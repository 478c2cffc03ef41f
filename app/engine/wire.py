"""The codec that stages use unless given another: Avro with schema ids from the registry, resolved at start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from app.engine.declare import Codec
from app.settings import Settings
from app.stores.open import open_registry
from app.wire.framing import open_wire


@asynccontextmanager
async def open_codec(settings: Settings) -> AsyncIterator[Codec]:
    """Open the registry, resolve every schema id, and give the codec; PreflightError when one is not registered."""
    async with open_registry(settings) as registry:
        yield cast(Codec, await open_wire(registry))
