"""detector: looks at the sampled frames of each segment: objects, time of day, region, perceptual hash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.engine import Ask, Batch, stage_app
from app.errors import DataError, InfrastructureError, PreflightError
from app.media.decode import decode_sampled
from app.media.facts import SampledFrame
from app.media.sampling import Sampling
from app.place.frame import place_frame
from app.place.interpolate import usable_fixes
from app.settings import Settings, settings
from app.stores.open import open_objects
from app.tables import DETECTOR_POSITION
from app.topics import SEGMENTS_DETECTED, SEGMENTS_STORED
from models.errors import AnswerError, EyesClosed, ModelError, NetworkError, PictureError
from models.eyes import Batching, Eyes, open_eyes
from models.manifest import read_manifest, shipped_manifest
from models.objects import Found
from schemas.records import SeenFrame, SeenObject, SegmentDetected, SegmentFacts, SegmentStored


@asynccontextmanager
async def object_eyes(chosen: Settings) -> AsyncIterator[Eyes]:
    """Open the network that finds objects; PreflightError when it cannot be had or is not what the manifest says."""
    width_px, height_px = map(int, chosen.network_size.split("x"))
    async with AsyncExitStack() as stack:
        try:
            networks = read_manifest(chosen.network_manifest) if chosen.network_manifest else shipped_manifest()
            eyes = await stack.enter_async_context(
                open_eyes(
                    chosen.network,
                    cache=chosen.path_of_cache() / "models",
                    mirror=chosen.model_mirror,
                    input_wh=(width_px, height_px),
                    intra_op_threads=chosen.inference_threads,
                    batching=Batching(instances=chosen.inference_instances),
                    networks=networks,
                )
            )
        except ModelError as error:
            raise PreflightError(error.what, error.why, error.remedy) from error
        yield eyes


app = stage_app("detector")
objects = app.use(open_objects)
eyes = app.use(object_eyes)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in one segment, and by which networks."""

    frames: tuple[SeenFrame, ...]
    networks: Mapping[str, str]


async def look(segment: SegmentStored) -> Look:
    """Decode the sampled frames of a segment and judge them; frames of all cameras share the network's batches."""
    chosen, facts = settings(), segment.facts
    video = await objects().get(segment.object_key)
    sampled = await asyncio.to_thread(
        decode_sampled,
        video,
        Sampling(chosen.sampling_mode, chosen.sampling_fps),
        eyes().scaled_wh,
        facts.clip_offset_us,
        facts.duration_us,
        f"segment {facts.segment_id} of {facts.clip_name}",
    )
    pictures, sizes = [one.pixels for one in sampled.frames], [one.source_wh for one in sampled.frames]
    try:
        found = await eyes().look(pictures, sizes)
    except (PictureError, AnswerError) as error:
        raise DataError(error.what, error.why, error.remedy) from error
    except (NetworkError, EyesClosed) as error:
        raise InfrastructureError(error.what, error.why, error.remedy) from error
    return Look(seen_frames(facts, sampled.frames, found), {"objects": eyes().identity})


def seen_frames(
    facts: SegmentFacts, sampled: Sequence[SampledFrame], found: Sequence[Sequence[Found]]
) -> tuple[SeenFrame, ...]:
    """Put together what pixels, place and time say of each frame; no network judges weather and scene: `unknown`."""
    fixes = usable_fixes(facts.positions)
    frames = []
    for picture, things in zip(sampled, found, strict=True):
        at_us = facts.recorded_at_us + picture.offset_us
        attributes, measures = place_frame(facts, fixes, at_us, picture.luma_ratio)
        frames.append(
            SeenFrame(
                frame_index=picture.frame_index,
                at_us=at_us,
                objects=tuple(seen_object(thing) for thing in things),
                attributes={"weather": "unknown", "scene": "unknown", **attributes},
                measures=measures,
                perceptual_hash=picture.perceptual_hash,
                embedding=b"",
            )
        )
    return tuple(frames)


def seen_object(thing: Found) -> SeenObject:
    """Return what was found on a grid far below what a network can tell, 1/16 px and 1/1024 of score.

    An accelerator, or a vectorised logarithm, gives other last bits in another batch; on the grid they are gone, so
    that a segment detected again is the same record.
    """
    x1_px, y1_px, x2_px, y2_px = (round(edge * 16) / 16 for edge in thing.box_xyxy)
    return SeenObject(thing.label, round(thing.score * 1024) / 1024, x1_px, y1_px, x2_px, y2_px)


@app.agent(
    SEGMENTS_STORED, name="detector", table=DETECTOR_POSITION, sends=[SEGMENTS_DETECTED],
    ask=Ask(look, at_once=settings().detector_at_once, timeout_s=150),
)  # fmt: skip
async def detector(batch: Batch[SegmentStored, Look]) -> None:
    """Tell what was seen in each segment."""
    for item in batch:
        stored, seen = item.value, item.answer
        detected = SegmentDetected(stored.facts, stored.object_key, stored.video_bytes, seen.frames, seen.networks)
        batch.send(SEGMENTS_DETECTED, stored.facts.camera_id, detected)
