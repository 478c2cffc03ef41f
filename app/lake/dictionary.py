"""Writes the data dictionary of the plate lake from its tables: `python -m app.lake.dictionary > ops/plate_lake.md`."""

from __future__ import annotations

from app.lake.tables import LAKE_TABLES, Column, LakeTable

HEAD = """# The tables of the plate lake

Written by `python -m app.lake.dictionary` from `app/lake/tables.py`; a test holds them equal. Every row joins by
resultId, plateId and carId. Tables are partitioned by day of seenAt. A column that is not required may be null.
"""


def dictionary() -> str:
    """Return the data dictionary as Markdown."""
    return "\n".join([HEAD, *(_table(table) for table in LAKE_TABLES.values())])


def _table(table: LakeTable) -> str:
    lines = [
        f"## {table.name}", "", f"{table.meaning} Key: {', '.join(table.key)}. Files sorted by "
        f"{', '.join(table.sorted_by)}.", "",
        "| column | type | unit | from | example | meaning |", "|---|---|---|---|---|---|",
        *(_row(column) for column in table.columns), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _row(column: Column) -> str:
    kind = column.kind if column.required else f"{column.kind}, optional"
    cells = (column.name, kind, column.unit, f"`{column.source}`", f"`{column.example}`", column.meaning)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(dictionary(), end="")
