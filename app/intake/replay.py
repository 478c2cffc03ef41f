"""The run from paths to a summary: what is there, the broker, the resume record, and in them the sending."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from app.intake.lanes import Clock, LoopClock
from app.intake.layout import discover
from app.intake.listing import list_files
from app.intake.outbox import open_outbox
from app.intake.outcome import OnProgress, ReplayOptions, ReplayProgress, ReplaySummary, Skipped
from app.intake.resume import ResumeRecord
from app.intake.sending import Sending
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import SEGMENTS_RECORDED
from app.wire import open_wire


async def replay(
    paths: Sequence[Path],
    options: ReplayOptions,
    settings: Settings,
    on_progress: OnProgress = lambda progress, line: None,
    clock: Clock | None = None,
) -> ReplaySummary:
    """Send the videos under the paths as segments; returns what came of it, also when some files were unusable.

    Raises InfrastructureError or OperatorError when the broker, its topic or the resume record cannot be used. What
    was acknowledged until then is in the resume record, as after a cancellation; after a kill all but the last few
    segments.
    """
    listing = await asyncio.to_thread(list_files, paths)
    recordings = discover(listing.files, listing.named)
    sending = Sending(options, ReplayProgress(files=len(recordings)), on_progress, clock or LoopClock())
    for skipped in listing.skipped:
        sending.skip(skipped)
    if not recordings:
        if not listing.skipped:
            where = ", ".join(map(str, paths))
            sending.skip(Skipped(where, "no video files are there", "name videos, or folders that hold some"))
        return sending.summary()
    async with open_registry(settings) as registry:
        encode = (await open_wire(registry, [SEGMENTS_RECORDED])).encoder(SEGMENTS_RECORDED)
    with ResumeRecord(settings.home / "replay.record") as record:
        try:
            async with open_outbox(settings) as outbox:
                await sending.send(recordings, encode, outbox, record, settings.replay_cameras_at_once)
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            sending.settle()
    return sending.summary()
