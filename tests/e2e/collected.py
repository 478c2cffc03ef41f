"""What came out: every committed record of every topic, every object, every catalog row, every table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from app.engine.store import PartitionStore
from app.engine.transaction import POSITION, ROW
from app.kafka_access import client_options
from app.settings import Settings
from app.stores.catalog import Catalog
from app.stores.objects import Objects
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row, SegmentRow
from app.tables import TABLES
from app.topics import TOPICS
from app.wire.framing import Wire

Rows = dict[str, dict[str, bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One committed record."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    record: Any
    """Decoded; None where the bytes are no record of the topic."""


@dataclass(slots=True)
class Collected:
    """Everything that a run left behind."""

    log: dict[str, list[Entry]]
    changelogs: Rows
    """Stage -> row key -> row bytes, folded from the committed changelog."""
    objects: dict[str, bytes]
    catalog: dict[type[Row], list[Row]]

    def records(self, topic: str) -> list[Any]:
        """Return the decoded records of a topic in log order."""
        return [entry.record for entry in self.log[topic]]


async def collect(chosen: Settings, partitions: int, wire: Wire, objects: Objects, catalog: Catalog) -> Collected:
    """Read everything; the pipeline must be at rest."""
    log: dict[str, list[Entry]] = {}
    changelogs: Rows = {}
    consumer = AIOKafkaConsumer(**client_options(chosen), group_id=None, isolation_level="read_committed")
    await consumer.start()
    try:
        for topic in TOPICS.values():
            decode = wire.decoder(topic)
            log[topic.name] = [
                Entry(one.partition, one.offset, one.key or b"", one.value or b"", _decoded(decode, one.value))
                for one in await _read(consumer, topic.name, topic.partitions or partitions)
            ]
        for stage, table in TABLES.items():
            rows: dict[str, bytes] = {}
            [source] = [topic for topic in TOPICS.values() if stage in topic.readers]
            for one in await _read(consumer, table.changelog, source.partitions or partitions):
                if one.key == POSITION:
                    continue
                key = one.key[len(ROW) :].decode()
                if one.value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = one.value
            changelogs[stage] = rows
    finally:
        await consumer.stop()
    stored = {found.key: await objects.get(found.key) async for found in objects.list("")}
    kinds = (SegmentRow, FrameRow, DecisionRow, CameraDayRow)
    return Collected(log, changelogs, stored, {kind: [row async for row in catalog.scan(kind)] for kind in kinds})


def disk_rows(homes: list[Path]) -> tuple[Rows, dict[str, dict[int, int]]]:
    """Return the rows on disk, per partition those of the copy that is furthest, and how far that is.

    The workers must have ended.
    """
    rows: Rows = defaultdict(dict)
    positions: dict[str, dict[int, int]] = defaultdict(dict)
    for stage in TABLES:
        copies: dict[int, list[PartitionStore]] = defaultdict(list)
        for home in homes:
            for folder in home.glob(f"state/**/{TABLES[stage].changelog}/[0-9]*"):
                copies[int(folder.name)].append(PartitionStore(folder))
        for partition, stores in copies.items():
            best = max(stores, key=lambda store: store.meta.position)
            rows[stage].update((key.decode(), value) for key, value in best.items())
            positions[stage][partition] = best.meta.position
            for store in stores:
                store.close()
    return rows, positions


def _decoded(decode: Any, value: bytes | None) -> Any:
    try:
        return decode(value)
    except Exception:  # poison is part of the feed; the oracle holds it against the dead letters
        return None


async def _read(consumer: AIOKafkaConsumer, topic: str, count: int) -> list[Any]:
    partitions = [TopicPartition(topic, number) for number in range(count)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found: list[Any] = []
    while any([await consumer.position(one) < ends[one] for one in partitions]):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found.extend(records)
    return sorted(found, key=lambda one: (one.partition, one.offset))
