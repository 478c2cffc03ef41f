"""A value that does not fit its schema is refused before it is written, by the name of its field."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from app.errors import MalformedRecord
from app.wire import codec_of
from app.wire.faults import fault_of
from schemas.records import Position, SeenFrame, SeenObject, SegmentDetected, SegmentFacts
from tests.unit.wire.values import CLASSES, fixed_value

FACTS = fixed_value(codec_of(SegmentFacts).shape, "")
SEEN = SeenObject("car", 0.5, 1.0, 2.0, 3.0, 4.0)
FRAME = SeenFrame(0, 1, (SEEN,), {"weather": "clear"}, {"speed_mps": 8.0}, 5, b"")
DETECTED = SegmentDetected(FACTS, "key", 10, (FRAME,), {"objects": "net@1"})


def frame(**changes):
    return replace(DETECTED, frames=(FRAME, replace(FRAME, **changes)))


def seen(**changes):
    return frame(objects=(SEEN, replace(SEEN, **changes)))


def facts(**changes):
    return replace(DETECTED, facts=replace(FACTS, **changes))


CASES = {
    "a box of nan": (seen(x1_px=math.nan), "frames[1].objects[1].x1_px is nan, and numbers must be finite"),
    "infinite on both sides": (seen(x1_px=math.inf, x2_px=-math.inf), "frames[1].objects[1].x1_px is inf, and"),
    "too large for 32 bits": (seen(score=1e39), "frames[1].objects[1].score is 1e+39, too large for 32 bits"),
    "a measure of nan": (frame(measures={"luma": math.nan}), "frames[1].measures['luma'] is nan"),
    "a position of inf": (facts(positions=(Position(1, math.inf, 0.0),)), "facts.positions[0].latitude_deg is inf"),
    "an altitude of nan": (facts(positions=(Position(1, 0.0, 0.0, math.nan),)), "facts.positions[0].altitude_m is nan"),
    "no text": (facts(camera_id=None), "facts.camera_id is None, not a string"),
    "bytes for text": (facts(camera_id=b"x"), "facts.camera_id is b'x', not a string"),
    "half a surrogate pair": (facts(camera_id="\ud800"), "which UTF-8 cannot hold"),
    "a fraction": (facts(sequence=1.5), "facts.sequence is 1.5, not a whole number"),
    "33 bits": (facts(sequence=2**31), "facts.sequence is 2147483648, too large for 32 bits"),
    "65 bits": (facts(recorded_at_us=2**63), "facts.recorded_at_us is 9223372036854775808, too large for 64 bits"),
    "text for bytes": (frame(embedding="x"), "frames[1].embedding is 'x', not bytes"),
    "an unknown symbol": (facts(time_source="sundial"), "facts.time_source is 'sundial', not one of unknown, info"),
    "no sequence": (replace(DETECTED, frames=7), "frames is 7, not a sequence"),
    "text for a sequence": (replace(DETECTED, frames="ab"), "frames is 'ab', not a sequence"),
    "no mapping": (frame(attributes=[1]), "frames[1].attributes is [1], not a mapping"),
    "a number as value": (frame(attributes={"weather": 3}), "frames[1].attributes['weather'] is 3, not a string"),
    "a number as key": (frame(attributes={3: "x"}), "a key of frames[1].attributes is 3, not a string"),
    "another record": (replace(DETECTED, facts=SEEN), "not a SegmentFacts"),
}


@pytest.mark.parametrize(("record", "why"), CASES.values(), ids=CASES)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(record, why):
    with pytest.raises(MalformedRecord) as caught:
        codec_of(SegmentDetected).encode(record)
    assert caught.value.what == "a SegmentDetected to be written"
    assert why in caught.value.why


@pytest.mark.parametrize("held_as", CLASSES, ids=lambda held_as: held_as.__name__)
def test_a_right_value_has_no_fault(held_as):
    shape = codec_of(held_as).shape
    assert fault_of(shape, fixed_value(shape, "")) is None


def test_numbers_of_numpy_are_written_like_those_of_python():
    ours = replace(FRAME, at_us=2**40, perceptual_hash=-(2**62))
    theirs = replace(FRAME, at_us=np.int64(2**40), perceptual_hash=np.int64(-(2**62)), frame_index=np.int32(0))
    assert codec_of(SeenFrame).encode(theirs) == codec_of(SeenFrame).encode(ours)


def test_finite_numbers_whose_sum_is_not_are_written():
    largest = 1.7976931348623157e308
    position = Position(1, largest, largest)
    assert codec_of(Position).decode(codec_of(Position).encode(position)) == position


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused_when_read(bad):
    body = bytearray(codec_of(SeenObject).encode(SEEN))
    body[-4:] = np.float32(bad).tobytes()
    with pytest.raises(MalformedRecord, match="is not finite"):
        codec_of(SeenObject).decode(bytes(body))
