"""Dead letters on a real Kafka: sent again once, dropped once, whatever is repeated or runs at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from app.errors import InfrastructureError, OperatorError
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import DEAD_LETTERS, SEGMENTS_STORED
from app.topology.admin import administer
from app.topology.plan import create
from app.watch.follow import open_reader
from app.watch.letters import REPLAYED_HEADER, Filed, matching, open_letters, settler
from app.wire.framing import Wire, open_wire
from ops.broker.cluster import Cluster
from schemas.records import DeadLetter

LETTER = DeadLetter(
    stage="detector", source_topic=SEGMENTS_STORED.name, source_partition=2, source_offset=7, source_timestamp_us=1,
    error="ObjectVanished", reason="object x: it is not in the store", remedy="send the recording again",
    key=b"camera-1", value=b"\x00original bytes", headers={"trace": b"\xff\x00"},
)  # fmt: skip


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster.start(tmp_path_factory.mktemp("letters"))
    yield cluster
    cluster.kill()


@pytest.fixture
async def wire(own_broker: Cluster, tmp_path: Path) -> Wire:
    settings = Settings(home=tmp_path, kafka=own_broker.bootstrap)
    async with administer(settings) as admin, open_registry(settings) as registry:
        await create(admin, registry, settings)
        return await open_wire(registry)


@pytest.fixture
async def letters(own_broker: Cluster, wire: Wire) -> AsyncIterator[list[Filed]]:
    """File three letters; afterwards drop what a test left open."""
    encode = wire.encoder(DEAD_LETTERS)
    async with AIOKafkaProducer(bootstrap_servers=own_broker.bootstrap) as producer:
        for offset, error in ((7, "ObjectVanished"), (8, "ObjectVanished"), (9, "MalformedRecord")):
            letter = replace(LETTER, source_offset=offset, error=error)
            await producer.send_and_wait(DEAD_LETTERS.name, encode(letter), f"segments.stored/2/{offset}".encode())
    yield await still_open(own_broker, wire)
    async with settler(Settings(kafka=own_broker.bootstrap)) as one:
        for filed in await still_open(own_broker, wire):
            await one.drop(filed)


async def still_open(broker: Cluster, wire: Wire) -> list[Filed]:
    async with open_reader(Settings(kafka=broker.bootstrap)) as reader:
        return await open_letters(reader, wire)


async def stored(broker: Cluster) -> list[tuple[int, bytes | None, bytes | None, dict[str, bytes]]]:
    async with open_reader(Settings(kafka=broker.bootstrap)) as reader:
        return [
            (record.partition, record.key, record.value, dict(record.headers))
            async for record in reader.read_to_end(SEGMENTS_STORED.name)
        ]


async def test_a_replayed_letter_is_back_in_its_place_as_it_was(
    own_broker: Cluster, wire: Wire, letters: list[Filed]
) -> None:
    before = len(await stored(own_broker))
    async with settler(Settings(kafka=own_broker.bootstrap)) as one:
        await one.replay(letters[0])
    (back,) = (await stored(own_broker))[before:]
    assert back == (2, b"camera-1", LETTER.value, {"trace": b"\xff\x00", REPLAYED_HEADER: b"segments.stored/2/7"})
    assert [filed.key for filed in await still_open(own_broker, wire)] == ["segments.stored/2/8", "segments.stored/2/9"]


async def test_a_dropped_letter_is_gone_and_nothing_is_sent(
    own_broker: Cluster, wire: Wire, letters: list[Filed]
) -> None:
    before = await stored(own_broker)
    async with settler(Settings(kafka=own_broker.bootstrap)) as one:
        await one.drop(letters[1])
    assert await stored(own_broker) == before
    assert "segments.stored/2/8" not in [filed.key for filed in await still_open(own_broker, wire)]


async def test_of_two_commands_at_once_the_older_can_do_nothing(
    own_broker: Cluster, wire: Wire, letters: list[Filed]
) -> None:
    before = len(await stored(own_broker))
    chosen = Settings(kafka=own_broker.bootstrap)
    async with settler(chosen) as older, settler(chosen) as newer:
        with pytest.raises(InfrastructureError, match="not settled"):
            await older.replay(letters[0])
        await newer.replay(letters[0])
    assert len(await stored(own_broker)) == before + 1


async def test_a_replay_that_dies_in_the_middle_has_done_nothing(
    own_broker: Cluster, wire: Wire, letters: list[Filed], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await stored(own_broker)

    async def dies(*_: object) -> None:
        raise OSError("the line is cut")

    async with settler(Settings(kafka=own_broker.bootstrap)) as one:
        monkeypatch.setattr(one, "_settle", dies)
        with pytest.raises(InfrastructureError):
            await one.replay(letters[0])
    assert await stored(own_broker) == before
    assert letters[0].key in [filed.key for filed in await still_open(own_broker, wire)]


async def test_a_letter_of_a_topic_that_is_none_of_ours_is_refused(own_broker: Cluster, letters: list[Filed]) -> None:
    foreign = replace(letters[0], letter=replace(LETTER, source_topic="orders"))
    async with settler(Settings(kafka=own_broker.bootstrap)) as one:
        with pytest.raises(OperatorError, match="orders is none of ours"):
            await one.replay(foreign)


@pytest.mark.parametrize(
    ("keys", "stage", "error", "offsets"),
    [
        ([], None, None, [7, 8, 9]),
        ([], "detector", "ObjectVanished", [7, 8]),
        ([], "curator", None, []),
        (["t/0/9"], None, None, [9]),
        (["t/0/9"], None, "ObjectVanished", []),
    ],
)
def test_letters_are_chosen_by_key_stage_and_error(
    keys: list[str], stage: str | None, error: str | None, offsets: list[int]
) -> None:
    filed = [
        Filed(f"t/0/{offset}", offset, replace(LETTER, source_offset=offset, error=kind))
        for offset, kind in ((7, "ObjectVanished"), (8, "ObjectVanished"), (9, "MalformedRecord"))
    ]
    assert [one.letter.source_offset for one in matching(filed, keys, stage, error)] == offsets


def test_a_letter_that_is_not_there_is_named() -> None:
    with pytest.raises(OperatorError, match="letter t/0/1: there is no such letter"):
        matching([], ["t/0/1"], None, None)
