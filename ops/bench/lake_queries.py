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
import pyarrow.compute as pc
import typer
from rich.console import Console

from app.lake.indexing import index_files
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.parquet import order_of, write_parquet
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_schema
from app.settings import Settings
from ops.bench.lake_asked import COLORS, ask_all
from ops.bench.lake_thinking import think_all
from ops.bench.report import show

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SIGHTINGS_PER_PLATE = 5


def day_tables(day: int, count: int, plates: int) -> dict[str, pa.Table]:
    """Return a day's plates, each with a car of one colour, of so many different plates."""
    chance = np.random.default_rng(day)
    ids = _texts_of(chance.bytes(16 * count).hex(), 32)
    begin_us = round((BEGIN + timedelta(days=day)).timestamp() * 1e6)
    rank = np.ones(count, np.int64)
    given: dict[str, Any] = {
        "plateId": _joined(ids, "-p0"), "resultId": ids, "carId": _joined(ids, "-c0"),
        "sourceId": _joined("gate-", pa.array(chance.integers(0, 50, count)).cast(pa.string())),
        "seenAt": begin_us + chance.integers(0, 86_400_000_000, count), "imageUri": pa.repeat("", count),
        "frameId": np.arange(count), "plateText": _joined("P", _digits(chance.integers(0, plates, count), 8)),
        "masked": np.zeros(count, bool), "confidence": chance.uniform(30, 100, count),
        "detectionConfidence": chance.uniform(90, 100, count), "characterConfidences": [[]] * count,
        "cornersPx": pa.nulls(count), "rank": rank, "klass": rank, "color": chance.choice(COLORS, count),
    }  # fmt: skip
    tables = {}
    for name in ("plate", "color"):
        known = LAKE_TABLES[name]
        columns = [_array(given[field.name]).cast(field.type) for field in arrow_schema(known)]
        whole = pa.Table.from_arrays(columns, schema=arrow_schema(known))
        tables[name] = whole.sort_by(order_of(name))
    return tables


def _array(values: Any) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values)


def _texts_of(characters: str, each: int) -> pa.Array:
    count = len(characters) // each
    whole = pa.Array.from_buffers(pa.binary(each), count, [None, pa.py_buffer(characters.encode())])
    return whole.cast(pa.binary()).cast(pa.string())


def _joined(first: Any, second: Any) -> pa.Array:
    return pc.binary_join_element_wise(first, second, "")


def _digits(numbers: Any, count: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), count, "0")


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
