"""porter: puts the coded bytes of each segment into the temporary store and forwards the key."""

from __future__ import annotations

from app.engine import Ask, Batch, Peek, stage_app
from app.settings import settings
from app.stores.keys import temporary_key
from app.stores.open import open_objects
from app.tables import UPLOADS
from app.topics import SEGMENTS_RECORDED, SEGMENTS_STORED
from app.uploads import is_known, remember
from schemas.records import SegmentRecorded, SegmentStored, UploadRow

app = stage_app("porter")
objects = app.use(open_objects)


async def put_video(segment: SegmentRecorded, uploads: Peek[UploadRow]) -> str:
    """Store the video under a key made of its facts; a segment known already is left alone."""
    key = temporary_key(segment.facts)
    if not is_known(uploads, segment.facts.camera_id, segment.facts.segment_id):
        await objects().put(key, segment.video)
    return key


@app.agent(
    SEGMENTS_RECORDED, name="porter", table=UPLOADS, sends=[SEGMENTS_STORED],
    ask=Ask(put_video, at_once=8, timeout_s=60), linger_s=settings().stage_linger_s,
)  # fmt: skip
async def porter(batch: Batch[SegmentRecorded, str]) -> None:
    """Store each segment's video; forward its facts and the key, once per segment."""
    horizon = settings().upload_horizon
    for item in batch:
        facts, key = item.value.facts, item.answer
        if is_known(batch.table, facts.camera_id, facts.segment_id):
            continue
        remember(batch.table, facts.camera_id, facts.segment_id, key, horizon)
        batch.send(SEGMENTS_STORED, facts.camera_id, SegmentStored(facts, key, len(item.value.video)), item)
