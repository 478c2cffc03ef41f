"""Old snapshots go, and the files that only they named; the registrar's position stays.

Which files leave is written down before the commit that lets them go: whoever comes after a crash removes those that
no snapshot names any more, and leaves those that one still does.
"""

from __future__ import annotations

import json
import uuid

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from sqlalchemy.exc import SQLAlchemyError

from app.errors import InfrastructureError
from app.lake.upkeep.contents import folder_of, named, named_by
from app.lake.upkeep.plan import Kept, expired
from app.lake.warehouse import POSITION, Warehouse

LEAVING = "leaving"
"""Folder of the lists of files that a commit lets go."""


def expire(lake: Warehouse, name: str, now_us: int, age_s: float) -> tuple[int, int]:
    """Remove snapshots older than `age_s` with their files; return how many snapshots and files went."""
    files = settle(lake, name)
    table = lake.table(name)
    going = expired(snapshots_of(table), now_us, age_s)
    if not going:
        return 0, files
    kept = {one.snapshot_id for one in table.snapshots()} - set(going)
    leaving = sorted(named_by(table, going) - named_by(table, kept))
    folder = folder_of(table)
    places = [folder.place_of(path) for path in leaving]
    folder.write(f"{LEAVING}/{uuid.uuid4().hex}.json", json.dumps(places).encode())
    try:
        table.maintenance.expire_snapshots().by_ids(going).commit()
    except CommitFailedException:
        return 0, files  # somebody was quicker; the next run looks again
    except (SQLAlchemyError, OSError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise InfrastructureError(f"lake table {name}", why, "run the command again") from error
    return len(going), files + settle(lake, name)


def settle(lake: Warehouse, name: str) -> int:
    """Remove the files that were written down as leaving and that no snapshot names; return how many."""
    table = lake.table(name)
    folder = folder_of(table)
    lists = [file.place for file in folder.lying(LEAVING)]
    if not lists:
        return 0
    needed = {folder.place_of(path) for path in named(table)}
    there = {file.place for file in folder.lying()}
    removed = 0
    for place in lists:
        leaving = _listed(folder.read(place))
        going = [one for one in leaving if one in there and one not in needed]
        folder.remove(going)
        removed += len(going)
        if needed.isdisjoint(leaving):  # else its commit did not come, or comes only now: it is asked again
            folder.remove([place])
    return removed


def _listed(body: bytes) -> list[str]:
    """Return the files of a list; none of one that was cut off, for then its commit never came."""
    try:
        return list(json.loads(body))
    except ValueError:
        return []


def snapshots_of(table: Table) -> list[Kept]:
    """Return the snapshots of a table; heads of branches and tags stay, and the newest that tells a position."""
    heads = {ref.snapshot_id for ref in table.refs().values()}
    telling = [one for one in table.snapshots() if one.summary and POSITION in one.summary.additional_properties]
    if telling:
        heads.add(max(telling, key=lambda one: one.sequence_number or 0).snapshot_id)
    return [Kept(one.snapshot_id, one.timestamp_ms * 1000, one.snapshot_id in heads) for one in table.snapshots()]
