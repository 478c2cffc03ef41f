"""`topics create` on a real Kafka: once is enough, twice changes nothing, and what others set stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import InfrastructureError, OperatorError
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import SEGMENTS_STORED, TOPICS
from app.topology.admin import administer
from app.topology.plan import Found, Made, create, inspect
from app.topology.schemas import names_of_records
from ops.broker.cluster import Cluster


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster.start(tmp_path_factory.mktemp("topics"))
    yield cluster
    cluster.kill()


@pytest.fixture(scope="module")
def settings(own_broker: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), kafka=own_broker.bootstrap, topic_partitions=3)


async def created(settings: Settings) -> Made:
    async with administer(settings) as admin, open_registry(settings) as registry:
        return await create(admin, registry, settings)


async def inspected(settings: Settings) -> Found:
    async with administer(settings) as admin, open_registry(settings) as registry:
        return await inspect(admin, registry, settings)


async def test_once_makes_everything_and_twice_changes_nothing(settings: Settings) -> None:
    first = await created(settings)
    assert set(TOPICS) <= set(first.created)
    assert first.registered == names_of_records()
    assert await created(settings) == Made([], [], [], [])
    found = await inspected(settings)
    assert found.differences == []
    assert found.topics[SEGMENTS_STORED.name].partitions == 3


async def test_a_changed_configuration_is_found_and_mended_and_other_configuration_stays(settings: Settings) -> None:
    await created(settings)
    async with administer(settings) as admin:
        await admin.configure({SEGMENTS_STORED.name: {"retention.ms": "5", "segment.ms": "777777"}})
    await until(lambda: _differing(settings), {"retention.ms"})
    assert (await created(settings)).configured == [SEGMENTS_STORED.name]
    await until(lambda: _differing(settings), set())
    assert (await inspected(settings)).topics[SEGMENTS_STORED.name].configs["segment.ms"] == "777777"


async def test_other_partitions_are_told_and_left_alone(settings: Settings) -> None:
    await created(settings)
    wider = settings.model_copy(update={"topic_partitions": 6})
    made = await created(wider)
    assert made.created == []
    assert {one.what for one in made.left} == {"partitions"}
    assert "ROADSIEVE_TOPIC_PARTITIONS=3" in made.left[0].remedy
    assert (await inspected(settings)).differences == []


async def test_what_the_broker_refuses_is_said(settings: Settings, tmp_path: Path) -> None:
    impossible = settings.model_copy(update={"topic_replication": 5, "home": tmp_path})
    async with administer(settings) as admin, open_registry(impossible) as registry:
        wanted = (await inspect(admin, registry, impossible)).wanted[0]
        anew = type(wanted)("anew", "a test", wanted.partitions, wanted.replication, wanted.configs)
        with pytest.raises(OperatorError, match="the broker refuses it"):
            await admin.create([anew])


async def test_a_broker_that_is_not_there_is_an_infrastructure_error() -> None:
    with pytest.raises(InfrastructureError, match="does not answer"):
        async with administer(Settings(kafka="127.0.0.1:1")):
            pass


async def _differing(settings: Settings) -> set[str]:
    return {one.what for one in (await inspected(settings)).differences}


async def until(look: object, wanted: set[str]) -> None:
    """Wait until the broker's own picture of its topics shows what was set: it follows within a moment."""
    assert callable(look)
    async with asyncio.timeout(20):
        while await look() != wanted:
            await asyncio.sleep(0.05)
