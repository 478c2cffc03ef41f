"""librarian: moves what was decided to keep into the archive, then deletes the temporary videos of a batch together."""

from __future__ import annotations

from app.archive import Shelved, shelve
from app.engine import Ask, Batch, stage_app
from app.settings import settings
from app.stores.open import open_objects
from app.tables import LIBRARIAN_POSITION
from app.topics import SEGMENTS_ARCHIVED, SEGMENTS_DECIDED
from schemas.records import SegmentArchived, SegmentDecided

app = stage_app("librarian")
objects = app.use(open_objects)
#: Nobody waits for the archive, and every transaction is a request that deletes.
LINGER_S = 4 * settings().stage_linger_s


async def put_on_shelf(decided: SegmentDecided) -> Shelved:
    """Write stills and video of the kept frames to the archive, durable on return."""
    return await shelve(decided, objects(), settings().still_quality)


@app.agent(
    SEGMENTS_DECIDED, name="librarian", table=LIBRARIAN_POSITION, sends=[SEGMENTS_ARCHIVED],
    ask=Ask(put_on_shelf, at_once=4, timeout_s=120), linger_s=LINGER_S,
)  # fmt: skip
async def librarian(batch: Batch[SegmentDecided, Shelved]) -> None:
    """Tell where what each decision keeps lies in the archive; the temporary videos go in one request for the batch."""
    await objects().delete([item.value.object_key for item in batch])
    for item in batch:
        decided, shelved = item.value, item.answer
        archived = SegmentArchived(
            facts=decided.facts,
            window_id=decided.window_id,
            policy_hash=decided.policy_hash,
            video_key=shelved.video_key,
            video_bytes=shelved.video_bytes,
            source_bytes=decided.video_bytes,
            stills=shelved.stills,
            frames=decided.frames,
        )
        batch.send(SEGMENTS_ARCHIVED, decided.facts.camera_id, archived, item)
