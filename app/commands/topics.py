"""`roadsieve topics list|create|check`: what must exist on the broker and in the ledger of schemas."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from app.commands.exits import EPILOG, Exit
from app.commands.screen import as_json, out, remarks, table
from app.settings import Settings, settings
from app.stores.open import open_registry
from app.stores.registry import Registry
from app.topology.admin import Admin, administer
from app.topology.difference import Difference
from app.topology.plan import create as create_all
from app.topology.plan import inspect

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]

topics = typer.Typer(
    help="List, create and check the topics and the schemas of their records.", no_args_is_help=True, epilog=EPILOG
)


async def _with_both(ask: Callable[[Admin, Registry, Settings], Awaitable[T]]) -> T:
    current = settings()
    async with administer(current) as admin, open_registry(current) as registry:
        return await ask(admin, registry, current)


@topics.command("list", epilog=EPILOG)
def list_topics(json: Json = False) -> None:
    """List every topic and changelog: who writes and reads it, and whether it exists.

    Example: [bold]roadsieve topics list[/bold]
    """
    found = asyncio.run(_with_both(inspect))
    if json:
        as_json([asdict(topic) | {"exists": topic.name in found.topics} for topic in found.wanted])
        return
    shown = table("topic", "partitions", "kept", "for", "", right=["partitions"])
    for topic in found.wanted:
        there = found.topics.get(topic.name)
        state = "" if there else "[yellow]missing[/]"
        partitions = str(there.partitions if there else topic.partitions)
        shown.add_row(topic.name, partitions, _kept(topic.configs), topic.purpose, state)
    out.print(shown)


def _kept(configs: object) -> str:
    assert isinstance(configs, dict)
    if configs["cleanup.policy"] == "compact":
        return "newest per key"
    return f"{int(configs['retention.ms']) // 86_400_000} days"


@topics.command("create", epilog=EPILOG)
def create_topics(json: Json = False) -> None:
    """Create what is missing, set what differs, register schemas; running it again changes nothing.

    Example: [bold]roadsieve topics create[/bold]
    """
    made = asyncio.run(_with_both(create_all))
    if json:
        as_json(asdict(made))
    else:
        for names, what in (
            (made.created, "created"),
            (made.configured, "configured"),
            (made.registered, "registered"),
        ):
            for name in names:
                out.print(f"{what:<10}  {name}")
        if not (made.created or made.configured or made.registered):
            out.print("Nothing to do: all topics and schemas are there.")
    if made.left:
        _tell(made.left)
        raise typer.Exit(Exit.SETUP)


@topics.command("check", epilog=EPILOG)
def check_topics(json: Json = False) -> None:
    """Compare broker and ledger with the tables; name each difference and its remedy. Exit code 78 where there is one.

    Example: [bold]roadsieve topics check && roadsieve worker[/bold]
    """
    found = asyncio.run(_with_both(inspect))
    if json:
        as_json([asdict(difference) for difference in found.differences])
    elif found.differences:
        _tell(found.differences)
    else:
        out.print(f"{len(found.wanted)} topics and changelogs and their schemas are as they must be.")
    if found.differences:
        raise typer.Exit(Exit.SETUP)


def _tell(differing: list[Difference]) -> None:
    for difference in differing:
        but = (
            ""
            if difference.create_mends and difference.found in ("missing", "not registered")
            else f", not {difference.wanted}"
        )
        remarks.print(
            f"[yellow]{difference.topic}[/]: {difference.what} is {difference.found}{but}; {difference.remedy}",
            soft_wrap=True,
        )
