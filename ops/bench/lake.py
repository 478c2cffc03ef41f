"""`make bench-lake`: the size of the earlier system, or a multiple, through topic and stages, held to its truth; then
maintained, checked in full, and asked.

    python -m ops.bench.lake [--times N] [--folder FOLDER] [--json FILE]

A hundred times takes hours: in a folder of its own the run may be stopped, and goes on when it is started again.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.errors import OperatorError
from app.settings import settings
from ops.bench.lake_asked import ask_all
from ops.bench.lake_notes import Part, Step
from ops.bench.lake_run import LakeRun
from ops.bench.lake_thinking import think_all
from ops.bench.report import Section, machine, show, write_json
from ops.broker.cluster import Cluster
from ops.load.plate_dirt import USUAL
from ops.load.plates import PlateOrder

EARLIER_RESULTS = 266_440
"""Plates of the earlier system."""
PARTS, MOST_PARTS = 4, 40
"""Parts that it is loaded in; after each memory is looked at, after every PARTS the lake is maintained."""
WARM_RESULTS = 1000
DAYS = 30.0
START_US = 1_735_689_600_000_000  # 2025-01-01
DAYS_OF_A_YEAR = 365.0
TARGET_PER_S, QUESTIONS = 8000, 300


def main(
    times: Annotated[int, typer.Option(min=1, max=100, help="How many times the earlier system's size.")] = 1,
    folder: Annotated[Path | None, typer.Option(help="Keep the run there, and go on with what was stopped.")] = None,
    file: Annotated[Path | None, typer.Option("--json", help="Where figures go; default HOME/bench-lake.json.")] = None,
) -> None:
    """Load made results on a broker of its own; exit code 1 unless every table has exactly the rows of the truth,
    and `lake check` says integrity True."""
    console = Console()
    with ExitStack() as stack:
        scratch = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="roadsieve-lake-")))
        status = stack.enter_context(console.status("Kafka starts"))
        cluster = Cluster.start(scratch / "kafka")
        try:
            run = LakeRun(scratch.absolute(), cluster.bootstrap, status.update)
            asyncio.run(run.measure(_orders(times), PARTS))
            asyncio.run(run.check())
        except OperatorError as error:
            console.print(str(error), style="red", highlight=False)
            raise typer.Exit(78) from None
        finally:
            cluster.stop()
        sections = [_loaded(run.notes.parts[1:]), _kept(run.notes.steps)]
        status.update("questions are asked")
        sections.append(ask_all(run.settings, QUESTIONS))
        status.update("a hundred users ask")
        sections.append(think_all(run.settings))
    for section in sections:
        show(section, console)
    target = file or settings().home / "bench-lake.json"
    write_json(target, sections, shlex.join(["python", "-m", "ops.bench.lake", *sys.argv[1:]]))
    right = all(part.right for part in run.notes.parts) and all(step.right for step in run.notes.steps)
    console.print(f"{json.dumps(machine())}\nwritten to {target}\nIntegrity: {right}", highlight=False)
    raise typer.Exit(0 if right else 1)


def _orders(times: int) -> list[PlateOrder]:
    """Return the parts, one after the other in time and at most a year in all; before them one that warms up."""
    count = min(PARTS * times, MOST_PARTS)
    days = min(DAYS * times, DAYS_OF_A_YEAR) / count
    sizes = [WARM_RESULTS, *([EARLIER_RESULTS * times // count] * count)]
    return [
        PlateOrder(size, seed, 50, START_US + round(seed * days * 86_400e6), days, USUAL)
        for seed, size in enumerate(sizes)
    ]


def _loaded(parts: list[Part]) -> Section:
    section = Section(
        "lake", f"Plate results from topic to committed tables (target {TARGET_PER_S} per second and core)",
        ("results in all", "per s and core", "per s as it ran", "sent per s and core", "RSS MiB", "files", "lake MiB",
         "right"),
    )  # fmt: skip
    for part in parts:
        rates = (part.per_core_s, part.per_s, part.sent_per_core_s)
        section.rows.append((
            f"{part.results_so_far:,}", *(f"{rate:,.0f}" if part.whole else "stopped" for rate in rates),
            f"{part.rss_bytes >> 20}", f"{part.files:,}", f"{part.lake_bytes >> 20:,}", str(part.right),
        ))  # fmt: skip
    section.figures = {"parts": [asdict(part) for part in parts]}
    section.limits = "Python that reads JSON and makes columns, then the making of Parquet (ops/bench/plate-lake.md)"
    return section


def _kept(steps: list[Step]) -> Section:
    columns = ("command", "took s", "CPU s", "RSS MiB", "files after", "right")
    section = Section("lake upkeep", "What is done with the loaded lake", columns)
    for one in steps:
        shown = (f"{one.took_s:.1f}", f"{one.cpu_s:.1f}", f"{one.rss_bytes >> 20}", f"{one.files:,}", str(one.right))
        section.rows.append((one.command, *shown))
    section.figures = {"steps": [asdict(one) for one in steps]}
    section.limits = "reading, sorting and writing Parquet; a pass over each day's rows for each rule"
    return section


if __name__ == "__main__":
    typer.run(main)
