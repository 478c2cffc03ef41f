"""`roadsieve catalog migrate`: the catalog's tables on Cassandra or ScyllaDB, made and brought up to date."""

from __future__ import annotations

import typer

from app.commands.exits import EPILOG
from app.commands.screen import out
from app.settings import settings

catalog = typer.Typer(
    help="Bring the catalog to the tables that this version knows.", no_args_is_help=True, epilog=EPILOG
)


@catalog.callback()
def _catalog() -> None:
    """Bring the catalog to the tables that this version knows."""


@catalog.command("migrate", epilog=EPILOG)
def migrate() -> None:
    """Make the keyspace of ROADSIEVE_CQL_KEYSPACE if need be, and its tables; doing it twice changes nothing.

    Example: [bold]ROADSIEVE_CQL_HOSTS=127.0.0.1:9042 roadsieve catalog migrate[/bold]
    """
    current = settings()
    if not current.cql_hosts:
        out.print("Nothing to do: the SQLite catalog makes its own tables. ROADSIEVE_CQL_HOSTS names a cluster.")
        return
    from app.stores.cql_migrations import migrate as apply  # here: the driver's import is for those who have a cluster

    applied = apply(current)
    told = f"applied {', '.join(applied)}" if applied else "all tables are there"
    out.print(f"Keyspace {current.cql_keyspace}: {told}.")
