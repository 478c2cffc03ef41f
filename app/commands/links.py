"""`roadsieve links`: addresses under which people can look at kept pictures, without a key to the store."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from app.commands.screen import as_json, count, out, remarks
from app.days import day_of
from app.settings import Settings, settings
from app.stores.open import open_catalog, open_objects

LONGEST_H = 7 * 24  # what S3 signs at most


@dataclass(frozen=True, slots=True)
class Link:
    """One kept frame and where to see it."""

    frame_id: str
    camera_id: str
    at_us: int
    address: str


def links(
    tag: Annotated[str, typer.Argument(help="What to look for, as in weather=rainy or objects=train.")],
    day: Annotated[str, typer.Option(help="Day of capture (UTC), YYYY-MM-DD; default today.")] = "",
    hours: Annotated[float, typer.Option(min=0.01, max=LONGEST_H, help="Hours that the addresses are good for.")] = 1.0,
    most: Annotated[int, typer.Option(min=1, help="Most pictures to show.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False,
) -> None:
    """Print addresses of the pictures kept on a day that carry a tag: signed ones where objects lie in a bucket.

    Whoever has such an address can look at the picture until it ends, and at nothing else.

    Example: [bold]roadsieve links weather=rainy --day 2026-03-01 --hours 8[/bold]
    """
    wanted_day = day or day_of(round(datetime.now(UTC).timestamp() * 1e6))
    found = asyncio.run(_links(settings(), tag, wanted_day, hours * 3600, most))
    if json:
        as_json([asdict(link) for link in found])
        return
    if not found:
        remarks.print(f"No picture with {tag} was kept of {wanted_day}.")
        return
    for link in found:
        at = datetime.fromtimestamp(link.at_us / 1e6, UTC)
        out.print(f"{link.camera_id}  {at:%H:%M:%S}  {link.address}", soft_wrap=True, markup=False)
    out.print(f"[dim]{count(len(found))} of at most {count(most)}; the addresses are good for {hours:g} h[/]")


async def _links(chosen: Settings, tag: str, day: str, valid_s: float, most: int) -> list[Link]:
    async with open_catalog(chosen) as catalog, open_objects(chosen) as objects:
        kept = [frame async for frame in catalog.frames_with_tag(tag, day) if frame.still_key]
        return [
            Link(frame.frame_id, frame.camera_id, frame.at_us, await objects.link(frame.still_key, valid_s))
            for frame in islice(kept, most)
        ]
