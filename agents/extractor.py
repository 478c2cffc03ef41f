"""extractor: marks near-duplicates and keyframes of each camera and hands the candidates to its archive."""

from __future__ import annotations

from app.curation.sift import new_camera, sift
from app.engine import Batch, stage_app
from app.policy_files import read_policy
from app.settings import settings
from app.tables import CAMERAS
from app.topics import SEGMENTS_DETECTED, SEGMENTS_EXTRACTED
from schemas.records import SegmentDetected

app = stage_app("extractor")
_, policy = read_policy(settings().policy_file)


@app.agent(
    SEGMENTS_DETECTED, name="extractor", table=CAMERAS, sends=[SEGMENTS_EXTRACTED], linger_s=settings().stage_linger_s
)
async def extractor(batch: Batch[SegmentDetected, None]) -> None:
    """Sift the frames of each segment against what its camera showed lately."""
    for item in batch:
        facts = item.value.facts
        before = batch.table.get(facts.camera_id) or new_camera(facts.camera_id)
        after, extracted = sift(before, item.value, policy)
        batch.table.put(facts.camera_id, after)
        batch.send(SEGMENTS_EXTRACTED, facts.archive, extracted, item)
