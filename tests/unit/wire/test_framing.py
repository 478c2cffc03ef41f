"""Messages carry the id of their schema; what a topic does not promise is refused,
what older producers write is read."""

from __future__ import annotations

import io
import json
from dataclasses import asdict

import fastavro
import pytest

from app.errors import MalformedRecord, PreflightError
from app.stores.ledger import Ledger
from app.stores.registry import subject_of
from app.tables import TABLES
from app.topics import SEGMENTS_EXTRACTED, SEGMENTS_RECORDED, SEGMENTS_STORED, TOPICS
from app.wire import codec_of, open_wire
from app.wire.encoded import Encoded
from schemas.definitions import definition
from schemas.records import (
    PolicyPublished,
    Position,
    SegmentExtracted,
    SegmentFacts,
    SegmentRecorded,
    SegmentStored,
    WindowMarker,
)
from tests.unit.wire.values import fixed_value, with_field, without

FACTS = fixed_value(codec_of(SegmentFacts).shape, "")
STORED = SegmentStored(FACTS, "temporary/x.mp4", 5)


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "schemas.json", lock_s=5)


async def with_all(ledger):
    for name in dict.fromkeys(record.__name__ for topic in TOPICS.values() for record in topic.records):
        await ledger.register(subject_of(name), definition(name))
    return await open_wire(ledger)


async def test_a_message_is_a_zero_byte_the_id_and_the_body(ledger):
    await ledger.register(subject_of("WindowMarker"), definition("WindowMarker"))
    wire = await with_all(ledger)
    marker = WindowMarker("fleet", 7)
    assert wire.encoder(SEGMENTS_EXTRACTED)(marker) == b"\0\0\0\0\1" + codec_of(WindowMarker).encode(marker)


async def test_a_record_that_was_encoded_before_is_the_same_message(ledger):
    encode, marker = (await with_all(ledger)).encoder(SEGMENTS_EXTRACTED), WindowMarker("fleet", 7)
    assert encode(Encoded(WindowMarker, codec_of(WindowMarker).encode(marker))) == encode(marker)
    with pytest.raises(TypeError, match=r"segments\.extracted carries SegmentExtracted, .* not Encoded"):
        encode(Encoded(SegmentStored, b""))


async def test_a_topic_carries_several_kinds_of_record(ledger):
    wire = await with_all(ledger)
    encode, decode = wire.encoder(SEGMENTS_EXTRACTED), wire.decoder(SEGMENTS_EXTRACTED)
    for record in (SegmentExtracted(FACTS, "k", 1, ()), WindowMarker("", 3), PolicyPublished("a", "x = 1", "h")):
        assert decode(encode(record)) == record


async def test_every_topic_reads_what_it_writes(ledger):
    wire = await with_all(ledger)
    for topic in TOPICS.values():
        for held_as in topic.records:
            record = fixed_value(codec_of(held_as).shape, "")
            assert wire.decoder(topic)(wire.encoder(topic)(record)) == record


REFUSED = {
    "nothing": (None, "it has no value"),
    "empty": (b"", "0 bytes are too short for a schema id"),
    "short": (b"\0\0\0\1", "4 bytes are too short for a schema id"),
    "text": (b'{"camera": 1}', "it begins with byte 0x7b instead of 0x00"),
    "unknown id": (b"\0\0\0\x30\x39abc", "schema id 12345 was not registered when this process started"),
}


@pytest.mark.parametrize(("message", "why"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_message_is_refused(ledger, message, why):
    decode = (await with_all(ledger)).decoder(SEGMENTS_STORED)
    with pytest.raises(MalformedRecord) as caught:
        decode(message)
    assert caught.value.what == "a message of segments.stored"
    assert why in caught.value.why


async def test_a_record_of_another_topic_is_refused(ledger):
    wire = await with_all(ledger)
    message = wire.encoder(SEGMENTS_STORED)(STORED)
    with pytest.raises(MalformedRecord, match=r"it holds a SegmentStored, the topic carries SegmentRecorded"):
        wire.decoder(SEGMENTS_RECORDED)(message)


async def test_a_record_that_the_topic_does_not_carry_cannot_be_sent(ledger):
    wire = await with_all(ledger)
    with pytest.raises(TypeError, match=r"segments.stored carries SegmentStored, not WindowMarker"):
        wire.encoder(SEGMENTS_STORED)(WindowMarker("", 1))


@pytest.mark.parametrize("tail", [b"\0", b"more"])
async def test_bytes_after_the_body_are_refused(ledger, tail):
    wire = await with_all(ledger)
    with pytest.raises(MalformedRecord, match="follow its end"):
        wire.decoder(SEGMENTS_STORED)(wire.encoder(SEGMENTS_STORED)(STORED) + tail)


async def test_a_worker_does_not_start_without_its_schemas(ledger):
    with pytest.raises(PreflightError, match="roadsieve topics create"):
        await open_wire(ledger, [SEGMENTS_STORED])


def written(definition, value):
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(json.loads(definition)), value)
    return stream.getvalue()


async def test_an_older_producer_is_understood(ledger):
    """Before positions had an accuracy: the field is filled with its default."""
    old = without(definition("SegmentStored"), "Position", "accuracy_m")
    before = await ledger.register(subject_of("SegmentStored"), old)
    wire = await with_all(ledger)
    message = b"\0" + before.schema_id.to_bytes(4, "big") + written(old, asdict(STORED))
    read = wire.decoder(SEGMENTS_STORED)(message)
    assert read.object_key == STORED.object_key
    assert [type(one) for one in read.facts.positions] == [Position] * len(FACTS.positions)
    assert {one.accuracy_m for one in read.facts.positions} == {None}
    assert wire.encoder(SEGMENTS_STORED)(STORED)[:5] != message[:5]


async def test_a_newer_producer_is_understood(ledger):
    """Once it names the lens: a worker that does not know the field leaves it out."""
    new = with_field(definition("SegmentStored"), "SegmentFacts", {"name": "lens", "type": "string", "default": ""})
    after = await ledger.register(subject_of("SegmentStored"), new)
    wire = await with_all(ledger)
    value = asdict(STORED)
    value["facts"]["lens"] = "wide"
    message = b"\0" + after.schema_id.to_bytes(4, "big") + written(new, value)
    assert wire.decoder(SEGMENTS_STORED)(message) == STORED


@pytest.mark.parametrize("spoil", [lambda body: body[:-3], lambda body: body + b"!", lambda body: b"\xff" * 9 + body])
async def test_spoilt_bytes_of_another_version_are_refused(ledger, spoil):
    old = without(definition("SegmentStored"), "Position", "accuracy_m")
    before = await ledger.register(subject_of("SegmentStored"), old)
    wire = await with_all(ledger)
    body = written(old, asdict(STORED))
    with pytest.raises(MalformedRecord, match="should be a SegmentStored"):
        wire.decoder(SEGMENTS_STORED)(b"\0" + before.schema_id.to_bytes(4, "big") + spoil(body))


async def test_large_video_comes_through_whole(ledger):
    wire = await with_all(ledger)
    record = SegmentRecorded(FACTS, bytes(range(256)) * 32_768)
    assert wire.decoder(SEGMENTS_RECORDED)(wire.encoder(SEGMENTS_RECORDED)(record)) == record


@pytest.mark.parametrize("table", [table for table in TABLES.values() if table.row], ids=lambda table: table.full_name)
async def test_rows_are_plain_avro_without_framing(ledger, table):
    wire = await with_all(ledger)
    row = fixed_value(codec_of(table.row).shape, "")
    body = wire.row_encoder(table)(row)
    assert body == codec_of(table.row).encode(row)
    assert wire.row_decoder(table)(body) == row
