"""detector: looks at the sampled frames of each segment: what networks see, time of day, region, perceptual hash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app import telemetry
from app.engine import Ask, Batch, stage_app
from app.errors import DataError, InfrastructureError, PreflightError
from app.media.decode import decode_sampled
from app.media.facts import SampledFrame
from app.media.photo import read_photo
from app.media.sampling import Sampling
from app.place.frame import place_frame
from app.place.interpolate import usable_fixes
from app.settings import Settings, settings
from app.stores.open import open_objects
from app.tables import DETECTOR_POSITION
from app.topics import SEGMENTS_DETECTED, SEGMENTS_STORED
from models.decoders import Role
from models.errors import AnswerError, EyesClosed, ModelError, NetworkError, PictureError
from models.eyes import Samples
from models.judge import BatchTimes
from models.manifest import known_networks
from models.providers import providers_named
from models.reading import Found, Judgment
from models.sight import Sight, open_sight
from models.words import UNKNOWN
from schemas.records import SeenFrame, SeenObject, SegmentDetected, SegmentFacts, SegmentStored

SAMPLES_MOST = 64


@asynccontextmanager
async def detector_sight(chosen: Settings) -> AsyncIterator[Sight]:
    """Open the networks of all roles; PreflightError when one cannot be had or is not what the manifest says."""
    input_whs: dict[Role, tuple[int, int]] = {}
    if chosen.network_size:
        width_px, height_px = map(int, chosen.network_size.split("x"))
        input_whs["objects"] = (width_px, height_px)
    async with AsyncExitStack() as stack:
        try:
            opened = await stack.enter_async_context(
                open_sight(
                    chosen.networks_by_role(),
                    cache=chosen.path_of_cache() / "models",
                    mirror=chosen.model_mirror,
                    input_whs=input_whs,
                    providers=providers_named(chosen.inference_providers),
                    intra_op_threads=chosen.inference_threads,
                    instances=chosen.inference_instances or None,
                    precision=chosen.inference_precision,
                    samples=sample_pictures(chosen),
                    networks=known_networks(chosen.network_manifest),
                    on_batch=tell_batch,
                )
            )
        except (ModelError, DataError) as error:
            raise PreflightError(error.what, error.why, error.remedy) from error
        except OSError as error:
            why = error.strerror or str(error)
            raise PreflightError(f"pictures {chosen.inference_samples}", why, "name a folder of pictures") from error
        for network, provider in opened.providers.items():
            telemetry.network_opened(network, provider, opened.page_locked[network])
        yield opened


def tell_batch(times: BatchTimes) -> None:
    """Tell what a batch of a network took."""
    telemetry.network_judged(times.network, times.pictures, times.slots, times.waited_s, times.infer_s)


def sample_pictures(chosen: Settings) -> Samples:
    """Return what reads the pictures on which fp16 must agree with fp32; none where no folder is named."""
    folder = chosen.inference_samples
    files = sorted(path for path in folder.iterdir() if path.is_file())[:SAMPLES_MOST] if folder else []
    return lambda scaled_wh: [read_photo(file, scaled_wh) for file in files]


app = stage_app("detector")
objects = app.use(open_objects)
sight = app.use(detector_sight)


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
        sight().scaled_whs,
        facts.clip_offset_us,
        facts.duration_us,
        f"segment {facts.segment_id} of {facts.clip_name}",
    )
    views, sizes = [one.views for one in sampled.frames], [one.source_wh for one in sampled.frames]
    try:
        judgments = await sight().look(views, sizes)
    except (PictureError, AnswerError) as error:
        raise DataError(error.what, error.why, error.remedy) from error
    except (NetworkError, EyesClosed) as error:
        raise InfrastructureError(error.what, error.why, error.remedy) from error
    return Look(seen_frames(facts, sampled.frames, judgments), sight().identities)


def seen_frames(
    facts: SegmentFacts, sampled: Sequence[SampledFrame], judgments: Sequence[Judgment]
) -> tuple[SeenFrame, ...]:
    """Put together what pixels, place and time say of each frame; what no network judges is `unknown` or empty.

    A network that knows the time of day is believed before sun and brightness.
    """
    fixes = usable_fixes(facts.positions)
    frames = []
    for picture, judged in zip(sampled, judgments, strict=True):
        at_us = facts.recorded_at_us + picture.offset_us
        attributes, measures = place_frame(facts, fixes, at_us, picture.luma_ratio)
        attributes |= {"weather": judged.weather, "scene": judged.scene}
        if judged.timeofday != UNKNOWN:
            attributes["timeofday"] = judged.timeofday
        frames.append(
            SeenFrame(
                frame_index=picture.frame_index,
                at_us=at_us,
                objects=tuple(seen_object(thing) for thing in (*judged.objects, *judged.faces, *judged.plates)),
                attributes=attributes,
                measures=measures,
                perceptual_hash=picture.perceptual_hash,
                embedding=judged.embedding,
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
    ask=Ask(look, at_once=settings().detector_at_once, timeout_s=150), linger_s=settings().stage_linger_s,
)  # fmt: skip
async def detector(batch: Batch[SegmentStored, Look]) -> None:
    """Tell what was seen in each segment."""
    for item in batch:
        stored, seen = item.value, item.answer
        detected = SegmentDetected(stored.facts, stored.object_key, stored.video_bytes, seen.frames, seen.networks)
        batch.send(SEGMENTS_DETECTED, stored.facts.camera_id, detected, item)
