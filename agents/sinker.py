"""sinker: writes what was seen, decided and kept to the catalog."""

from __future__ import annotations

from app.catalog_rows import rows_of
from app.days import add_segment, day_key
from app.engine import Batch, stage_app
from app.settings import settings
from app.stores.open import open_catalog
from app.tables import DAYS
from app.topics import SEGMENTS_ARCHIVED
from schemas.records import SegmentArchived

app = stage_app("sinker")
catalog = app.use(open_catalog)


@app.agent(SEGMENTS_ARCHIVED, name="sinker", table=DAYS, linger_s=settings().stage_linger_s)
async def sinker(batch: Batch[SegmentArchived, None]) -> None:
    """Write frames, decisions and the day's absolute figures of each camera.

    Rows carry the log position they come from, so a repeat, or a worker that lost the partition, changes nothing.
    """
    rows = []
    for item in batch:
        key = day_key(item.value.facts)
        day = add_segment(batch.table.get(key), item.value)
        batch.table.put(key, day)
        rows += rows_of(item.value, day, item.offset)
    await catalog().write(rows)
