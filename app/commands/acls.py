"""`roadsieve acls list|apply`: what each stage and command may do on Kafka, and granting it; a super user does that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Annotated, TypeVar

import tomli_w
import typer

from app.commands.exits import EPILOG
from app.commands.screen import as_json, out, table
from app.errors import OperatorError
from app.rights import ROLES, rights_of, user_of
from app.settings import settings
from app.topology.acls import Acls, Granted
from app.topology.admin import administer

T = TypeVar("T")
Roles = Annotated[
    list[str] | None, typer.Argument(metavar="[ROLE]…", help="Stages and commands; all when none is named.")
]
User = Annotated[
    str, typer.Option(help="One user of Kafka for all these roles, as where one process runs several stages.")
]

acls = typer.Typer(
    help="Show and grant what each stage and command may do on Kafka.", no_args_is_help=True, epilog=EPILOG
)


@acls.command("list", epilog=EPILOG)
def list_acls(
    roles: Roles = None,
    user: User = "",
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False,
    toml: Annotated[bool, typer.Option("--toml", help="Write the rights alone as TOML, asking no broker.")] = False,
) -> None:
    """List the rights that each role needs, which of them are granted, and what its user has beyond them.

    Example: [bold]roadsieve acls list detector[/bold]
    """
    if toml:
        out.print(as_toml(_known(roles)), markup=False, soft_wrap=True, end="")
        return
    wanted = _wanted(roles, user)
    granted = asyncio.run(_ask(lambda cluster: cluster.found()))
    users = {one.user for one in wanted}
    rows = [(one, one in granted, True) for one in wanted]
    rows += [(one, True, False) for one in sorted(granted) if one.user in users and one not in wanted]
    if json:
        as_json([asdict(one) | {"granted": there, "needed": needed} for one, there, needed in rows])
        return
    shown = table("user", "may", "")
    for one, there, needed in rows:
        state = "[yellow]not granted[/]" if not there else "" if needed else "[yellow]needs it not[/]"
        shown.add_row(one.user, str(one.right), state)
    out.print(shown)


@acls.command("apply", epilog=EPILOG)
def apply(roles: Roles = None, user: User = "") -> None:
    """Grant what is missing; running it again changes nothing. Nothing is taken away, no user and no password is made.

    Example: [bold]ROADSIEVE_KAFKA_USER=admin roadsieve acls apply[/bold]
    """
    wanted = _wanted(roles, user)
    made = asyncio.run(_ask(lambda cluster: cluster.grant(wanted)))
    for one in made:
        out.print(f"granted  {one}", markup=False, soft_wrap=True)
    if not made:
        out.print("Nothing to do: all rights are granted.")


def as_toml(roles: Iterable[str]) -> str:
    """Return the rights of roles as a document: user, then operations by name of each kind; a name may end in `*`."""
    document = {}
    for role in roles:
        rights: dict[str, dict[str, list[str]]] = {}
        for right in rights_of(role):
            name = right.name + ("*" if right.prefixed else "")
            rights.setdefault(right.kind, {}).setdefault(name, []).append(right.operation)
        document[role] = {"user": user_of(role), **rights}
    return tomli_w.dumps(document)


async def _ask(question: Callable[[Acls], T]) -> T:
    async with administer(settings()):  # it tells in one line why we are not let in
        return await asyncio.to_thread(lambda: question(Acls(settings())))


def _wanted(roles: Sequence[str] | None, user: str) -> list[Granted]:
    every = [Granted(user or user_of(role), right) for role in _known(roles) for right in rights_of(role)]
    return list(dict.fromkeys(every))


def _known(roles: Sequence[str] | None) -> Sequence[str]:
    for role in roles or ():
        if role not in ROLES:
            why = "there is no such stage or command"
            raise OperatorError(f"role {role!r}", why, f"choose from: {', '.join(ROLES)}")
    return roles or ROLES
