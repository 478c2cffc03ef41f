"""`roadsieve alpr load|generate|watch`: logs of plate recognition into the plate lake, made ones, a watch list."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.alpr_watch import watch
from app.commands.exits import EPILOG, Exit
from app.commands.screen import amount_of_bytes, as_json, count, out, remarks
from app.lake.loading import LoadOptions, LoadSummary
from app.lake.loading import load as run_load
from app.settings import settings

FIRST_DAY = datetime(2025, 1, 1)

alpr = typer.Typer(help="Bring results of plate recognition into the plate lake.", no_args_is_help=True, epilog=EPILOG)
alpr.add_typer(watch, name="watch")


@alpr.command("load", epilog=EPILOG)
def load(
    places: Annotated[
        list[str],
        typer.Argument(help="Logs, folders of them, s3://BUCKET/PREFIX: JSON, JSON Lines, arrays; .gz, .zst."),
    ],
    source: Annotated[str, typer.Option(help="Source of results that name none; default the name of their file.")] = "",
    seen_at: Annotated[
        datetime | None, typer.Option(help="Time (UTC) of results that have no `timestamp`.", show_default=False)
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Send also what was sent before.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON for scripts.")] = False,
) -> None:
    """Send the results of the ultimateALPR SDK that logs hold to plates.recognized, as they came.

    The same command goes on where it stopped, and the same result sent twice is one result. What a result lacks or
    has wrong is told by the scribe, in dead letters with the original bytes. Buckets are read with the settings S3_*.

    Example: [bold]roadsieve alpr load gate-logs/ --source gate-3[/bold]
    """
    seen_at_us = 0 if seen_at is None else round(seen_at.replace(tzinfo=UTC).timestamp() * 1_000_000)
    columns = (TextColumn("{task.fields[sent]}"), BarColumn(20), TimeElapsedColumn())
    with Progress(*columns, console=remarks, transient=True) as bars:
        task = bars.add_task("", total=None, sent="")

        def display(summary: LoadSummary, files: int, line: str) -> None:
            if line:
                remarks.print(line, markup=False, soft_wrap=True)
            done = summary.files + summary.files_before
            bars.update(
                task, total=files, completed=done, sent=f"{done} of {files} files, {count(summary.results)} results"
            )

        summary = asyncio.run(run_load(places, LoadOptions(source, seen_at_us, again), settings(), display))
    code = Exit.SOME_UNUSABLE if summary.unusable else Exit.OK
    if json:
        as_json(asdict(summary) | {"exit_code": code})
    else:
        out.print(
            f"{count(summary.results)} results of {count(summary.files)} files sent, {amount_of_bytes(summary.bytes)}"
        )
        if summary.files_before:
            out.print(f"{count(summary.files_before)} files were sent before and not sent again (--again sends them)")
        if summary.unusable:
            out.print(f"{count(len(summary.unusable))} could not be used (see above)")
    raise typer.Exit(code)


@alpr.command("generate", epilog=EPILOG)
def generate(
    file: Annotated[Path, typer.Argument(metavar="OUT", help="JSON Lines to write; .gz and .zst are packed.")],
    results: Annotated[int, typer.Option(min=1, help="How many different results to make.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same bytes.")] = 0,
    sources: Annotated[int, typer.Option(min=1, help="How many sources they come from.")] = 20,
    start: Annotated[datetime, typer.Option(help="Day (UTC) of the first.", formats=["%Y-%m-%d"])] = FIRST_DAY,
    days: Annotated[float, typer.Option(min=0.001, max=3660, help="Days over which they are spread.")] = 30.0,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Share of a kind, as in torn=0.01; all=0 first for plain results. OUT.truth names the kinds.",
                     show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Make results by the contract of the SDK, with everything that real logs have, also what nobody can use.

    OUT.truth tells the rows that a right lake has of them, and which lines are unusable and why.

    Example: [bold]roadsieve alpr generate plates.jsonl.zst --results 266440[/bold]
    """
    from ops.load.plate_dirt import plate_rates  # late: not needed by those who load
    from ops.load.plate_file import write_plates
    from ops.load.plates import PlateOrder

    start_us = round(start.replace(tzinfo=UTC).timestamp() * 1_000_000)
    order = PlateOrder(results, seed, sources, start_us, days, plate_rates(rate or ()))
    with Progress(
        BarColumn(20), TextColumn("{task.completed} of {task.total} results"), console=remarks, transient=True
    ) as bars:
        task = bars.add_task("", total=results)
        truth = write_plates(file, order, lambda so_far: bars.update(task, completed=so_far.results))
    unusable = sum(map(len, truth.unusable.values()))
    told = f"{count(truth.results)} results, {count(unusable)} of them unusable; {count(truth.rows['plate'])} plates"
    out.print(f"{told}; {count(truth.lines)} lines in {file}, the truth in {file}.truth", soft_wrap=True)
