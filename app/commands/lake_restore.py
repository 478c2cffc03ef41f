"""`roadsieve lake restore`: cold days back for a while, as tables of their own."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from app.commands.lake_check import warehouse
from app.commands.screen import amount_of_bytes, as_json, count, out, remarks
from app.errors import OperatorError
from app.lake.retention.cold import open_cold
from app.lake.retention.notes import cold_files
from app.lake.retention.plan import Tier, between, cost_usd, days_from
from app.lake.retention.restore import attach, request, wait
from app.settings import settings

POLL_S = 60.0
DAY_US = 86_400_000_000


def restore(
    first: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
    tier: Annotated[
        Tier, typer.Option(help="Haste: Bulk takes up to 12 hours, Standard 5, Expedited minutes.")
    ] = "Bulk",
    days: Annotated[int, typer.Option(min=1, help="Days that they stay.")] = 7,
    wait_s: Annotated[float, typer.Option(min=0, help="Seconds to wait for them in this command.")] = 43_200.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether the cost is right.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False,
) -> None:
    """Ask for cold days, wait until they can be read, name them in tables `restored.TABLE_FROM_TO`.

    It says the cost before and asks. The same command again goes on waiting. The tables end after --days, by
    `lake maintain`; the cold files stay.

    Example: [bold]roadsieve lake restore --from 2026-01-01 --to 2026-01-07 --tier Standard[/bold]
    """
    if not days_from(first, last):
        raise typer.BadParameter(f"{first!r} to {last!r} are no days in order; write them as 2026-11-25")
    with warehouse() as opened, open_cold(opened.location, settings()) as cold:
        files = between(cold_files(opened), first, last)
        if not files:
            raise OperatorError(f"days {first} to {last}", "nothing of them is cold", "see `roadsieve lake tables`")
        size_bytes = sum(file.size_bytes for file in files)
        usd = cost_usd(files, tier, days) if cold.costs else 0.0
        remarks.print(
            f"{count(len(files))} files, {amount_of_bytes(size_bytes)}, for {days} days: about {usd:.2f} USD at list "
            f"prices of S3 in us-east-1 ({tier})" if cold.costs else
            f"{count(len(files))} files, {amount_of_bytes(size_bytes)}, from a folder: no cost", soft_wrap=True,
        )  # fmt: skip
        if cold.costs and not yes:
            typer.confirm("Go on?", abort=True, err=True)
        request(cold, files, tier, days)
        wait(
            cold, files, wait_s, POLL_S, time.monotonic, time.sleep, lambda left: remarks.print(f"{left} not there yet")
        )
        until_us = time.time_ns() // 1000 + days * DAY_US
        made = attach(opened, cold, files, first, last, until_us)
    if json:
        as_json({"tables": made, "files": [asdict(file) for file in files], "cost_usd": usd, "expires_at_us": until_us})
        return
    for one in made:
        out.print(one, soft_wrap=True)
