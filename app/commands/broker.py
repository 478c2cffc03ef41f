"""`roadsieve broker start|stop|status`: the local Kafka under HOME/broker, on the port of the setting `kafka`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from app.commands.exits import EPILOG, Exit
from app.commands.screen import amount_of_bytes, as_json, out, remarks, span
from app.settings import settings
from ops.broker import daemon
from ops.broker.daemon import BrokerStatus

Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]

broker = typer.Typer(
    help="Start, stop and find the local Kafka: one KRaft node, no Java or Docker needed.",
    no_args_is_help=True,
    epilog=EPILOG,
)


def folder_of_broker() -> Path:
    """Return the folder of the local broker's data, log and pid file."""
    return settings().home / "broker"


@broker.command("start", epilog=EPILOG)
def start(json: Json = False) -> None:
    """Start the broker, unless it runs, and return when it answers; it runs until `roadsieve broker stop`.

    Example: [bold]ROADSIEVE_KAFKA=127.0.0.1:9192 roadsieve broker start[/bold]
    """
    _show(daemon.start(folder_of_broker(), daemon.local_port(settings().kafka), say=remarks.print), json)


@broker.command("stop", epilog=EPILOG)
def stop() -> None:
    """Stop the broker in order; its data stays.

    Example: [bold]roadsieve broker stop[/bold]
    """
    stopped = daemon.stop(folder_of_broker())
    out.print("Stopped; its data stays." if stopped else "Nothing to do: no broker of this folder runs.")


@broker.command("status", epilog=EPILOG)
def status(json: Json = False) -> None:
    """Tell whether the broker runs and answers. Exit code 75 when it does not.

    Example: [bold]roadsieve broker status --json[/bold]
    """
    found = daemon.status(folder_of_broker())
    _show(found, json)
    if not found.answering:
        raise typer.Exit(Exit.UNREACHABLE)


def _show(found: BrokerStatus, json: bool) -> None:
    if json:
        as_json(asdict(found) | {"folder": str(found.folder), "log": str(found.log)})
        return
    if not found.running:
        out.print(f"No broker runs for {found.folder}; start it with `roadsieve broker start`.", soft_wrap=True)
        return
    state = "answers" if found.answering else "[yellow]runs, but does not answer[/]"
    details = Text.assemble(
        (
            f"  process {found.pid}, {amount_of_bytes(found.resident_bytes)} resident, up {span(found.uptime_s)}\n",
            "dim",
        ),
        (f"  data {found.folder}\n  log  {found.log}", "dim"),
    )
    out.print(Group(f"Kafka at [bold]{found.bootstrap}[/] {state}", details), soft_wrap=True)
