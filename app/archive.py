"""Shelves a decided segment: stills and video into the archive, durable before the temporary object may go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from app.errors import ObjectVanished
from app.media.still import stills
from app.stores.keys import archived_still_key, archived_video_key
from app.stores.objects import Objects
from schemas.records import ArchivedStill, SegmentDecided


@dataclass(frozen=True, slots=True)
class Shelved:
    """Where the kept parts of a segment lie; an empty key where the video was not kept."""

    video_key: str
    video_bytes: int
    stills: tuple[ArchivedStill, ...]


async def shelve(decided: SegmentDecided, objects: Objects, quality: int) -> Shelved:
    """Archive the kept frames as stills, the video where the policy keeps it; the temporary object stays.

    A still is never larger than what the decision paid for it, where LEAST_QUALITY allows: the budget is of real bytes.

    A repeat after a crash writes equal bytes under equal keys; when the temporary object is gone because the first run
    came that far, the answer is read from the archive. Raises ObjectVanished when it is in neither place.
    """
    kept = [frame.frame.frame_index for frame in decided.frames if frame.kept]
    video_key = archived_video_key(decided.facts) if decided.keep_video else ""
    still_keys = {index: archived_still_key(decided.facts, index) for index in kept}
    if not kept and not video_key:
        return Shelved("", 0, ())
    try:
        video = await objects.get(decided.object_key)
    except ObjectVanished:
        return await _shelved_before(decided, objects, video_key, still_keys)
    what = f"segment {decided.facts.segment_id} of {decided.facts.clip_name}"
    pictures = await asyncio.to_thread(stills, video, kept, quality, granted_bytes(decided), what)
    for index, picture in zip(kept, pictures, strict=True):
        await objects.put(still_keys[index], picture)
    if video_key:
        await objects.copy(decided.object_key, video_key)
    sizes = tuple(
        ArchivedStill(index, still_keys[index], len(picture)) for index, picture in zip(kept, pictures, strict=True)
    )
    return Shelved(video_key, len(video) if video_key else 0, sizes)


def granted_bytes(decided: SegmentDecided) -> int | None:
    """Return how large each still may be, by what the decision paid for the segment; None when nothing is kept."""
    kept = [frame.cost_bytes for frame in decided.frames if frame.kept]
    paid_bytes = sum(kept) - (decided.video_bytes if decided.keep_video else 0)
    return paid_bytes // len(kept) if kept else None


async def _shelved_before(
    decided: SegmentDecided, objects: Objects, video_key: str, still_keys: dict[int, str]
) -> Shelved:
    found = {key: await objects.head(key) for key in (*still_keys.values(), *([video_key] if video_key else []))}
    sizes = {key: facts.size_bytes for key, facts in found.items() if facts is not None}
    if missing := [key for key in found if key not in sizes]:
        raise ObjectVanished(
            decided.object_key,
            f"the temporary video is gone and {missing[0]} is not in the archive",
            "send the recording again; look for a sweep with too short a time to live",
        )
    stills_before = tuple(ArchivedStill(index, key, sizes[key]) for index, key in still_keys.items())
    return Shelved(video_key, sizes[video_key] if video_key else 0, stills_before)
