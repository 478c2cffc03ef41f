"""`make bench-lake`: the size of the earlier system, or a multiple, through topic and stages, held to its truth.

    python -m ops.bench.lake [--times N] [--json FILE]
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.settings import settings
from ops.bench.lake_run import LakeRun, Part
from ops.bench.report import Section, machine, show, write_json
from ops.broker.cluster import Cluster
from ops.load.plate_dirt import USUAL
from ops.load.plates import PlateOrder

EARLIER_RESULTS = 266_440
"""Plates of the earlier system."""
PARTS = 4
"""Parts of one such size, after each of which memory is looked at."""
WARM_RESULTS = 1000
PART_DAYS = 7.5
START_US = 1_735_689_600_000_000  # 2025-01-01
DAYS_OF_A_YEAR = 365.0
TARGET_PER_S = 8000


def main(
    times: Annotated[int, typer.Option(min=1, max=100, help="How many times the earlier system's size.")] = 1,
    file: Annotated[Path | None, typer.Option("--json", help="Where figures go; default HOME/bench-lake.json.")] = None,
) -> None:
    """Load made results on a broker of its own; exit code 1 unless every table has exactly the rows of the truth."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="roadsieve-lake-") as scratch, console.status("Kafka starts") as status:
        cluster = Cluster.start(Path(scratch) / "kafka")
        try:
            run = LakeRun(Path(scratch), cluster.bootstrap, status.update)
            parts = asyncio.run(run.measure(_orders(times)))
        finally:
            cluster.kill()
    section = _section(parts[1:])
    show(section, console)
    target = file or settings().home / "bench-lake.json"
    write_json(target, [section], shlex.join(["python", "-m", "ops.bench.lake", *sys.argv[1:]]))
    right = all(part.right for part in parts)
    console.print(f"{json.dumps(machine())}\nwritten to {target}\nIntegrity: {right}", highlight=False)
    raise typer.Exit(0 if right else 1)


def _orders(times: int) -> list[PlateOrder]:
    """Return the parts, one after the other in time and at most a year in all; before them one that warms up."""
    count = PARTS * times
    days = min(PART_DAYS, DAYS_OF_A_YEAR / count)
    return [
        PlateOrder(
            EARLIER_RESULTS // PARTS if seed else WARM_RESULTS, seed, 50, START_US + round(seed * days * 86_400e6),
            days, USUAL,
        )
        for seed in range(count + 1)
    ]  # fmt: skip


def _section(parts: list[Part]) -> Section:
    section = Section(
        "lake", f"Plate results from topic to committed tables (target {TARGET_PER_S} per second and core)",
        ("results in all", "per s and core", "per s as it ran", "sent per s and core", "RSS MiB", "files", "lake MiB",
         "right"),
    )  # fmt: skip
    for part in parts:
        section.rows.append((
            f"{part.results_so_far:,}", f"{part.per_core_s:,.0f}", f"{part.per_s:,.0f}", f"{part.sent_per_core_s:,.0f}",
            f"{part.rss_bytes >> 20}", f"{part.files:,}", f"{part.lake_bytes >> 20:,}", str(part.right),
        ))  # fmt: skip
    section.figures = {"parts": [part.as_json() for part in parts]}
    section.limits = "Python that reads JSON and makes columns, then the making of Parquet (see ops/bench/README.md)"
    return section


if __name__ == "__main__":
    typer.run(main)
