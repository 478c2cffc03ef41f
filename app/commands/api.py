"""`roadsieve api`: answers questions about the plate lake over HTTP, and makes the tokens that may ask."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app.commands.exits import EPILOG
from app.commands.screen import count, out, remarks
from app.settings import settings

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

api = typer.Typer(
    help="Answer questions about the plate lake over HTTP, until Ctrl-C.", invoke_without_command=True, epilog=EPILOG
)


@api.callback()
def serve(
    context: typer.Context,
    processes: Annotated[int, typer.Option(min=1, help="Processes on one port.", show_default="one per core")] = CORES,
) -> None:
    """Answer questions about the plate lake at http://127.0.0.1:6068 (ROADSIEVE_API_BIND, _API_PORT), until Ctrl-C.

    POST /query, POST /count, GET /tables, /health, /openapi.json. Who asks needs a token; make one before.

    Example: [bold]roadsieve api token me && roadsieve api[/bold]
    """
    if context.invoked_subcommand is None:
        from app.lake_api.serve import serve_until_told

        serve_until_told(settings(), processes)


@api.command("token", epilog=EPILOG)
def token(
    name: Annotated[str, typer.Argument(help="Whose it is: the name that the audit log has.")],
    plates: Annotated[bool, typer.Option("--plates", help="May also read plates, and search for them.")] = False,
) -> None:
    """Make a token and print it; it is shown this once, only its hash is kept.

    Example: [bold]roadsieve api token police --plates[/bold]
    """
    from app.lake_api.tokens import make_token

    made = make_token(_tokens(), name, ("query", "plates") if plates else ("query",))
    remarks.print(f"{name} may ask{', and read plates' if plates else '; plates are masked'}.", markup=False)
    out.print(made, markup=False, soft_wrap=True)


@api.command("revoke", epilog=EPILOG)
def revoke(name: Annotated[str, typer.Argument(help="Whose token.")]) -> None:
    """Take a token out; a running API refuses it from the next request on.

    Example: [bold]roadsieve api revoke police[/bold]
    """
    from app.lake_api.tokens import revoke_token

    revoke_token(_tokens(), name)
    remarks.print(f"{name} may ask no more.", markup=False)


@api.command("reindex", epilog=EPILOG)
def reindex() -> None:
    """Index the plates of files that are not yet, and forget files that are gone; safe at any time.

    `roadsieve lake maintain` does it too. Lookups are right without it, and slow on files the index does not know.

    Example: [bold]roadsieve api reindex[/bold]
    """
    from app.lake.indexing import reindex as run
    from app.lake.open import open_blocking, open_plate_index_blocking

    current = settings()
    lake, index = open_blocking(current), open_plate_index_blocking(current)
    with closing(lake), closing(index), remarks.status("") as shown:
        added, gone = run(lake, index, lambda done, of: shown.update(f"{count(done)} of {count(of)} files"))
    out.print(f"{count(added)} files indexed, {count(gone)} forgotten")


def _tokens() -> Path:
    return settings().path_of_lake() / "tokens.jsonl"
