"""How somebody else's plate-recognition engine sends results: copy it, it needs nothing of roadsieve.

A result is a mapping with the fields of schemas/plates_recognized.avsc, of which `result` is the SDK's JSON, as bytes.
"""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import fastavro
import httpx
from aiokafka import AIOKafkaProducer


async def send(
    registry_url: str, bootstrap: str, results: Iterable[Mapping[str, Any]], topic: str = "plates.recognized"
) -> None:
    """Send results in Confluent's framing, keyed by source, many at once; all are confirmed when it returns."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{registry_url}/subjects/roadsieve.PlatesRecognized/versions/latest")
    latest = answer.raise_for_status().json()
    schema, head = fastavro.parse_schema(json.loads(latest["schema"])), b"\0" + latest["id"].to_bytes(4, "big")
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all") as producer:
        sent = []
        for result in results:
            body = io.BytesIO()
            fastavro.schemaless_writer(body, schema, result)
            sent.append(await producer.send(topic, head + body.getvalue(), result["source_id"].encode()))
        for one in sent:
            await one
