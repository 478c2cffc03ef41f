"""Plate results as a producer sends them: some twice, some unusable."""

from __future__ import annotations

import asyncio
import json
import random

from aiokafka import AIOKafkaProducer

from app.topics import PLATES_RECOGNIZED
from app.wire.framing import Wire
from schemas.records import PlatesRecognized
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, NOTHING, PLATE_ALONE

SOURCES, SEED = 7, 11


def sent(count: int) -> list[tuple[str, bytes]]:
    """Return results of several sources in order: one in ten sent twice, one in fifty unusable."""
    chance, found = random.Random(SEED), list[tuple[str, bytes]]()
    for number in range(count):
        said = chance.choice((FULL, PLATE_ALONE, CAR_ALONE, NOTHING))
        raw = json.dumps({**said, "timestamp": AT_US + number * 60_000_000}).encode()
        found.append((f"gate-{number % SOURCES}", raw if chance.random() > 0.02 else raw[:-3]))
        if chance.random() < 0.1:
            found.append(chance.choice(found))
    return found


async def send(bootstrap: str, wire: Wire, messages: list[tuple[str, bytes]], per_s: float) -> None:
    """Send results at a steady rate."""
    encode = wire.encoder(PLATES_RECOGNIZED)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all") as producer:
        for source_id, raw in messages:
            record = PlatesRecognized(source_id, 0, "", raw)
            await producer.send(PLATES_RECOGNIZED.name, encode(record), source_id.encode())
            await asyncio.sleep(1 / per_s)
