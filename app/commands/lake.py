"""`roadsieve lake create|tables|check|maintain|restore|erase`: the tables of the plate lake."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from app.commands.exits import EPILOG, tell
from app.commands.lake_check import check, warehouse
from app.commands.lake_erase import erase
from app.commands.lake_restore import restore
from app.commands.screen import as_json, count, out, remarks, span, table
from app.errors import InfrastructureError
from app.lake.indexing import reindex
from app.lake.open import open_plate_index_blocking
from app.lake.retention.cold import open_cold
from app.lake.retention.move import retain
from app.lake.side_tables import side_tables
from app.lake.tables import LAKE_TABLES
from app.lake.upkeep.maintain import Round
from app.lake.upkeep.maintain import maintain as run_round
from app.settings import settings

Json = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]

MAINTAINED = "maintained"
"""File in HOME/lake whose age is that of the last whole round: by it a health check tells one that is stuck."""

lake = typer.Typer(
    help="Make and look at the tables of the plate lake (Apache Iceberg).", no_args_is_help=True, epilog=EPILOG
)


@lake.command("create", epilog=EPILOG)
def create() -> None:
    """Make the tables that are missing, and add columns that are new; nothing that is there is changed.

    Example: [bold]roadsieve lake create && roadsieve worker scribe tracker registrar[/bold]
    """
    with warehouse() as opened:
        made = opened.create()
        remarks.print(f"Made {', '.join(made)}." if made else "All tables are there.", soft_wrap=True)
        out.print(opened.location, soft_wrap=True)


@lake.command("tables", epilog=EPILOG)
def tables(
    name: Annotated[str | None, typer.Argument(help="A table, to see its columns.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """List the tables with rows and files, or the columns of one: the data dictionary.

    Example: [bold]roadsieve lake tables plate[/bold]
    """
    if name is not None:
        _columns(name, json)
        return
    with warehouse() as opened:
        found = {one: opened.totals(one) for one in LAKE_TABLES}
    if json:
        as_json({one: {"rows": rows, "files": files, "bytes": size} for one, (rows, files, size) in found.items()})
        return
    shown = table("table", "rows", "files", "bytes", "meaning", right=["rows", "files", "bytes"])
    for one, (rows, files, size_bytes) in found.items():
        shown.add_row(one, count(rows), count(files), count(size_bytes), LAKE_TABLES[one].meaning)
    out.print(shown)


def _columns(name: str, json: bool) -> None:
    if name not in LAKE_TABLES:
        raise typer.BadParameter(f"there is no table {name!r}; there are {', '.join(LAKE_TABLES)}")
    columns = LAKE_TABLES[name].columns
    if json:
        as_json([{field: getattr(one, field) for field in type(one).__slots__} for one in columns])
        return
    shown = table("column", "type", "unit", "from", "example", "meaning")
    for one in columns:
        shown.add_row(one.name, one.kind, one.unit, one.source, one.example, one.meaning)
    out.print(shown)


lake.command("check", epilog=EPILOG)(check)
lake.command("restore", epilog=EPILOG)(restore)
lake.command("erase", epilog=EPILOG)(erase)


@lake.command("maintain", epilog=EPILOG)
def maintain(
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Go on, a round each ROADSIEVE_LAKE_MAINTAIN_EVERY_S.")
    ] = False,
    json: Json = False,
) -> None:
    """Pack days that were hot for their time into cold files, merge small files, remove what nobody needs any more.

    Safe beside workers and beside itself, and whatever cuts it off: the next round goes on. Run it each hour, by a
    timer or with --repeat.

    Example: [bold]roadsieve lake maintain[/bold]
    """
    while True:
        try:
            _round(json)
        except InfrastructureError as error:
            if not repeat:
                raise
            tell(error)
        if not repeat:
            return
        time.sleep(settings().lake_maintain_every_s)


def _round(json: bool) -> None:
    def say(done: Round) -> None:
        remarks.print(f"{done.table}: done", soft_wrap=True)

    begun_s = time.monotonic()
    now_us, current = time.time_ns() // 1000, settings()
    with warehouse() as opened, open_cold(opened.location, current) as cold:
        moved = retain(opened, cold, LAKE_TABLES, current, now_us)
        done = run_round(opened, [*LAKE_TABLES, *side_tables(opened)], current, now_us, say)
        with closing(open_plate_index_blocking(current)) as index:
            reindex(opened, index, lambda *_: None)
    current.path_of_lake().mkdir(parents=True, exist_ok=True)  # of a lake that lies elsewhere, nothing is here
    (current.path_of_lake() / MAINTAINED).touch()
    if json:
        as_json({"tables": [asdict(one) for one in done], **asdict(moved)})
        return
    if moved.made_cold or moved.ended or moved.restored_ended:
        out.print(
            f"{count(moved.made_cold)} files made cold, {count(moved.ended)} cold files erased after their time, "
            f"{count(len(moved.restored_ended))} restored tables ended"
        )
    numbers = ("files merged", "into", "snapshots expired", "files removed")
    shown = table("table", *numbers, right=numbers, title=f"in {span(time.monotonic() - begun_s)}")
    for one in done:
        shown.add_row(one.table, *map(count, (one.files_merged, one.files_made, one.snapshots_expired,
                                              one.files_removed)))  # fmt: skip
    out.print(shown)
