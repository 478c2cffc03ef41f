"""The watch list from outside: changes into the log, the list out of the tracker's state, what was seen of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from app.kafka_access import client_options
from app.kafka_faults import missing_right, not_let_in
from app.lake.tracking import WATCH
from app.settings import Settings
from app.stores.open import open_registry
from app.tables import TRACKS
from app.topics import PLATES_READ, PLATES_RECOGNIZED, PLATES_WATCHED
from app.topology.admin import CONNECT_TIMEOUT_S
from app.watch.follow import open_reader
from app.wire.framing import open_wire
from schemas.records import PlateWatched, WatchChanged, WatchedPlate

LOOKING = (PLATES_READ, PLATES_RECOGNIZED)
"""Topics of the stages that look for plates: the tracker tells of them, the scribe then hurries."""
ROW = b"k"  # as the engine writes rows into a changelog


async def publish(settings: Settings, changes: Sequence[WatchChanged]) -> None:
    """Send changes to every partition; raises OperatorError or InfrastructureError: once more changes nothing else."""
    async with open_registry(settings) as registry:
        wire = await open_wire(registry, LOOKING)
    encoders = {topic.name: wire.encoder(topic) for topic in LOOKING}
    producer = AIOKafkaProducer(**client_options(settings), enable_idempotence=True)
    try:
        await asyncio.wait_for(producer.start(), CONNECT_TIMEOUT_S)
        places = [
            (name, partition)
            for name in encoders
            for partition in sorted(await asyncio.wait_for(producer.partitions_for(name), CONNECT_TIMEOUT_S))
        ]
        for change in changes:
            sent = [
                await producer.send(name, encoders[name](change), change.plate.encode(), partition=partition)
                for name, partition in places
            ]
            await asyncio.wait_for(asyncio.gather(*sent), CONNECT_TIMEOUT_S)
    except (KafkaError, OSError) as error:
        raise missing_right(error) or await not_let_in(settings, error) from error
    finally:
        await producer.stop()


async def in_force(settings: Settings) -> list[tuple[WatchedPlate, bool]]:
    """Return the plates that are looked for, each with whether every partition knows of it by now."""
    found: dict[int, tuple[WatchedPlate, ...]] = {}
    async with open_reader(settings) as reader:
        count = len(reader.partitions([TRACKS.changelog]))
        async for record in reader.read_to_end(TRACKS.changelog):
            if record.key == ROW + WATCH.encode():
                found[record.partition] = TRACKS.codec.decode(record.value).watched if record.value else ()
    known = Counter(one for watched in found.values() for one in watched)
    return [(one, known[one] == count) for one in sorted(known, key=lambda one: (one.plate, one.reason))]


async def seen(settings: Settings) -> list[PlateWatched]:
    """Return what was seen of the plates that were looked for, the oldest first."""
    async with open_registry(settings) as registry, open_reader(settings) as reader:
        decode = (await open_wire(registry, [PLATES_WATCHED])).decoder(PLATES_WATCHED)
        events = [decode(record.value) async for record in reader.read_to_end(PLATES_WATCHED.name) if record.value]
    return sorted(events, key=lambda one: (one.seen_at_us, one.event_id))
