"""Law of the documented producers: what they send, with the ids of the registry, is the record that the stages read."""

import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from app.settings import Settings
from app.stores.open import open_registry
from app.topics import PLATES_RECOGNIZED, SEGMENTS_RECORDED, Topic
from app.topology.schemas import register
from app.wire.framing import open_wire
from ops.broker.cluster import Cluster
from ops.gateway import plates, producer
from schemas.records import PlatesRecognized, Position, SegmentFacts, SegmentRecorded

SEGMENT = SegmentRecorded(
    SegmentFacts(
        segment_id="00" * 16, camera_id="gate-7", archive="default", clip_id="11" * 16, clip_name="live", sequence=3,
        recorded_at_us=1_750_000_000_000_000, time_source="unknown", ingested_at_us=1_750_000_000_500_000,
        clip_offset_us=3_000_000, duration_us=1_000_000, frame_count=25, codec="h264", container="mp4", width_px=640,
        height_px=360, rotation_deg=0, positions=(Position(1_750_000_000_100_000, 48.1, 11.5),),
    ),
    b"coded video",
)  # fmt: skip


RESULT = PlatesRecognized("gate-7", 1_750_000_000_000_000, "s3://gate/1.jpg", b'{"frame_id": 1, "plates": []}')


async def test_what_a_foreign_gateway_sends_is_the_record_that_the_stages_read(
    broker: Cluster, registry_settings: Settings
) -> None:
    topic, decode = await prepared(broker, registry_settings, SEGMENTS_RECORDED)
    facts = asdict(SEGMENT.facts)
    del facts["time_source"]  # it has a default
    segment = {"facts": facts, "video": SEGMENT.video}
    await producer.send(registry_settings.registry_url, broker.bootstrap, [segment], topic)
    record = await first_of(broker, topic)
    assert record.key == b"gate-7"
    assert decode(record.value) == SEGMENT


async def test_what_a_foreign_engine_reads_on_plates_is_the_record_that_the_scribe_takes(
    broker: Cluster, registry_settings: Settings
) -> None:
    topic, decode = await prepared(broker, registry_settings, PLATES_RECOGNIZED)
    await plates.send(registry_settings.registry_url, broker.bootstrap, [asdict(RESULT)], topic)
    record = await first_of(broker, topic)
    assert record.key == b"gate-7"
    assert decode(record.value) == RESULT


async def prepared(broker: Cluster, settings: Settings, of: Topic) -> tuple[str, Callable[[bytes], Any]]:
    topic = f"recorded-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with open_registry(settings) as registry:
        await register(registry)
        wire = await open_wire(registry, [of])
    return topic, wire.decoder(of)


async def first_of(broker: Cluster, topic: str) -> ConsumerRecord[bytes, bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        return await consumer.getone()
