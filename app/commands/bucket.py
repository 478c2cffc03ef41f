"""`roadsieve bucket create|grant`: the S3 bucket that the settings name, and the rights that each role has to it."""

from __future__ import annotations

import asyncio
import json as documents
from dataclasses import asdict
from importlib.resources import files
from typing import Annotated, Any

import typer

from app.commands.exits import EPILOG
from app.commands.screen import as_json, out
from app.errors import OperatorError
from app.rights import user_of
from app.settings import settings

bucket = typer.Typer(help="Make the S3 bucket of the objects; workers never do.", no_args_is_help=True, epilog=EPILOG)


ROLES = ("porter", "detector", "librarian", "sweep", "links")
"""Who touches objects; ops/s3 has a file for each."""


@bucket.command("create", epilog=EPILOG)
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


@bucket.command("grant", epilog=EPILOG)
def grant(
    roles: Annotated[
        list[str] | None, typer.Argument(metavar="[ROLE]…", help=f"Of {', '.join(ROLES)}; all when none is named.")
    ] = None,
) -> None:
    """Give users named roadsieve.ROLE their rights to the bucket by its own policy; they must be there.

    For servers that know no policies of users, as versitygw; elsewhere give each user its file of ops/s3. It takes the
    place of the policy that the bucket had.

    Example: [bold]roadsieve bucket create && roadsieve bucket grant porter detector librarian[/bold]
    """
    from app.stores.s3_rights import grant as grant_rights  # as above

    chosen = roles or ROLES
    if strange := [role for role in chosen if role not in ROLES]:
        raise OperatorError(f"role {strange[0]!r}", "it touches no object", f"choose from: {', '.join(ROLES)}")
    asyncio.run(grant_rights(settings(), {user_of(role): rights_to_objects(role) for role in chosen}))
    out.print(f"Granted: {', '.join(map(user_of, chosen))} may do what ops/s3 says.", soft_wrap=True)


def rights_to_objects(role: str) -> dict[str, Any]:
    """Return the policy of a role, as ops/s3 has it."""
    found: dict[str, Any] = documents.loads(files("ops").joinpath("s3", f"{role}.json").read_text())
    return found
