"""`roadsieve lake erase`: one plate out of everything, with a receipt."""

from __future__ import annotations

import json as json_format
import time
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from app.commands.exits import Exit
from app.commands.lake_check import warehouse
from app.commands.screen import as_json, count, out, remarks
from app.lake.indexing import reindex
from app.lake.open import open_plate_index_blocking
from app.lake.retention.cold import open_cold
from app.lake.retention.erase import erase as erase_rows
from app.lake_api.audit import AuditLog
from app.settings import settings
from app.topics import DEAD_LETTERS, TOPICS


def erase(
    plate: Annotated[str, typer.Option(help="The plate, exactly as it was read.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the receipt as JSON for scripts.")] = False,
) -> None:
    """Erase a plate from tables, cold files, snapshots, index and audit log; a receipt says what went.

    No topic has a plate for its key; results and readings on topics age out. A vehicle that is before its source now
    has its sighting when it left: run it once more then. Cold files in Glacier are asked for
    (Bulk): then it ends with exit code 1, and the same command again goes on.

    Example: [bold]roadsieve lake erase --plate K643ET10[/bold]
    """
    if not yes:
        typer.confirm("There is no way back. Erase it?", abort=True, err=True)
    now_us, current = time.time_ns() // 1000, settings()
    with warehouse() as opened, closing(open_plate_index_blocking(current)) as index:
        with open_cold(opened.location, current) as cold:
            found = erase_rows(opened, cold, plate, now_us)
        known = index.forget_plate(plate)
        reindex(opened, index, lambda *_: None)
    audit = AuditLog(current.path_of_lake())
    receipt: dict[str, Any] = {
        "plate": audit.plate_hash(plate), "erasedAt": _iso(now_us), **asdict(found), "index": known,
        "audit": audit.forget_plate(plate), "complete": not found.cold_pending,
        "topics": {
            topic.name: f"ages out until {_iso(now_us + topic.retention_ms * 1000)}"
            for topic in TOPICS.values()
            if topic is DEAD_LETTERS or topic.flow == "plates"
        },
    }  # fmt: skip
    folder = current.path_of_lake() / "receipts"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"erased-{now_us}.json"
    file.write_text(json_format.dumps(receipt, indent=2), encoding="utf-8")
    remarks.print(f"receipt: {file}", soft_wrap=True)
    if json:
        as_json(receipt)
    else:
        out.print(
            f"{count(sum(found.hot.values()))} rows in tables, {count(sum(found.cold.values()))} in cold files, in "
            f"{count(known)} files of the index, {count(receipt['audit'])} lines of the audit log"
        )
        if found.cold_pending:
            out.print(f"{count(len(found.cold_pending))} cold days are asked for: run it again when they are there")
    raise typer.Exit(Exit.SOME_UNUSABLE if found.cold_pending else Exit.OK)


def _iso(at_us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).isoformat(timespec="seconds")
