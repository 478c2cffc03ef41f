"""The job: `step(state bytes, record bytes) -> (state bytes, output bytes)`, and an oracle. No engine is imported here.

A record is one camera's segment of N frames with about 18 objects each (Avro). An output says which frames are
keyframes, which repeat an earlier one, and how diverse the camera has been so far; it depends on everything that the
camera saw before, so that a lost, repeated or reordered update makes every later output of that camera wrong.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterable
from typing import Any

from fastavro import parse_schema, schemaless_reader, schemaless_writer

CLASSES = 10
ATTRIBUTES = {"weather": 7, "scene": 7, "timeofday": 4}
REMEMBERED = 16
NEAR_BITS = 6
MIN_SCORE = 0.5
KEYFRAME_CHANGE = 3
LONGEST_RUN = 30


def _record(name: str, **fields: object) -> dict[str, object]:
    return {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields.items()]}


def _array(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


_OBJECT = _record("Object", label="int", score="float", x1="float", y1="float", x2="float", y2="float")
_FRAME = _record("Frame", objects=_array(_OBJECT), **dict.fromkeys(ATTRIBUTES, "int"), hash="long")
SEGMENT = parse_schema(_record("Segment", camera="string", sequence="long", at_us="long", frames=_array(_FRAME)))
OUTPUT = parse_schema(
    _record(
        "Output", camera="string", sequence="long", keyframes=_array("boolean"), repeats=_array("boolean"),
        entropy_microbits=_array("long"),
    )
)  # fmt: skip

#: Objects of the last frame by class; remembered hashes, how many, next place; run of repeats; frames; values seen.
_STATE = struct.Struct(f"<{CLASSES}H{REMEMBERED}Q4I{sum(ATTRIBUTES.values())}Q")
_EMPTY = _STATE.pack(*[0] * (CLASSES + REMEMBERED + 4 + sum(ATTRIBUTES.values())))


def step(state: bytes | None, value: bytes) -> tuple[bytes, bytes]:
    """Return the camera's new state and the output of one record."""
    segment: Any = schemaless_reader(io.BytesIO(value), SEGMENT, None)
    fields = list(_STATE.unpack(state or _EMPTY))
    counts, hashes = fields[:CLASSES], fields[CLASSES : CLASSES + REMEMBERED]
    known, place, run, frames = fields[CLASSES + REMEMBERED : CLASSES + REMEMBERED + 4]
    seen = fields[CLASSES + REMEMBERED + 4 :]
    keyframes, repeats = [], []
    for frame in segment["frames"]:
        now = [0] * CLASSES
        for thing in frame["objects"]:
            if thing["score"] >= MIN_SCORE:
                now[thing["label"]] += 1
        digest = frame["hash"] & 0xFFFFFFFFFFFFFFFF
        near = any((hashes[n] ^ digest).bit_count() <= NEAR_BITS for n in range(known))
        run = run + 1 if near else 0
        change = sum(abs(a - b) for a, b in zip(now, counts, strict=True))
        keyframe = not frames or (not near and change >= KEYFRAME_CHANGE) or run > LONGEST_RUN
        run = 0 if keyframe else run
        hashes[place] = digest
        known, place = max(known, place + 1), (place + 1) % REMEMBERED
        first = 0
        for name, values in ATTRIBUTES.items():
            seen[first + frame[name]] += 1
            first += values
        counts, frames = now, frames + 1
        keyframes.append(keyframe)
        repeats.append(near)
    output = {
        "camera": segment["camera"], "sequence": segment["sequence"], "keyframes": keyframes, "repeats": repeats,
        "entropy_microbits": _entropies(seen),
    }  # fmt: skip
    return _STATE.pack(*counts, *hashes, known, place, run, frames, *seen), _encoded(OUTPUT, output)


def _entropies(seen: list[int]) -> list[int]:
    found, first = [], 0
    for values in ATTRIBUTES.values():
        part = [count for count in seen[first : first + values] if count]
        total = sum(part)
        bits = (math.log(total) - sum(count * math.log(count) for count in part) / total) / math.log(2) if total else 0
        found.append(round(bits * 1e6))
        first += values
    return found


def _encoded(schema: Any, record: Any) -> bytes:
    buffer = io.BytesIO()
    schemaless_writer(buffer, schema, record)
    return buffer.getvalue()


def encode(segment: dict[str, Any]) -> bytes:
    """Return a record as bytes."""
    return _encoded(SEGMENT, segment)


def output_name(value: bytes) -> bytes:
    """Return which record an encoded output answers: camera and sequence as their bytes, without decoding it."""
    end = 1 + (value[0] >> 1)
    while value[end] & 0x80:
        end += 1
    return value[: end + 1]


def oracle(records: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the one right output of each (key, value), in their order."""
    states: dict[bytes, bytes] = {}
    outputs = []
    for key, value in records:
        states[key], output = step(states.get(key), value)
        outputs.append(output)
    return outputs
