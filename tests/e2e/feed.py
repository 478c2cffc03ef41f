"""What goes in: segments of small rendered clips, some sent twice, some of them poison; always the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

from app.intake.clip import Clip
from app.intake.segment import record_of
from app.intake.start import StartTime
from app.media.cut import cut
from app.media.facts import CodedSegment
from app.topics import SEGMENTS_RECORDED
from app.wire.framing import Wire
from schemas.records import Position, SegmentRecorded
from tests.networks import BGR

WIDTH_PX, HEIGHT_PX, FRAMES_PER_S = 160, 96, 10
EPOCH_US = 1_750_000_000_000_000
PLACES = ((37.77, -122.42), (40.71, -74.0), (48.14, 11.58))
ARCHIVES = ("default", "night-shift")


@dataclass(frozen=True, slots=True)
class Message:
    """One message for segments.recorded."""

    key: bytes
    value: bytes


@dataclass(slots=True)
class Feed:
    """Messages in the order they are sent, and what an honest reader makes of them."""

    messages: list[Message] = field(default_factory=list)
    segments: dict[str, SegmentRecorded] = field(default_factory=dict)
    """Every distinct segment that can be decoded, by id."""
    undecodable: dict[str, SegmentRecorded] = field(default_factory=dict)
    """Well-formed records whose video holds no picture: the detector's dead letters."""
    malformed: list[bytes] = field(default_factory=list)
    """Messages that are no record: the porter's dead letters."""
    repeats: int = 0


def render(path: Path, seed: int, seconds: int) -> Path:
    """Write a clip: rectangles in the stand-in network's colours that come, move and go over grey."""
    rng = random.Random(seed)
    ground = rng.choice((30, 75, 140))
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libx264", rate=FRAMES_PER_S, options={"preset": "ultrafast", "g": str(FRAMES_PER_S)})
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.codec_context.thread_count = 1
        for picture in _pictures(rng, ground, seconds * FRAMES_PER_S):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
    return path


def _pictures(rng: random.Random, ground: int, count: int) -> Iterator[np.ndarray]:
    noise = np.random.default_rng(rng.randrange(1 << 30)).integers(-12, 12, (HEIGHT_PX, WIDTH_PX, 3))
    colour, left = rng.choice(list(BGR)), 0.0
    for number in range(count):
        if number % 15 == 0:
            colour, left = rng.choice(list(BGR)), rng.uniform(0, WIDTH_PX - 60)
            noise = np.roll(noise, rng.randrange(WIDTH_PX), axis=1)
        picture = np.clip(noise + ground, 0, 255).astype(np.uint8)
        x = int(left + number % 15)
        picture[30:70, x : x + 44] = BGR[colour]
        yield picture


def feed(folder: Path, wire: Wire, cameras: int, seconds: int, seed: int = 1) -> Feed:
    """Return the segments of `cameras` clips, cameras interleaved, with one repeat in 12 and three kinds of poison."""
    encode = wire.encoder(SEGMENTS_RECORDED)
    rng = random.Random(seed)
    lanes: list[list[SegmentRecorded]] = []
    for number in range(cameras):
        path = render(folder / f"clip-{number}.mp4", seed * 1000 + number, seconds)
        segments = cut(path, max_ms=1000)  # many small ones
        lanes.append([record_of(clip_of(path, number), one, ARCHIVES[number % 7 == 3], EPOCH_US) for one in segments])
    made = Feed()
    while any(lanes):
        lane = rng.choice([lane for lane in lanes if lane])
        record = lane.pop(0)
        made.segments[record.facts.segment_id] = record
        _send(made, record, encode(record))
        if rng.random() < 1 / 12:
            _send(made, record, encode(record))
            made.repeats += 1
        if rng.random() < 1 / 40:
            broken = record_of(clip_of(Path("broken"), 900 + len(made.messages)), _broken(record), "default", EPOCH_US)
            made.undecodable[broken.facts.segment_id] = broken
            _send(made, broken, encode(broken))
        if rng.random() < 1 / 40:
            value = rng.choice((b"", b"{}", b"\0\0\0\x99\x99nothing", encode(record)[:-3], b"x" * 100))
            made.malformed.append(value)
            made.messages.append(Message(record.facts.camera_id.encode(), value))
    return made


def _send(made: Feed, record: SegmentRecorded, value: bytes) -> None:
    made.messages.append(Message(record.facts.camera_id.encode(), value))


def clip_of(path: Path, number: int) -> Clip:
    """Return what is known of clip number N: camera, start, fixes; every fifth has none."""
    start_us = EPOCH_US + number * 7_200_000_000
    latitude, longitude = PLACES[number % len(PLACES)]
    fixes = tuple(
        Position(start_us + second * 1_000_000, latitude + second * 1e-4, longitude, speed_mps=float(second % 30))
        for second in range(0 if number % 5 == 4 else 60)
    )
    clip_id = f"{number:032x}"
    return Clip(path, path.stem, clip_id, f"camera-{number:03d}", StartTime(start_us, "info"), fixes)


def _broken(record: SegmentRecorded) -> CodedSegment:
    facts = record.facts
    return CodedSegment(
        facts.sequence, facts.clip_offset_us, facts.duration_us, facts.frame_count, facts.codec, facts.container,
        facts.width_px, facts.height_px, facts.rotation_deg, b"no video at all " + record.video[:64],
    )  # fmt: skip
