"""`roadsieve schemas register|check|diff`: the records' definitions here against those in the schema registry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from app.commands.exits import EPILOG, Exit
from app.commands.screen import as_json, out
from app.settings import settings
from app.stores.open import open_registry
from app.stores.registry import Registry, subject_of
from app.topology import schemas as topology

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]

schemas = typer.Typer(
    help="Register the records' schemas and compare them with the registry's.", no_args_is_help=True, epilog=EPILOG
)


@schemas.command("register", epilog=EPILOG)
def register() -> None:
    """Set each subject's compatibility and register what is not there; doing it twice changes nothing.

    Workers never register anything: they look up the ids when they start.

    Example: [bold]ROADSIEVE_REGISTRY_URL=http://127.0.0.1:8081 roadsieve schemas register[/bold]
    """
    registered = _with_registry(topology.register)
    for name in registered:
        out.print(f"registered {subject_of(name)}")
    if not registered:
        out.print("All schemas were there already.")


@schemas.command("check", epilog=EPILOG)
def check(json: Json = False) -> None:
    """Tell what is not registered and which subject demands another compatibility than it must. Exit code 78 then.

    Example: [bold]roadsieve schemas check --json[/bold]
    """
    missing, drifts = _with_registry(_found)
    if json:
        as_json({"missing": missing, "drifted": [asdict(drift) for drift in drifts]})
    else:
        for name in missing:
            out.print(f"[yellow]{subject_of(name)}[/]: its present version is not registered", soft_wrap=True)
        for drift in drifts:
            told = f"demands {drift.found}, must demand {drift.wanted}"
            out.print(f"[yellow]{subject_of(drift.record)}[/]: {told}", soft_wrap=True)
        remedy = "run `roadsieve schemas register`" if missing or drifts else "All schemas are registered as they must."
        out.print(remedy)
    if missing or drifts:
        raise typer.Exit(Exit.SETUP)


@schemas.command("diff", epilog=EPILOG)
def diff() -> None:
    """Show where the newest registered version of a record differs from this program's.

    Example: [bold]roadsieve schemas diff[/bold]
    """
    changes = _with_registry(topology.changes)
    for name, lines in changes.items():
        out.print(f"[bold]{subject_of(name)}[/]")
        out.print(lines, markup=False, highlight=False, soft_wrap=True)
    if not changes:
        out.print("No difference.")


async def _found(registry: Registry) -> tuple[list[str], list[topology.Drift]]:
    return await topology.unregistered(registry), await topology.drifted(registry)


def _with_registry(ask: Callable[[Registry], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with open_registry(settings()) as registry:
            return await ask(registry)

    return asyncio.run(asked())
