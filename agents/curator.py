"""curator: decides window by window which frames each archive keeps, and explains every decision."""

from __future__ import annotations

from app import telemetry
from app.curation.window import WindowEnd, WindowRecord, archives_of, decide_window
from app.engine import Batch, stage_app
from app.policy_files import read_policy
from app.settings import settings
from app.tables import ARCHIVES
from app.topics import ARCHIVE_DISTRIBUTION, SEGMENTS_DECIDED, SEGMENTS_EXTRACTED
from schemas.records import SegmentExtracted, WindowMarker

app = stage_app("curator")
default_policy, _ = read_policy(settings().policy_file)


def window_end() -> WindowEnd:
    """Return the rule by which the next window ends."""
    return WindowEnd(settings().window_frames, settings().window_bytes)


def marker(sent_at_us: int) -> WindowMarker:
    """Return the record that ends a window after a silence."""
    return WindowMarker(archive="", sent_at_us=sent_at_us)


@app.agent(
    SEGMENTS_EXTRACTED, name="curator", table=ARCHIVES, sends=[SEGMENTS_DECIDED, ARCHIVE_DISTRIBUTION],
    window=window_end, marker=marker, linger_s=settings().window_linger_s,
)  # fmt: skip
async def curator(batch: Batch[WindowRecord, None]) -> None:
    """Decide one window for each archive in it; tell every decision and what the archives look like now."""
    window = [(item.offset, item.value) for item in batch]
    states = {name: state for name in archives_of(window) if (state := batch.table.get(name)) is not None}
    outcome = decide_window(states, window, batch.partition, default_policy)
    telemetry.decided([(one.facts.recorded_at_us, one.facts.ingested_at_us) for one in outcome.decided])
    for name, state in outcome.states.items():
        batch.table.put(name, state)
    segments = [item for item in batch if isinstance(item.value, SegmentExtracted)]
    for item, decided in zip(segments, outcome.decided, strict=True):
        batch.send(SEGMENTS_DECIDED, decided.facts.camera_id, decided, item)
    for distribution in outcome.distributions:
        batch.send(ARCHIVE_DISTRIBUTION, distribution.archive, distribution)
