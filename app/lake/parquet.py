"""How the rows of a table lie in its Parquet files: order, groups, codecs, dictionaries."""

from __future__ import annotations

from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from app.lake.tables import LAKE_TABLES

LOOKUP_TABLES, LOOKUP_GROUP_ROWS = ("plate", "sighting"), 512
"""Files are sorted: a lookup reads the groups whose range holds what it looks for, and they are what it costs."""
ALONE_ROWS, GROUP_ROWS = 65_536, 16_384
"""In other tables a file of so few rows is one group: the ids of a car's guesses share a dictionary, which halves its
bytes. In a larger one they lie far from each other, by what was guessed, and a dictionary holds each id once."""
HARDLY_REPEATED = ("seenAt", "confidence")
"""Columns of these other tables that no dictionary makes smaller."""
RANDOM_IDS = ("trackId", "plateId", "resultId", "carId")
"""Digits of a hash: zstd halves them, and costs no more than it saves; to what else a lookup reads it costs half."""


def write_parquet(name: str, rows: pa.Table, body: IO[bytes]) -> None:
    """Write rows of a table, which are in the order that its files have, as the Parquet of its files."""
    looked_up, is_alone = name in LOOKUP_TABLES, len(rows) <= ALONE_ROWS
    plain = HARDLY_REPEATED if is_alone else (*HARDLY_REPEATED, *RANDOM_IDS)
    # In groups so small a dictionary of texts that hardly repeat costs more time and bytes than it saves.
    repeated = [] if looked_up else [one for one in rows.column_names if one not in plain]
    pq.write_table(
        rows, body, compression=_lookup_codecs(rows.schema) if looked_up else "zstd",
        row_group_size=LOOKUP_GROUP_ROWS if looked_up else ALONE_ROWS if is_alone else GROUP_ROWS,
        use_dictionary=repeated, column_encoding=None if looked_up else {"seenAt": "DELTA_BINARY_PACKED"},
        sorting_columns=pq.SortingColumn.from_ordering(rows.schema, order_of(name)),
        # To a reader all texts are texts: what came as numbers into a dictionary Arrow's own schema would tell so.
        store_schema=not any(map(pa.types.is_dictionary, rows.schema.types)),
    )  # fmt: skip


def order_of(name: str) -> list[tuple[str, str]]:
    """Return the order of the rows in each file of a table, in Arrow's words."""
    table = LAKE_TABLES[name]
    return [(column, "ascending") for column in dict.fromkeys((*table.sorted_by, *table.key))]


def _lookup_codecs(schema: pa.Schema) -> dict[str, str]:
    paths = {one.name: f"{one.name}.list.element" if pa.types.is_nested(one.type) else one.name for one in schema}
    return {path: "zstd" if name in RANDOM_IDS else "snappy" for name, path in paths.items()}
