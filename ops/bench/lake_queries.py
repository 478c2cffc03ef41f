"""Times of questions to a plate lake of any size, made for it: `python -m ops.bench.lake_queries --days 365`.

The lake is as after maintenance: packed files, one a day and table, plates indexed.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer
from rich.console import Console

from app.lake.indexing import index_files
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_schema, write_parquet
from app.settings import Settings
from ops.bench.lake_asked import COLORS, ask_all
from ops.bench.lake_thinking import think_all
from ops.bench.report import show

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SIGHTINGS_PER_PLATE = 5


def day_tables(day: int, count: int, plates: int) -> dict[str, pa.Table]:
    """Return a day's plates, each with a car of one colour, of so many different plates."""
    chance = np.random.default_rng(day)
    raw = chance.bytes(16 * count).hex()
    ids = [raw[place : place + 32] for place in range(0, len(raw), 32)]
    begin_us = round((BEGIN + timedelta(days=day)).timestamp() * 1e6)
    rank = np.ones(count, np.int64)
    given: dict[str, Any] = {
        "plateId": [f"{one}-p0" for one in ids], "resultId": ids, "carId": [f"{one}-c0" for one in ids],
        "sourceId": [f"gate-{number}" for number in chance.integers(0, 50, count)],
        "seenAt": begin_us + chance.integers(0, 86_400_000_000, count), "imageUri": [""] * count,
        "frameId": np.arange(count), "plateText": [f"P{number:08d}" for number in chance.integers(0, plates, count)],
        "masked": np.zeros(count, bool), "confidence": chance.uniform(30, 100, count),
        "detectionConfidence": chance.uniform(90, 100, count), "characterConfidences": [[]] * count,
        "cornersPx": [None] * count, "rank": rank, "klass": rank, "color": chance.choice(COLORS, count),
    }  # fmt: skip
    tables = {}
    for name in ("plate", "color"):
        known = LAKE_TABLES[name]
        columns = [pa.array(given[field.name]).cast(field.type) for field in arrow_schema(known)]
        whole = pa.Table.from_arrays(columns, schema=arrow_schema(known))
        tables[name] = whole.sort_by([(one, "ascending") for one in known.sorted_by])
    return tables


def make_lake(settings: Settings, days: int, count: int) -> None:
    """Write and index a lake of packed files."""
    warehouse, index = open_blocking(settings), open_plate_index_blocking(settings)
    warehouse.create()
    paths: dict[str, list[str]] = {"plate": [], "color": []}
    for day in range(days):
        for name, rows in day_tables(day, count, days * count // SIGHTINGS_PER_PLATE).items():
            path = f"{warehouse.location}/plates/{name}/data/day={day}/packed.parquet"
            file = Path(path.removeprefix("file://"))
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as body:
                write_parquet(name, rows, body)
            paths[name].append(path)
    for name, found in paths.items():
        warehouse.add(name, list(enumerate(found)))
    for path in paths["plate"]:
        index_files(warehouse, index, [path])
    index.close()
    warehouse.close()


def main(
    days: Annotated[int, typer.Option(help="Days in the lake.")] = 30,
    plates: Annotated[int, typer.Option(help="Plates of each day.")] = 73_000,
    times: Annotated[int, typer.Option(help="Questions of the one user; a hundred users ask a tenth each.")] = 100,
) -> None:
    """Make a lake, ask it, and print how long answers took."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        began_s = time.perf_counter()
        make_lake(settings, days, plates)
        console.print(f"{days * plates:,} plates of {days} days written and indexed in "
                      f"{time.perf_counter() - began_s:.0f} s", highlight=False)  # fmt: skip
        show(ask_all(settings, times), console)
        show(think_all(settings), console)


if __name__ == "__main__":
    typer.run(main)
