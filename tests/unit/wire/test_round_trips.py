"""What is written is read again, for every record and every value, and as any Avro library would write it."""

from __future__ import annotations

import io
import json

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import MalformedRecord
from app.wire import codec_of
from app.wire.evolved import EvolvedCodec
from schemas.records import SeenObject, WindowMarker
from tests.unit.wire.values import CLASSES, by_fastavro, values_of

every_record = pytest.mark.parametrize("held_as", CLASSES, ids=lambda held_as: held_as.__name__)


@every_record
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_record_survives_its_bytes(held_as, data):
    codec = codec_of(held_as)
    record = data.draw(values_of(codec.shape))
    again = codec.decode(codec.encode(record))
    assert again == record
    assert type(again) is held_as
    assert hash(type(again)) == hash(held_as)


@pytest.mark.slow
@every_record
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_the_bytes_are_those_of_the_general_avro_library(held_as, data):
    codec = codec_of(held_as)
    record = data.draw(values_of(codec.shape))
    assert codec.encode(record) == by_fastavro(record)


@pytest.mark.slow
@every_record
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_the_slow_reader_of_other_versions_agrees_with_the_compiled_one(held_as, data):
    codec = codec_of(held_as)
    record = data.draw(values_of(codec.shape))
    assert EvolvedCodec(codec, codec.definition).decode(codec.encode(record, b"12345"), 5) == record


@pytest.mark.slow
@every_record
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_cut_bytes_are_never_a_record(held_as, data):
    codec = codec_of(held_as)
    body = codec.encode(data.draw(values_of(codec.shape)))
    end = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(MalformedRecord):
        codec.decode(body[:end])


@pytest.mark.slow
@every_record
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_bytes_after_a_record_are_refused(held_as, data):
    codec = codec_of(held_as)
    body = codec.encode(data.draw(values_of(codec.shape)))
    more = data.draw(st.binary(min_size=1, max_size=9))
    with pytest.raises(MalformedRecord, match=rf"{len(more)} bytes follow its end"):
        codec.decode(body + more)


@every_record
@settings(max_examples=50, deadline=None)
@given(junk=st.binary(max_size=300))
def test_any_bytes_give_a_record_or_a_clear_refusal(held_as, junk):
    codec = codec_of(held_as)
    try:
        record = codec.decode(junk)
    except MalformedRecord:
        return
    assert codec.decode(codec.encode(record)) == record


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1))
def test_every_number_of_64_bits_survives(number):
    codec = codec_of(WindowMarker)
    assert codec.decode(codec.encode(WindowMarker("", number))).sent_at_us == number


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=5), max_size=20), st.integers(1, 4))
def test_arrays_that_came_in_blocks_are_read(words, block_size):
    """Other writers split an array into blocks and may put a block's size before it (as a negative count)."""
    schema = {"type": "array", "items": "string"}
    from schemas.records import FrameDecision, SeenFrame

    decision = FrameDecision(SeenFrame(0, 0, (), {}, {}, 0, b""), False, False, 0.0, -1, tuple(words), "", 0)
    codec = codec_of(FrameDecision)
    whole = codec.encode(decision)
    one_block = _written(schema, words)
    blocks = b"".join(_negative(len(part), _written(schema, part)) for part in _parts(words, block_size)) + b"\0"
    at = whole.index(one_block, len(codec.encode(FrameDecision(decision.frame, False, False, 0.0, -1, (), "", 0))) - 3)
    assert codec.decode(whole[:at] + blocks + whole[at + len(one_block) :]) == decision


def _parts(words, size):
    return [words[start : start + size] for start in range(0, len(words), size)]


def _written(schema, value):
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(json.loads(json.dumps(schema))), value)
    return stream.getvalue()


def _negative(count, array):
    items = array[1:-1]
    return _written("long", -count) + _written("long", len(items)) + items


def test_a_label_read_often_is_one_object():
    codec = codec_of(SeenObject)
    body = codec.encode(SeenObject("traffic sign", 0.5, 1, 2, 3, 4))
    assert codec.decode(body).label is codec.decode(body).label


def test_what_was_read_is_frozen():
    record = codec_of(WindowMarker).decode(codec_of(WindowMarker).encode(WindowMarker("a", 1)))
    with pytest.raises(AttributeError):
        record.archive = "b"
