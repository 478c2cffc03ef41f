"""Rows of a catalog for measurements: what frame N is follows from N alone, here as in sstables/Rows.java; pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.days import day_of
from app.stores.rows import DecisionRow, FrameRow, Row
from schemas.records import SeenObject

CAMERAS, FRAMES_PER_S, SEGMENT_FRAMES, WINDOW_FRAMES = 50, 2, 4, 500
BEGIN_US = 1_750_000_000_000_000
BATCH_FRAMES = 400
TAGS_PER_FRAME = 5
ROWS_PER_FRAME = 3 + TAGS_PER_FRAME
"""Of the catalog's tables: by id, by camera, its decision, one for each tag."""
WEATHER = ("clear", "rainy", "snowy", "foggy")
SCENE = ("city street", "highway", "residential")
TIME = ("daytime", "night", "dawn/dusk")
LABELS = ("car", "truck", "person", "bus", "bike", "train")


def mixed(number: int, salt: int, below: int) -> int:
    """Return what looks like chance, the same in Java."""
    x = (number * 0x9E3779B1 + salt * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ x >> 15) * 0x2C1B3C6D) & 0xFFFFFFFF
    return (x ^ x >> 12) % below


def frame(number: int) -> FrameRow:
    """Return frame N: cameras take turns by segments."""
    segment, index = divmod(number, SEGMENT_FRAMES)
    turn, camera = divmod(segment, CAMERAS)
    at_us = BEGIN_US + (turn * SEGMENT_FRAMES + index) * 1_000_000 // FRAMES_PER_S
    attributes = {
        "weather": WEATHER[mixed(number, 1, 4)], "scene": SCENE[mixed(number, 2, 3)],
        "timeofday": TIME[mixed(number, 3, 3)],
    }  # fmt: skip
    first = mixed(number, 5, 6)
    labels = (LABELS[first], LABELS[(first + 1 + mixed(number, 6, 5)) % 6])
    scores = [mixed(number, 10 + k, 1000) / 1000 for k in range(6)]
    return FrameRow(
        frame_id=f"{segment:032x}-{index:04d}", segment_id=f"{segment:032x}", camera_id=f"camera-{camera:03d}",
        archive="default", day=day_of(at_us), at_us=at_us, frame_index=index, kept=number % 20 == 0, keyframe=False,
        duplicate_of="", still_key="", attributes=attributes,
        measures={"brightness_ratio": mixed(number, 4, 997) / 997},
        objects=tuple(SeenObject(labels[k % 2], scores[k], 1.0, 2.0, 30.0, 40.0) for k in range(6)),
        tags=tuple(sorted([f"{k}={v}" for k, v in attributes.items()] + [f"objects={one}" for one in labels])),
        version=number,
    )  # fmt: skip


def decision(row: FrameRow, number: int) -> DecisionRow:
    """Return the decision of frame N."""
    return DecisionRow(
        f"default/0/{number // WINDOW_FRAMES}", row.frame_id, number % WINDOW_FRAMES, row.camera_id, row.archive,
        row.at_us, row.kept, 0.01, ("budget",), "", 53_000, "p", number,
    )  # fmt: skip


def batches(frames: int) -> Iterator[list[Row]]:
    """Yield the rows as a busy sinker would write them."""
    for begin in range(0, frames, BATCH_FRAMES):
        rows: list[Row] = []
        for number in range(begin, min(begin + BATCH_FRAMES, frames)):
            row = frame(number)
            rows += [row, decision(row, number)]
        yield rows
