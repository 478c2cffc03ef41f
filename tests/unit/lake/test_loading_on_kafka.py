"""Logs sent to a real Kafka: what each record says, where a load that was cut off goes on, and what is sent again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.errors import InfrastructureError
from app.intake.outbox import Outbox
from app.lake.loading import LoadOptions, LoadSummary, load
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import PLATES_RECOGNIZED
from app.topology.admin import administer
from app.topology.plan import create
from app.wire.framing import open_wire
from ops.broker.cluster import Cluster
from schemas.records import PlatesRecognized
from tests.engine.kafka_io import Kafka
from tests.unit.lake.results import AT_US, NOTHING, PLATE_ALONE

SEVEN = [json.dumps({**NOTHING, "frame_id": number, "timestamp": AT_US}).encode() for number in range(7)]
PLAIN = LoadOptions()
NAMED = json.dumps({**PLATE_ALONE, "source_id": "gate-9", "image_uri": "s3://gate/1.jpg"}).encode()


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster.start(tmp_path_factory.mktemp("load"))
    yield cluster
    cluster.kill()


@pytest.mark.slow
async def test_a_load_that_was_cut_off_goes_on_and_what_was_sent_is_not_sent_again(
    own_broker: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(kafka=own_broker.bootstrap, home=tmp_path / "home", topic_partitions=1)
    async with administer(settings) as admin, open_registry(settings) as registry:
        await create(admin, registry, settings)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl.gz").write_bytes(gzip.compress(b"\n".join(SEVEN)))
    (logs / "b.json").write_bytes(NAMED)
    (logs / "c.jsonl").write_bytes(b"")

    monkeypatch.setattr("app.lake.loading.NOTED_RESULTS", 2)
    monkeypatch.setattr(Outbox, "send", sends_no_more_than(5, Outbox.send))
    with pytest.raises(InfrastructureError, match="cut off"):
        await sent_by(settings, logs)
    before = await on_the_topic(settings)
    assert [one.result for one in before] in (SEVEN[:4], SEVEN[:5])  # four are noted

    monkeypatch.undo()
    monkeypatch.setattr("app.lake.loading.NOTED_RESULTS", 2)
    summary = await sent_by(settings, logs, LoadOptions("gate-3", AT_US))
    assert (summary.results, summary.files, summary.files_before) == (3 + 1, 3, 0)
    assert [one.split(":")[0] for one in summary.unusable] == [f"log {logs / 'c.jsonl'}"]
    rest = [PlatesRecognized("gate-3", 0, "", raw) for raw in SEVEN[4:]]  # sent and not noted is one result downstream
    rest.append(PlatesRecognized("gate-9", AT_US, "s3://gate/1.jpg", NAMED))
    assert (await on_the_topic(settings))[len(before) :] == rest

    summary = await sent_by(settings, logs)
    assert (summary.results, summary.files, summary.files_before) == (0, 0, 3)
    summary = await sent_by(settings, logs, LoadOptions(again=True))
    assert (summary.results, summary.files, summary.files_before) == (8, 3, 0)
    assert (await on_the_topic(settings))[-2].source_id == "a", "of who names none: the name of the file"


async def sent_by(settings: Settings, logs: Path, options: LoadOptions = PLAIN) -> LoadSummary:
    told: list[tuple[int, int]] = []
    summary = await load([str(logs)], options, settings, lambda so_far, files, _: told.append((so_far.results, files)))
    assert told == sorted(told) and told[-1] == (summary.results, 3), "progress"
    return summary


def sends_no_more_than(most: int, send: object) -> object:
    async def sends(*args: object) -> None:
        nonlocal most
        most -= 1
        if most < 0:
            raise InfrastructureError("broker", "it is cut off", "run it again")
        await send(*args)  # type: ignore[operator]  # Outbox.send

    return sends


async def on_the_topic(settings: Settings) -> Sequence[PlatesRecognized]:
    async with open_registry(settings) as registry:
        decode = (await open_wire(registry, [PLATES_RECOGNIZED])).decoder(PLATES_RECOGNIZED)
    return [decode(record.value) for record in await Kafka(settings.kafka).read(PLATES_RECOGNIZED.name)]
