"""`roadsieve letters list|show|replay|drop`: records that a stage could not use, with their original bytes."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.commands.exits import EPILOG
from app.commands.screen import amount_of_bytes, as_json, count, out, table
from app.settings import settings
from app.stores.open import open_registry
from app.topics import DEAD_LETTERS
from app.watch.follow import open_reader
from app.watch.letters import Filed, Settler, matching, open_letters, settler
from app.wire.framing import open_wire

Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]
Keys = Annotated[
    list[str] | None, typer.Argument(metavar="[LETTER]…", help="Letters, TOPIC/PARTITION/OFFSET as listed.")
]
Stage = Annotated[str | None, typer.Option("--stage", help="Only letters of this stage.")]
Error = Annotated[str | None, typer.Option("--error", help="Only letters of this error, as UnusableVideo.")]

letters = typer.Typer(
    help="Read dead letters: records that a stage could not use, with the reason and the original bytes.",
    no_args_is_help=True,
    epilog=EPILOG,
)


async def _open(keys: list[str] | None, stage: str | None, error: str | None) -> list[Filed]:
    current = settings()
    async with open_registry(current) as registry, open_reader(current) as reader:
        wire = await open_wire(registry, [DEAD_LETTERS])
        return matching(await open_letters(reader, wire), keys or [], stage, error)


@letters.command("list", epilog=EPILOG)
def list_letters(stage: Stage = None, error: Error = None, json: Json = False) -> None:
    """List the letters that were neither sent again nor dropped, the oldest first.

    Example: [bold]roadsieve letters list --stage detector[/bold]
    """
    found = asyncio.run(_open(None, stage, error))
    if json:
        as_json([_plain(filed) for filed in found])
        return
    if not found:
        out.print("No dead letters.")
        return
    shown = table("letter", "since (UTC)", "stage", "error", "size", right=["size"])
    for filed in found:
        since = datetime.fromtimestamp(filed.written_ms / 1000, UTC).strftime("%m-%d %H:%M")
        size = amount_of_bytes(len(filed.letter.value or b""))
        shown.add_row(escape(filed.key), since, filed.letter.stage, filed.letter.error, size)
    out.print(shown)
    reasons = Counter((filed.letter.stage, filed.letter.reason) for filed in found)
    for (its_stage, reason), times in reasons.most_common(5):
        out.print(f"[dim]{count(times)} ×  {its_stage}: {escape(reason)}[/]", soft_wrap=True)


@letters.command("show", epilog=EPILOG)
def show(
    letter: Annotated[str, typer.Argument(help="A letter as listed: TOPIC/PARTITION/OFFSET.")], json: Json = False
) -> None:
    """Show one letter whole: where it is from, what was wrong, what to do. With --json also its bytes, in base64.

    Example: [bold]roadsieve letters show segments.stored/2/1041[/bold]
    """
    filed = asyncio.run(_open([letter], None, None))[0]
    if json:
        as_json(_plain(filed) | {"value": b64encode(filed.letter.value or b"").decode()})
        return
    for name, value in _plain(filed).items():
        out.print(f"[dim]{name:<20}[/] {escape(str(value))}", soft_wrap=True)


@letters.command("replay", epilog=EPILOG)
def replay(keys: Keys = None, stage: Stage = None, error: Error = None, json: Json = False) -> None:
    """Send letters back to the topic their stage reads, once each, when their cause is gone.

    Example: [bold]roadsieve letters replay --stage detector --error ObjectVanished[/bold]
    """
    _settle(Settler.replay, "sent again", keys, stage, error, json)


@letters.command("drop", epilog=EPILOG)
def drop(keys: Keys = None, stage: Stage = None, error: Error = None, json: Json = False) -> None:
    """Give letters up: they are not listed any more. Name letters, a stage or an error.

    Example: [bold]roadsieve letters drop segments.recorded/0/17[/bold]
    """
    if not (keys or stage or error):
        raise typer.BadParameter("say which: letters, --stage or --error")
    _settle(Settler.drop, "dropped", keys, stage, error, json)


def _settle(
    how: Callable[[Settler, Filed], Awaitable[None]], done: str,
    keys: list[str] | None, stage: str | None, error: str | None, json: bool,
) -> None:  # fmt: skip
    async def settle() -> list[Filed]:
        async with settler(settings()) as one:
            found = await _open(keys, stage, error)
            for filed in found:
                await how(one, filed)
            return found

    settled = asyncio.run(settle())
    if json:
        as_json([filed.key for filed in settled])
        return
    for filed in settled:
        out.print(f"{done}  {filed.key}")
    if not settled:
        out.print("No dead letters match.")


def _plain(filed: Filed) -> dict[str, Any]:
    letter = asdict(filed.letter)
    value, key = letter.pop("value"), letter.pop("key")
    headers = {name: content.decode(errors="replace") for name, content in letter.pop("headers").items()}
    return {
        "letter": filed.key, "written_ms": filed.written_ms, **letter,
        "key": (key or b"").decode(errors="replace"), "headers": headers, "value_bytes": len(value or b""),
    }  # fmt: skip
