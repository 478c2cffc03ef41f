"""How somebody else's camera gateway sends segments: copy it, it needs nothing of roadsieve.

A segment is a mapping with the fields of schemas/segment_recorded.avsc: one to two seconds of coded video that begin
with a keyframe, and its facts.
"""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import fastavro
import httpx
from aiokafka import AIOKafkaProducer


async def send(
    registry_url: str, bootstrap: str, segments: Iterable[Mapping[str, Any]], topic: str = "segments.recorded"
) -> None:
    """Send segments in Confluent's framing, keyed by camera, each confirmed before the next."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{registry_url}/subjects/roadsieve.SegmentRecorded/versions/latest")
    latest = answer.raise_for_status().json()
    schema, head = fastavro.parse_schema(json.loads(latest["schema"])), b"\0" + latest["id"].to_bytes(4, "big")
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_request_size=9 << 20
    )
    async with producer:
        for segment in segments:
            body = io.BytesIO()
            fastavro.schemaless_writer(body, schema, segment)
            key = segment["facts"]["camera_id"].encode()
            await producer.send_and_wait(topic, head + body.getvalue(), key)
