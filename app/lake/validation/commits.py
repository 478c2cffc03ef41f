"""The cheap rules, on every commit: what the log said of its files against what their footers say; it blocks.

Only the newest commit's list of files is read, and no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.types import PrimitiveType

from app.lake.upkeep.contents import day_of
from app.lake.validation.judge import counted
from app.lake.validation.rules import AS_LOGGED, RULES, Outcome, Rule
from app.lake.warehouse import Warehouse
from schemas.records import LakeFile


def faults_of(lake: Warehouse, name: str, files: Sequence[LakeFile]) -> list[Outcome]:
    """Return what is wrong with the files of a table's newest commit; none is the rule."""
    table = lake.table(name)
    there = _of_newest_commit(table)
    said = {file.path: file for file in files}
    found: list[Outcome] = []
    for path in said.keys() & there.keys():
        file = there[path]
        if (file.record_count, day_of(file)) != (said[path].rows, said[path].day):
            told = f"{path} has {file.record_count} rows of {day_of(file)}; the log says {said[path].rows}"
            found.append(Outcome(said[path].day, AS_LOGGED, name, True, "failed", file.record_count, told))
        for rule in RULES:
            if rule.table == name and rule.critical and (broken := _broken(table, file, rule)):
                found.append(counted(rule, day_of(file), broken))
    return found


def _of_newest_commit(table: Table) -> dict[str, DataFile]:
    snapshot = table.current_snapshot()
    if snapshot is None:
        return {}
    return {
        entry.data_file.file_path: entry.data_file
        for manifest in snapshot.manifests(table.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    }


def _broken(table: Table, file: DataFile, rule: Rule) -> int:
    """Return how many rows of a file break a rule, as far as its footer tells; for a range 1 for some."""
    fields = [table.schema().find_field(column) for column in rule.columns]
    if rule.kind == "nulls":
        return sum((file.null_value_counts or {}).get(field.field_id, 0) for field in fields)
    if rule.kind != "range":
        return 0
    ends = [
        float(from_bytes(cast(PrimitiveType, field.field_type), bounds[field.field_id]))
        for field in fields
        for bounds in (file.lower_bounds or {}, file.upper_bounds or {})
        if field.field_id in bounds
    ]
    return int(any(not rule.low <= end <= rule.high for end in ends))
