"""What a decision costs per candidate: CPU time, and against reading it; for windows of 200 to 8,000 frames."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.curation.window import decide_window
from app.policy_files import default_policy_toml
from app.wire.codec import codec_of
from ops.bench.arithmetic import Spread, spread
from schemas.records import ArchiveState, Candidate, SeenFrame, SeenObject, SegmentExtracted, SegmentFacts

WINDOWS = (200, 500, 1000, 2000, 4000, 8000)
EMBEDDING_WIDTH = 64
REGIONS = 13
"""With 7 weathers, 7 scenes, 3 times of day and 10 classes: 40 values; their combinations come on top."""

_WEATHERS = ("clear", "partly cloudy", "overcast", "rainy", "snowy", "foggy", "unknown")
_SCENES = ("city street", "highway", "residential", "parking lot", "tunnel", "gas stations", "unknown")
_TIMES = ("daytime", "night", "dawn/dusk")
_CLASSES = ("person", "rider", "car", "truck", "bus", "train", "motor", "bike", "traffic light", "traffic sign")


@dataclass(frozen=True, slots=True)
class DecisionCost:
    """What deciding a window of one size costs."""

    window_frames: int
    us_per_candidate: Spread
    ratio_to_reading: Spread
    """Against decoding the candidates' records from Avro, which the stage must do whatever it decides."""
    state_bytes: int


def measure_decisions(windows: Sequence[int] = WINDOWS, rounds: int = 5) -> list[DecisionCost]:
    """Measure each window size on an archive that has decided 4,000 frames before."""
    policy = default_policy_toml()
    found = []
    for size in windows:
        stream = _stream(seed=size)
        states: dict[str, ArchiveState] = {}
        offset = 0
        for _ in range(max(1, 4000 // size)):
            window = [(offset + number, next(stream)) for number in range(size)]
            states |= decide_window(states, window, 0, policy).states
            offset += size
        costs, ratios = [], []
        for _ in range(rounds):
            window = [(offset + number, next(stream)) for number in range(size)]
            started_s = time.process_time()
            states |= decide_window(states, window, 0, policy).states
            costs.append(1e6 * (time.process_time() - started_s) / size)
            ratios.append(costs[-1] / _reading_us(record for _, record in window))
            offset += size
        state_bytes = len(codec_of(ArchiveState).encode(states["bench"]))
        found.append(DecisionCost(size, spread(costs), spread(ratios), state_bytes))
    return found


def _reading_us(records: Iterable[SegmentExtracted]) -> float:
    codec = codec_of(SegmentExtracted)
    coded = [codec.encode(record) for record in records]
    started_s = time.process_time()
    for one in coded:
        codec.decode(one)
    return 1e6 * (time.process_time() - started_s) / len(coded)


def _stream(seed: int) -> Iterator[SegmentExtracted]:
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(50, EMBEDDING_WIDTH))
    number = 0
    while True:
        number += 1
        vector = places[int(rng.integers(50))] + 0.4 * rng.normal(size=EMBEDDING_WIDTH)
        vector /= np.linalg.norm(vector)
        attributes = {
            "weather": _WEATHERS[min(int(rng.exponential(1.2)), 6)],
            "scene": _SCENES[min(int(rng.exponential(1.0)), 6)],
            "timeofday": _TIMES[min(int(rng.exponential(0.8)), 2)],
            "region": f"region {int(rng.integers(REGIONS))}",
        }
        shown = [one for one in _CLASSES if rng.random() < 0.3]
        objects = tuple(SeenObject(one, 0.9, 0.0, 0.0, 50.0, 50.0) for one in shown for _ in range(5))
        frame = SeenFrame(0, number, objects, attributes, {}, 0, vector.astype("<f4").tobytes())
        facts = SegmentFacts(
            segment_id=f"{number:032x}", camera_id="bench", archive="bench", clip_id=f"clip {number // 20}",
            clip_name="", sequence=0, recorded_at_us=number, time_source="unknown", ingested_at_us=number,
            clip_offset_us=0, duration_us=0, frame_count=1, codec="", container="", width_px=1280, height_px=720,
            rotation_deg=0, positions=(),
        )  # fmt: skip
        yield SegmentExtracted(facts, "", 55_296, (Candidate(frame, True, "", 1.0),))


if __name__ == "__main__":
    for cost in measure_decisions():
        shown, ratio = cost.us_per_candidate.text(), cost.ratio_to_reading.text(2)
        window, state = f"window {cost.window_frames:5d}", f"state {cost.state_bytes} bytes"
        print(f"{window}: {shown} µs per candidate, {ratio} of reading it; {state}")
