"""What `roadsieve watch` shows of a real Kafka: topics, groups, archives, and a broker that is lost for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from app.errors import OperatorError
from app.settings import Settings
from app.stores.open import open_registry
from app.telemetry.page import Page
from app.topics import ARCHIVE_DISTRIBUTION, TOPICS
from app.topology.admin import administer
from app.topology.plan import create
from app.watch.exporter import Exporter
from app.wire.framing import open_wire
from ops.broker.cluster import Cluster
from ops.stack.ports import free_ports
from tests.unit.telemetry.test_archives import NOW, value


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster.start(tmp_path_factory.mktemp("watch"))
    yield cluster
    cluster.kill()


async def test_topics_groups_and_archives_are_seen_and_so_is_a_broker_that_is_lost(
    own_broker: Cluster, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, kafka=own_broker.bootstrap)
    async with administer(settings) as admin, open_registry(settings) as registry:
        await create(admin, registry, settings)
        encode = (await open_wire(registry)).encoder(ARCHIVE_DISTRIBUTION)
    exporter = Exporter(settings)
    async with AIOKafkaProducer(bootstrap_servers=own_broker.bootstrap) as producer:
        for windows in (1, 2):
            await producer.send_and_wait(ARCHIVE_DISTRIBUTION.name, encode(replace(NOW, windows=windows)), b"a")
        await exporter.look()
        assert value("roadsieve_look_ok", look="cluster") == value("roadsieve_look_ok", look="archives") == 1
        assert value("roadsieve_brokers") == 1
        assert {name: value("roadsieve_topic_partitions", topic=name) for name in TOPICS} == {
            name: topic.partitions or settings.topic_partitions for name, topic in TOPICS.items()
        }
        assert value("roadsieve_topic_under_replicated_partitions", topic=ARCHIVE_DISTRIBUTION.name) == 0
        assert value("roadsieve_group_done_offset", stage="porter", partition="0") == 0
        assert value("roadsieve_group_lag_offsets", stage="porter", partition="0") == 0
        assert value("roadsieve_archive_windows", archive="a") == 2
        await producer.send_and_wait(ARCHIVE_DISTRIBUTION.name, encode(replace(NOW, windows=3)), b"a")
    await exporter.look()
    assert value("roadsieve_archive_windows", archive="a") == 3
    await asyncio.to_thread(own_broker.kill, 1)
    await exporter.look()
    assert value("roadsieve_look_ok", look="cluster") == 0
    assert value("roadsieve_archive_windows", archive="a") == 3
    await asyncio.to_thread(own_broker.start_node, 1)
    await exporter.look()
    assert value("roadsieve_look_ok", look="cluster") == 1


def test_the_page_shows_the_values_of_its_last_renewal() -> None:
    (port,) = free_ports(1)
    with Page("127.0.0.1", port, "ROADSIEVE_WATCH_PORT") as page:
        url = f"http://127.0.0.1:{port}/metrics"
        assert "roadsieve" not in httpx.get(url).text
        page.renew()
        assert "roadsieve_archives " in httpx.get(url).text
        with pytest.raises(OperatorError, match="ROADSIEVE_NEXT_PORT"), Page("127.0.0.1", port, "ROADSIEVE_NEXT_PORT"):
            pass
