"""The oracle of the sum stage: outputs, dead letters and rows as a plain loop over its source would make them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.engine.store import PartitionStore
from tests.engine.kafka_io import Kafka
from tests.engine.workers import Worker


@dataclass
class Verdict:
    """What differs from the oracle; nothing of it may."""

    outputs: int
    lost: int
    wrong: int
    doubled: int
    letters_lost: int
    letters_doubled: int
    aborted: int
    """Records of transactions that never committed: allowed, and invisible to readers of committed records."""

    @property
    def exact(self) -> bool:
        return not (self.lost or self.wrong or self.doubled or self.letters_lost or self.letters_doubled)


async def expected(kafka: Kafka, stage: str) -> tuple[dict[str, list[int]], dict[str, list[int]], set[str]]:
    """Return outputs by source id, rows by key, and the source ids of dead letters."""
    outputs: dict[str, list[int]] = {}
    rows: dict[str, list[int]] = {}
    dead = set()
    for record in await kafka.read(f"{stage}.in"):
        source = f"{record.partition}/{record.offset}"
        key = record.key.decode()
        try:
            value = json.loads(record.value)
            if value["v"] == "ask-fails" or value.get("pad_bytes", 0) > 300_000:
                raise ValueError
            count, total = rows.get(key, [0, 0])
            rows[key] = outputs[source] = [count + 1, total + value["v"]]
        except (ValueError, TypeError):
            dead.add(source)
    return outputs, rows, dead


async def verdict(kafka: Kafka, stage: str) -> Verdict:
    """Compare what readers of committed records see with the oracle."""
    want, _, dead = await expected(kafka, stage)
    records = await kafka.read(f"{stage}.out")
    seen = [json.loads(record.value) for record in records]
    got = {one["src"]: [one["count"], one["sum"]] for one in seen}
    letters = Counter(
        f"{one['source_partition']}/{one['source_offset']}"
        for one in (json.loads(record.value) for record in await kafka.read("dead.letters"))
        if one["stage"] == stage
    )
    return Verdict(
        outputs=len(want),
        lost=len(want.keys() - got.keys()),
        wrong=sum(want.get(source) != value for source, value in got.items()),
        doubled=len(seen) - len(got),
        letters_lost=len(dead - letters.keys()),
        letters_doubled=sum(letters.values()) - len(dead & letters.keys()),
        aborted=len(await kafka.read(f"{stage}.out", "read_uncommitted")) - len(records),
    )


def rows_on_disk(stage: str, workers: list[Worker], partitions: int) -> dict[str, Any]:
    """Return the rows of the newest copy of each partition."""
    rows: dict[str, Any] = {}
    for partition in range(partitions):
        stores = []
        for worker in workers:
            path = worker.folder / "state" / f"roadsieve.{stage}" / f"roadsieve.{stage}-sums-changelog" / str(partition)
            if path.exists():
                stores.append(PartitionStore(path))
        if stores:
            newest = max(stores, key=lambda store: store.meta.position)
            rows |= {key.decode(): json.loads(value) for key, value in newest.items()}
        for store in stores:
            store.close()
    return rows
