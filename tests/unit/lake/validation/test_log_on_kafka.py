"""What lake.files says was written, read from a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from app.lake.validation.log import read_log
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import LAKE_FILES
from app.topology.admin import administer
from app.topology.plan import create
from app.wire.framing import open_wire
from ops.broker.cluster import Cluster
from schemas.records import LakeFile

DAY = "2025-11-25"


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster.start(tmp_path_factory.mktemp("log"))
    yield cluster
    cluster.kill()


async def test_the_log_counts_what_a_table_has_by_its_position(own_broker: Cluster, tmp_path: Path) -> None:
    settings = Settings(kafka=own_broker.bootstrap, home=tmp_path, topic_partitions=1)
    async with administer(settings) as admin, open_registry(settings) as registry:
        await create(admin, registry, settings)
        encode = (await open_wire(registry, [LAKE_FILES])).encoder(LAKE_FILES)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for place, (table, rows) in enumerate([("plate", 3), ("color", 5), ("plate", 4), ("plate", 100)]):
            file = LakeFile(table, DAY, f"{place}.parquet", rows, 1)
            await producer.send_and_wait(LAKE_FILES.name, encode(file), table.encode())
    logged = await read_log(settings, {"plate": 2, "color": 2})
    assert (logged.of("plate", DAY), logged.of("color", DAY), logged.of("car", DAY)) == (7, 5, 0)
    await as_after_retention(settings)
    shorter = await read_log(settings, {"plate": 3})
    assert shorter.of("plate", DAY) is None
    assert "begins on" in shorter.reason()


async def as_after_retention(settings: Settings) -> None:
    """Remove the first records, as retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(LAKE_FILES.name, 0): RecordsToDelete(before_offset=2)})
    finally:
        await admin.close()
