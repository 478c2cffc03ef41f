"""The tables of topics and of state: the flow, the largest message, one changelog per stage."""

from __future__ import annotations

import pytest

from app.tables import TABLES
from app.topics import DEAD_LETTERS, LARGEST_MESSAGE_BYTES, MIB, SEGMENT_MAX_BYTES, SEGMENTS_RECORDED, TOPICS
from app.wire import codec_of
from schemas.records import DeadLetter, Position, SegmentRecorded
from tests.unit.wire.values import fixed_value

STAGES = ("porter", "detector", "extractor", "curator", "librarian", "sinker")
LAKE_STAGES = ("scribe", "tracker", "registrar")

every_topic = pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)


def test_each_stage_reads_one_topic_and_writes_the_next():
    flow = {topic.writer: topic for topic in TOPICS.values() if set(topic.readers) & set(STAGES)}
    reached, at = [], "replay"
    while at in flow:
        (at,) = flow[at].readers
        reached.append(at)
    assert tuple(reached) == STAGES


@every_topic
def test_a_topic_that_holds_the_latest_of_each_key_is_kept_for_ever(topic):
    assert (topic.cleanup == "compact") == (topic.retention_ms == -1)


def test_the_largest_segment_fits_its_topic_and_its_dead_letter():
    facts = fixed_value(codec_of(SegmentRecorded).shape, "").facts
    many = tuple(Position(1_700_000_000_000_000 + n, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0) for n in range(1_000))
    from dataclasses import replace

    largest = codec_of(SegmentRecorded).encode(
        SegmentRecorded(replace(facts, positions=many), bytes(SEGMENT_MAX_BYTES))
    )
    assert len(largest) < SEGMENTS_RECORDED.max_message_bytes == LARGEST_MESSAGE_BYTES
    letter = DeadLetter(
        "porter", "segments.recorded", 0, 0, 0, "MalformedRecord", "r" * 10_000, "r" * 10_000, b"key", largest, {}
    )
    assert len(codec_of(DeadLetter).encode(letter)) < DEAD_LETTERS.max_message_bytes
    assert max(topic.max_message_bytes for topic in TOPICS.values()) == DEAD_LETTERS.max_message_bytes
    assert DEAD_LETTERS.max_message_bytes == LARGEST_MESSAGE_BYTES + MIB


def test_every_stage_has_one_table_and_no_two_share_a_changelog():
    assert tuple(TABLES) == (*STAGES, *LAKE_STAGES)
    assert len({table.changelog for table in TABLES.values()}) == len(TABLES)
    assert all(table.changelog == f"roadsieve.{table.stage}-{table.full_name}-changelog" for table in TABLES.values())


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.full_name)
def test_a_table_has_a_codec_exactly_if_it_has_rows(table):
    if table.row is None:
        with pytest.raises(TypeError, match=f"{table.full_name} of {table.stage} has no rows"):
            _ = table.codec
    else:
        row = fixed_value(codec_of(table.row).shape, "")
        assert table.codec.decode(table.codec.encode(row)) == row
