"""Brings a store to the end of its changelog. The producer has fenced the former owner before: that end is final."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from app import telemetry
from app.engine.declare import Stage
from app.engine.source_log import KafkaLog
from app.engine.store import Meta, PartitionStore
from app.engine.transaction import POSITION, POSITION_ROW, ROW

#: Part of the changelog's tombstone retention that a local copy may reach: clocks differ.
TOMBSTONE_SHARE = 0.8
HOUR_MS = 3_600_000


async def recover(
    stage: Stage,
    partition: int,
    store: PartitionStore,
    reader: KafkaLog,
    tombstones_ms: int,
    progress: Callable[[], None],
) -> Meta:
    """Replay the changelog into the store; return where it stands. A copy that cannot be trusted is wiped first."""
    topic, began_s = stage.table.changelog, time.monotonic()
    begin, end = await reader.bounds(topic, partition)
    name = f"{topic}/{partition}"

    def step() -> None:
        telemetry.recovering(stage.name, partition, end - reader.position)
        progress()

    local = store.meta
    if local.changelog_offset > end:
        _rebuild(store, name, f"it ends at {end}, before the local copy ({local.changelog_offset}): created anew")
    elif local.changelog_offset and _age_ms(local) > TOMBSTONE_SHARE * tombstones_ms:
        _rebuild(
            store,
            name,
            f"the copy is {_age_ms(local) / HOUR_MS:.1f} h old, tombstones are kept {tombstones_ms / HOUR_MS:.1f} h",
        )
    rows = await _replay(store, reader, begin, end, step)
    if rows is None:
        _rebuild(store, name, "it is not the one that the local copy was made from")
        rows = await _replay(store, reader, begin, end, step)
    assert rows is not None  # an empty store has no incarnation to differ from
    if not store.meta.incarnation:
        store.write((), Meta(store.meta.changelog_offset, store.meta.position, int(time.time() * 1000), os.urandom(8)))
    telemetry.recovered(stage.name, partition, topic, rows, time.monotonic() - began_s, store.meta.position)
    return store.meta


async def _replay(
    store: PartitionStore, reader: KafkaLog, begin: int, end: int, progress: Callable[[], None]
) -> int | None:
    """Read from where the store is to `end`; None when the changelog is of another incarnation than the store.

    A store's changelog offset never passes the newest position row, and compaction keeps that row: reading from one
    before the offset always meets a position row, unless this is another changelog.
    """
    known = store.meta
    reader.seek(max(begin, known.changelog_offset - 1))
    position, incarnation, count = known.position, known.incarnation, 0
    met_position_row = False
    while records := await reader.read_until(end):
        rows: list[tuple[bytes, bytes | None]] = []
        for record in records:
            key = record.key or b""
            if key == POSITION:
                position, incarnation = POSITION_ROW.unpack(record.value or b"")
                if known.incarnation and incarnation != known.incarnation:
                    return None
                met_position_row = True
            else:
                rows.append((key[len(ROW) :], record.value))
        count += len(rows)
        store.write(rows, Meta(records[-1].offset + 1, position, int(time.time() * 1000), incarnation))
        progress()
    if known.changelog_offset and not met_position_row:
        return None
    return count


def _age_ms(meta: Meta) -> float:
    return time.time() * 1000 - meta.written_ms


def _rebuild(store: PartitionStore, name: str, why: str) -> None:
    telemetry.rebuilding(name, why)
    store.wipe()
