"""Rows of a table as tuples and as columns; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.lake.tables import LAKE_TABLES

Columns = dict[str, Sequence[Any]]
"""Column of a table -> its values, all of one length."""

Row = tuple[Any, ...]
"""Values in the order of a table's columns."""


def columns_of(name: str, rows: Sequence[Row]) -> Columns:
    """Return rows of a table as columns."""
    names = LAKE_TABLES[name].column_names
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
