"""The contact sheet on disk: pictures from the archive beside pictures from the sources, drawn and written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from app.demo.pick import Pick, Shot
from app.demo.sheet import contact_sheet
from app.demo.sources import pictures
from app.errors import ObjectVanished
from app.settings import Settings
from app.stores.keys import archived_still_key
from app.stores.open import open_objects


def path_of_sheet(settings: Settings) -> Path:
    """Return where the demo's contact sheet lies."""
    return settings.home.absolute() / "demo" / "contact-sheet.png"


async def write_contact_sheet(pick: Pick, paths: Sequence[Path], settings: Settings) -> Path:
    """Draw the sheet and write it in place of the one before; return where it lies.

    What was kept is read from the archive, the random pick from the videos under `paths`.
    """
    kept: dict[str, bytes] = {}
    async with open_objects(settings) as objects:
        for shot in pick.kept:
            try:
                kept[shot.id] = await objects.get(archived_still_key(shot.facts, shot.decision.frame.frame_index))
            except ObjectVanished:
                continue
    wanted = [(shot.facts, shot.decision.frame.frame_index) for shot in pick.random]
    drawn = await asyncio.to_thread(pictures, paths, wanted, settings.still_quality)

    def from_source(shot: Shot) -> bytes | None:
        return drawn.get((shot.facts.segment_id, shot.decision.frame.frame_index))

    png = await asyncio.to_thread(contact_sheet, pick, lambda shot: kept.get(shot.id), from_source)
    target = path_of_sheet(settings)
    part = target.with_suffix(".part")
    await asyncio.to_thread(part.write_bytes, png)
    part.replace(target)
    return target
