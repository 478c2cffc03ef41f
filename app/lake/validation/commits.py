"""The cheap rules, on every commit: what the log said of its files against what their footers say; it blocks.

What the commit named is at hand: nothing is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.types import PrimitiveType

from app.lake.naming import Named
from app.lake.upkeep.contents import day_of
from app.lake.validation.judge import counted
from app.lake.validation.rules import AS_LOGGED, RULES, Outcome, Rule
from schemas.records import LakeFile


def faults_of(name: str, files: Sequence[LakeFile], named: Named) -> list[Outcome]:
    """Return what is wrong with the files that a commit named in a table; none is the rule."""
    said = {file.path: file for file in files}
    found: list[Outcome] = []
    for file in named.files:
        path = file.file_path
        if (file.record_count, day_of(file)) != (said[path].rows, said[path].day):
            told = f"{path} has {file.record_count} rows of {day_of(file)}; the log says {said[path].rows}"
            found.append(Outcome(said[path].day, AS_LOGGED, name, True, "failed", file.record_count, told))
        for rule in RULES:
            if rule.table == name and rule.critical and (broken := _broken(named.schema, file, rule)):
                found.append(counted(rule, day_of(file), broken))
    return found


def _broken(schema: Schema, file: DataFile, rule: Rule) -> int:
    """Return how many rows of a file break a rule, as far as its footer tells; for a range 1 for some."""
    fields = [schema.find_field(column) for column in rule.columns]
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
