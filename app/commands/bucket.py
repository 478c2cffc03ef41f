"""`roadsieve bucket`: makes the S3 bucket that the settings name, as roadsieve needs it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from app.commands.exits import EPILOG
from app.commands.screen import as_json, out
from app.settings import settings

bucket = typer.Typer(help="Make the S3 bucket of the objects; workers never do.", no_args_is_help=True, epilog=EPILOG)


@bucket.callback()
def _one_of_several() -> None:
    """Keep the verb a group while it has one command."""


@bucket.command(epilog=EPILOG)
def create(json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False) -> None:
    """Make the bucket ROADSIEVE_S3_BUCKET, closed to the public; again, it only sets the rules anew.

    Temporary objects older than ROADSIEVE_TEMPORARY_TTL_S, in whole days, are removed by the server where it can.

    Example: [bold]ROADSIEVE_S3_BUCKET=road ROADSIEVE_S3_ENDPOINT=http://127.0.0.1:7070 roadsieve bucket create[/bold]
    """
    from app.stores.s3_bucket import create_bucket  # here: its library takes 0.3 s to import

    made = asyncio.run(create_bucket(settings()))
    if json:
        as_json(asdict(made))
        return
    out.print(f"Bucket {made.name} {'was there already' if made.was_there else 'is made'}.")
    if not made.blocks_public:
        out.print("The server has no block of public access; nothing is public there unless somebody makes it so.")
    if made.removes_after_days:
        out.print(f"The server removes temporary objects after {made.removes_after_days} days, and unfinished uploads.")
    else:
        out.print("The server has no lifecycle rules: let `roadsieve sweep` run every hour.")
