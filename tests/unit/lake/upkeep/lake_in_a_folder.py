"""A lake in a folder, filled as scribe and registrar do."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import Warehouse
from tests.unit.lake.results import AT_US, FULL, PLATE_ALONE, result, rows_of_all

DAY_US = 86_400_000_000


def opened(folder: Path) -> Warehouse:
    return Warehouse(f"sqlite:///{folder}/catalog.sqlite", f"file://{folder}/warehouse")


class Writer:
    """Write and name files as scribe and registrar do, one commit a batch."""

    def __init__(self, lake: Warehouse) -> None:
        self.lake = lake
        self.offset, self.batch = 0, 0
        self.wanted: dict[str, Counter[str]] = {name: Counter() for name in LAKE_TABLES}

    def commit(self, days: int = 1, names: tuple[str, ...] = tuple(LAKE_TABLES)) -> None:
        """Add one batch: two results a day."""
        rows: dict[str, list[Any]] = {name: [] for name in LAKE_TABLES}
        for day in range(days):
            for said in (FULL, PLATE_ALONE):
                at_us = AT_US + day * DAY_US + self.batch
                for name, more in rows_of_all(result(said, at_us=at_us)).items():
                    rows[name] += more
        for name in names:
            files = self.lake.write(name, rows[name], f"0000-{self.batch:012d}")
            self.lake.add(name, [(self.offset + place, file.path) for place, file in enumerate(files)])
            columns = LAKE_TABLES[name].column_names
            self.wanted[name].update(comparable(dict(zip(columns, row, strict=True))) for row in rows[name])
        self.offset += days
        self.batch += 1


def comparable(row: dict[str, Any]) -> str:
    times = {name: round(at.timestamp() * 1e6) for name, at in row.items() if isinstance(at, datetime)}
    return json.dumps({**row, **times}, sort_keys=True)


def held(lake: Warehouse, name: str) -> Counter[str]:
    return Counter(map(comparable, lake.table(name).scan().to_arrow().to_pylist()))
