"""Clips as files in the layout of BDD100K, each made from its own seed, many side by side.

OUT/videos/100k/train/XXXXXXXX-XXXXXXXX.mov     OUT/info/100k/train/XXXXXXXX-XXXXXXXX.json
OUT/images/100k/train/XXXXXXXX-XXXXXXXX.jpg     OUT/labels/det_20/det_train.json     (the 10-second frame)
OUT/truth/XXXXXXXX-XXXXXXXX.jsonl               OUT/truth/clips.jsonl                (every frame; every clip)
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.media.encode import encode_clip
from ops.load import place as places
from ops.load.dirt import faults_of, spoil_info, spoil_video
from ops.load.frame import Renderer
from ops.load.info import info_of
from ops.load.labels import frame_truth, label_of, stationary_ms
from ops.load.spec import draw_spec
from ops.load.truth import FrameTruth
from ops.load.where import whereabouts

Pixels = NDArray[np.uint8]
LABELLED_AT_S: Final = 10.0
#: Frames are rendered at this share of their size and scaled up: what coding at 3 Mbit/s leaves of a phone's picture.
RENDERED_RATIO: Final = 0.75


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """What every clip of a run has in common."""

    folder: Path
    seed: int = 0
    seconds: float = 40.0
    size_wh: tuple[int, int] = (1280, 720)
    fps: Fraction = Fraction(30)
    dirt: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class MadeClip:
    """One clip that lies on the disk, and what is known of it."""

    name: str
    video: Path
    frames: int
    label: dict[str, Any] | None
    facts: dict[str, Any] = field(default_factory=dict)


def make_clips(order: ClipOrder, count: int) -> Iterator[MadeClip]:
    """Make that many clips, numbered from 0, and yield each when it is done; labels are written at the end.

    A run that is repeated writes the same bytes. The machine's cores share the clips.
    """
    _folders(order.folder)
    labels: list[tuple[int, dict[str, Any] | None, dict[str, Any]]] = []
    workers = min(count, len(os.sched_getaffinity(0)))
    if workers <= 1:
        for number in range(count):
            made = make_clip(order, number)
            labels.append((number, made.label, made.facts))
            yield made
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            running = [pool.submit(make_clip, order, number) for number in range(count)]
            for number, one in enumerate(running):
                made = one.result()
                labels.append((number, made.label, made.facts))
                yield made
    _write_json(order.folder / "labels/det_20/det_train.json", [label for _, label, _ in labels if label])
    with (order.folder / "truth/clips.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(_line(facts) for *_, facts in labels)


def clip_name(seed: int, number: int) -> str:
    """Return the name of a clip: eight hexadecimal digits for its ride, and eight for itself."""
    digest = blake2b(f"{seed}/{number}".encode(), digest_size=8).hexdigest()
    return f"{digest[:8]}-{digest[8:]}"


def clip_seed(seed: int, number: int) -> int:
    """Return the seed of a clip of a run."""
    return int.from_bytes(blake2b(f"scene {seed}/{number}".encode(), digest_size=6).digest())


def make_clip(order: ClipOrder, number: int) -> MadeClip:
    """Render and write one clip with all its files."""
    name, seed = clip_name(order.seed, number), clip_seed(order.seed, number)
    spec = draw_spec(seed)
    place = places.build(spec, order.seconds)
    rng = place.rng(60)
    faults = faults_of(rng, dict(order.dirt))
    where = whereabouts(place.rng(61), spec, order.seconds)
    video = order.folder / f"videos/100k/train/{name}.mov"
    truths: list[FrameTruth] = []
    rotated = "rotated" in faults
    coded_wh = (order.size_wh[1], order.size_wh[0]) if rotated else order.size_wh
    labelled_at = min(LABELLED_AT_S, order.seconds / 2)
    still = order.folder / f"images/100k/train/{name}.jpg"
    pictures = _coded(
        _rendered(order, Renderer(place, _rendered_wh(order.size_wh)), truths, labelled_at, still), coded_wh, rotated
    )
    frames = encode_clip(video, pictures, coded_wh, order.fps, where.began_at_us, 90 if rotated else 0)
    scaled = [_scaled(truth, order.size_wh) for truth in truths]
    with (order.folder / f"truth/{name}.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(_line(frame_truth(truth, name, index)) for index, truth in enumerate(scaled))
    info = info_of(place, where, _ride_id(name), name, order.seconds)
    if "bad-course" in faults:
        info = spoil_info(rng, info)
    if "no-info" not in faults:
        _write_json(order.folder / f"info/100k/train/{name}.json", info)
    if "duplicate" in faults:
        again = clip_name(order.seed, number + (1 << 32))
        (order.folder / f"videos/100k/train/{again}.mov").write_bytes(video.read_bytes())
    if "corrupt" in faults:
        video.write_bytes(spoil_video(rng, video.read_bytes()))
    if "empty" in faults:
        video.write_bytes(b"")
    label = label_of(scaled[_index_at(labelled_at, order.fps)], f"{name}.jpg", labelled_at)
    facts = {
        "name": name,
        "seed": seed,
        "weather": spec.weather,
        "scene": spec.scene,
        "timeofday": spec.timeofday,
        "cast": spec.cast,
        "road": where.start.name,
        "stationary_ms": stationary_ms(scaled),
        "dirt": sorted(faults),
    }
    return MadeClip(name, video, frames, None if "unlabelled" in faults else label, facts)


def _rendered(
    order: ClipOrder, renderer: Renderer, truths: list[FrameTruth], labelled_at: float, still: Path
) -> Iterator[Pixels]:
    labelled = _index_at(labelled_at, order.fps)
    for index in range(round(order.seconds * order.fps)):
        picture, truth = renderer.frame(float(index / order.fps))
        truths.append(truth)
        if index == labelled:
            cv2.imwrite(str(still), cv2.resize(picture, order.size_wh, interpolation=cv2.INTER_LINEAR))
        yield picture


def _coded(pictures: Iterator[Pixels], coded_wh: tuple[int, int], rotated: bool) -> Iterator[Pixels]:
    """Turn pictures to how they are coded: planes of YUV 4:2:0, scaled plane by plane, which costs least."""
    width, height = coded_wh
    planes = np.empty((height * 3 // 2, width), np.uint8)
    for picture in pictures:
        upright = cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE) if rotated else picture
        tall, wide = upright.shape[:2]
        small = np.asarray(cv2.cvtColor(upright, cv2.COLOR_BGR2YUV_I420), np.uint8)
        colours = small[tall:].reshape(2, tall // 2, wide // 2)
        cv2.resize(small[:tall], (width, height), dst=planes[:height], interpolation=cv2.INTER_LINEAR)
        for number in (0, 1):
            target = planes[height:].reshape(2, height // 2, width // 2)[number]
            cv2.resize(colours[number], (width // 2, height // 2), dst=target, interpolation=cv2.INTER_LINEAR)
        yield planes


def _rendered_wh(size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return the size to render at: a share of the clip's, of even width and height for 4:2:0."""
    width, height = (max(32, round(side * RENDERED_RATIO / 4) * 4) for side in size_wh)
    return width, height


def _scaled(truth: FrameTruth, size_wh: tuple[int, int]) -> FrameTruth:
    wide, tall = (whole / part for whole, part in zip(size_wh, _rendered_wh(size_wh), strict=True))
    return truth.scaled(wide, tall)


def _index_at(time_s: float, fps: Fraction) -> int:
    return int(time_s * fps)


def _ride_id(name: str) -> str:
    return blake2b(name[:8].encode(), digest_size=16).hexdigest()


def _folders(folder: Path) -> None:
    for name in ("videos/100k/train", "info/100k/train", "images/100k/train", "labels/det_20", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, separators=(",", ":")) + "\n"
