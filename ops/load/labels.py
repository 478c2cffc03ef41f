"""Truth as labels: the det_20 form of BDD100K, and the same form for every frame of a clip; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ops.load.truth import FrameTruth


def label_of(truth: FrameTruth, name: str, at_s: float) -> dict[str, Any]:
    """Return one picture's entry; a box includes its last pixel (width = x2 - x1 + 1), as Scalabel has it."""
    return {
        "name": name,
        "attributes": {"weather": truth.weather, "timeofday": truth.timeofday, "scene": truth.scene},
        "timestamp": round(at_s * 1_000),
        "labels": [
            {
                "id": str(number),
                "category": box.label,
                "attributes": {"occluded": box.occluded, "truncated": box.truncated, "trafficLightColor": box.light},
                "box2d": _inclusive(box.xyxy),
            }
            for number, box in enumerate(truth.boxes)
        ],
    }


def frame_truth(truth: FrameTruth, clip: str, index: int) -> dict[str, Any]:
    """Return one frame's entry of a clip's truth: its labels with what is known besides, and the camera's motion."""
    entry = label_of(truth, f"{clip}-{index:07d}", truth.time_s)
    for label, box in zip(entry["labels"], truth.boxes, strict=True):
        label["id"] = box.key
        label["seen_ratio"] = box.seen_ratio
    return entry | {
        "videoName": clip,
        "frameIndex": index,
        "camera": {
            "speed_mps": round(truth.speed_mps, 3),
            "yaw_rate_dps": round(truth.yaw_rate_dps, 3),
            "stationary": truth.stationary,
        },
    }


def stationary_ms(frames: Sequence[FrameTruth]) -> list[tuple[int, int]]:
    """Return from when to when the camera stands still: first and last frame of each stretch, in milliseconds."""
    stretches: list[tuple[int, int]] = []
    previous = False
    for frame in frames:
        at_ms = round(frame.time_s * 1_000)
        if frame.stationary:
            stretches.append((stretches.pop()[0], at_ms) if previous else (at_ms, at_ms))
        previous = frame.stationary
    return stretches


def _inclusive(xyxy: tuple[float, float, float, float]) -> dict[str, float]:
    x1, y1, x2, y2 = (round(value, 2) for value in xyxy)
    return {"x1": x1, "y1": y1, "x2": round(max(x1, x2 - 1), 2), "y2": round(max(y1, y2 - 1), 2)}
