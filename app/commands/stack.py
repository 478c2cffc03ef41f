"""`roadsieve stack start|stop|status`: Kafka, S3, Cassandra, Apicurio and Prometheus on this machine, no containers."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from app.commands.exits import EPILOG, Exit
from app.commands.screen import amount_of_bytes, as_json, out, remarks, table
from app.settings import settings
from ops.broker.daemon import local_port
from ops.stack import daemons
from ops.stack.daemons import Part, PartStatus

Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]

stack = typer.Typer(
    help="Start, stop and find all servers of the full stack on this machine; no Docker needed.",
    no_args_is_help=True,
    epilog=EPILOG,
)


@stack.command("start", epilog=EPILOG)
def start(json: Json = False) -> None:
    """Start every server that this machine can run, and print the settings to use them; they run until `stack stop`.

    The first start fetches them (300 MB). Exit code 75 when one is missing; it is named with the reason.

    Example: [bold]roadsieve stack start > stack.env; set -a; . ./stack.env; roadsieve catalog migrate[/bold]
    """
    found = daemons.start(_parts(), settings().home, remarks.print)
    if json:
        as_json([_plain(one) for one in found])
    else:
        _show(found, remarks)
        for one in found:
            for name, value in one.environment.items():
                print(f"{name}={shlex.quote(value)}")
        if any(one.pid is not None for one in found):
            then = "Then: `roadsieve topics create`, `roadsieve catalog migrate`, `roadsieve bucket create`."
            remarks.print(then, soft_wrap=True)
    _exit_for(found)


@stack.command("stop", epilog=EPILOG)
def stop() -> None:
    """Stop every server in order; their data stays.

    Example: [bold]roadsieve stack stop[/bold]
    """
    stopped = daemons.stop(_parts(), settings().home)
    out.print(f"Stopped {', '.join(stopped)}; their data stays." if stopped else "Nothing to do: none runs.")


@stack.command("status", epilog=EPILOG)
def status(json: Json = False) -> None:
    """Tell which servers run. Exit code 75 when one does not.

    Example: [bold]roadsieve stack status --json[/bold]
    """
    found = [daemons.status(part) for part in _parts()]
    if json:
        as_json([_plain(one) for one in found])
    else:
        _show(found, out)
    _exit_for(found)


def _parts() -> list[Part]:
    return daemons.parts(settings().home, local_port(settings().kafka))


def _exit_for(found: Sequence[PartStatus]) -> None:
    if any(one.pid is None for one in found):
        raise typer.Exit(Exit.UNREACHABLE)


def _plain(found: PartStatus) -> dict[str, object]:
    return asdict(found) | {"folder": str(found.folder), "environment": dict(found.environment)}


def _show(found: Sequence[PartStatus], console: Console) -> None:
    shown = table("server", "process", "resident", "folder", right=["process", "resident"])
    for one in found:
        state = (str(one.pid), amount_of_bytes(one.resident_bytes)) if one.pid else ("[yellow]does not run[/]", "")
        shown.add_row(one.title, *state, str(one.folder))
    console.print(shown)
    for one in found:
        if one.reason:
            console.print(f"[yellow]{one.title}[/]: {one.reason}", soft_wrap=True)
