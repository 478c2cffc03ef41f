"""`roadsieve alpr watch add|remove|list|try|seen`: plates that are looked for, and what was seen of them."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.exits import EPILOG
from app.commands.screen import as_json, count, out, remarks, table
from app.errors import OperatorError
from app.lake.lookalikes import EDIT_UNITS, HIDDEN, plain
from app.lake.watching import in_force, publish
from app.lake.watching import seen as what_was_seen
from app.lake.watchlist import LONGEST_PLATE, MOST_PLATES, MOST_UNITS, WatchList
from app.settings import settings
from schemas.records import WatchChanged

Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]
Plates = Annotated[list[str] | None, typer.Argument(metavar="[PLATE]…", help="Plates; blanks and marks do not matter.")]

watch = typer.Typer(
    help="Look for plates, also misread ones.\n\nExample: [bold]roadsieve alpr watch add K643ET10[/bold]",
    no_args_is_help=True,
    epilog=EPILOG,
)


@watch.command("add", epilog=EPILOG)
def add(
    plates: Plates = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV without a head: plate, and why it is looked for.", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="Why they are looked for, where the file does not say.")] = "",
    distance: Annotated[
        float, typer.Option(min=0, max=MOST_UNITS / EDIT_UNITS, help="Edits that still match; look-alikes are 0.25.")
    ] = 0.5,
) -> None:
    """Look for plates from now on; a plate that is on the list already gets the new reason and distance.

    Example: [bold]roadsieve alpr watch add "K643 ET10" --reason stolen --distance 1[/bold]
    """
    wanted = [(plate, reason) for plate in plates or ()] + (_lines(file, reason) if file else [])
    units = round(distance * EDIT_UNITS)
    changes = [WatchChanged(_checked(plate), "add", units, why) for plate, why in wanted]
    if not changes:
        raise typer.BadParameter("name a plate, or a file with --file")
    there = {one.plate for one, _ in asyncio.run(in_force(settings()))}
    if len(there | {one.plate for one in changes}) > MOST_PLATES:
        raise OperatorError("watch list", f"it would have more than {MOST_PLATES} plates", "remove some first")
    asyncio.run(publish(settings(), changes))
    remarks.print(f"{count(len(changes))} looked for from the next window of each partition on.")


@watch.command("remove", epilog=EPILOG)
def remove(plates: Plates = None) -> None:
    """Look for plates no more.

    Example: [bold]roadsieve alpr watch remove K643ET10[/bold]
    """
    asyncio.run(publish(settings(), [WatchChanged(_checked(plate), "remove", 0, "") for plate in plates or ()]))


@watch.command("list", epilog=EPILOG)
def list_plates(json: Json = False) -> None:
    """List the plates that are looked for.

    Example: [bold]roadsieve alpr watch list[/bold]
    """
    found = asyncio.run(in_force(settings()))
    if json:
        as_json([{**asdict(one), "everywhere": everywhere} for one, everywhere in found])
        return
    shown = table("plate", "distance", "reason", "", right=["distance"])
    for one, everywhere in found:
        on_its_way = "" if everywhere else "not in every partition yet"
        shown.add_row(one.plate, f"{one.most_units / EDIT_UNITS:g}", one.reason, on_its_way)
    out.print(shown)


@watch.command("try", epilog=EPILOG)
def try_text(text: Annotated[str, typer.Argument(help="A plate as it may be read.")], json: Json = False) -> None:
    """Show which plates of the list a reading would be taken for, and how far it is from each.

    Example: [bold]roadsieve alpr watch try K64ZETI0[/bold]
    """
    found = WatchList([one for one, _ in asyncio.run(in_force(settings()))]).matches(text)
    told = [(one.watched.plate, one.units / EDIT_UNITS, one.difference, one.watched.reason) for one in found]
    _show(("plate", "distance", "difference", "reason"), told, json)


@watch.command("seen", epilog=EPILOG)
def seen(json: Json = False) -> None:
    """Show what was seen of the plates that are looked for, the oldest first.

    Example: [bold]roadsieve alpr watch seen --json[/bold]
    """
    events = asyncio.run(what_was_seen(settings()))
    if json:
        as_json([asdict(one) for one in events])
        return
    told = [
        (_iso(one.seen_at_us), one.source_id, one.plate, one.text, one.distance, one.difference, one.reason)
        for one in events
    ]
    _show(("seen (UTC)", "source", "plate", "read as", "distance", "difference", "reason"), told, json)


def _show(columns: tuple[str, ...], rows: list[tuple[Any, ...]], json: bool) -> None:
    if json:
        as_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    shown = table(*columns, right=["distance"])
    for row in rows:
        shown.add_row(*(f"{one:g}" if isinstance(one, float) else one for one in row))
    out.print(shown)


def _checked(typed: str) -> str:
    plate = plain(typed)
    if not plate or HIDDEN in plate or len(plate) > LONGEST_PLATE:
        raise typer.BadParameter(f"{typed[:60]!r} is no plate of 1 to {LONGEST_PLATE} characters without {HIDDEN}")
    return plate


def _lines(file: Path, reason: str) -> list[tuple[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = [row for row in csv.reader(opened) if row and row[0].strip()]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OperatorError(f"watch list {file}", str(error), "name a readable CSV file in UTF-8") from error
    return [(row[0], row[1].strip() if len(row) > 1 else reason) for row in rows]


def _iso(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="seconds")
