"""`roadsieve lake check`: whether the lake is good, on the screen, as a report, by e-mail."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.commands.exits import Exit, tell
from app.commands.screen import as_json, out, remarks, table
from app.errors import InfrastructureError, OperatorError
from app.lake.open import open_blocking
from app.lake.tables import LAKE_TABLES
from app.lake.validation.check import Checked
from app.lake.validation.check import check as run_check
from app.lake.validation.facts import Lake
from app.lake.validation.judge import integrity
from app.lake.validation.log import NO_LOG, Logged, read_log
from app.lake.validation.mail import letter_of, post, send_waiting
from app.lake.validation.report import first_line, page
from app.lake.warehouse import Warehouse
from app.settings import settings
from app.telemetry.lake_faults import lake_checked
from app.telemetry.page import Page

pause = time.sleep
COLOURS = {"good": "", "failed": "[red]", "unknown": "[dim]"}


@contextmanager
def warehouse() -> Iterator[Warehouse]:
    """Open the lake for one command."""
    opened = open_blocking(settings())
    try:
        yield opened
    except SQLAlchemyError as error:
        raise opened.failed(error) from error
    finally:
        opened.close()


def check(
    day: Annotated[str, typer.Option(help="Day, YYYY-MM-DD; default every day that the lake has.")] = "",
    report: Annotated[
        Path | None, typer.Option(help="File of the report; default HOME/lake/check.html.", show_default=False)
    ] = None,
    without_log: Annotated[
        bool, typer.Option("--without-log", help="Do not count against lake.files: no Kafka is needed.")
    ] = False,
    every_rule: Annotated[bool, typer.Option("--every-rule", help="Show also the rules that hold.")] = False,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Go on, a round each ROADSIEVE_LAKE_CHECK_EVERY_S, and show /metrics.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False,
) -> None:
    """Count the lake against its log and its rules; keep the outcomes; write the report and mail it.

    A day that breaks a critical rule leaves the view `verified`. The last line is `integrity True`, or `integrity
    False` and exit code 1. Run it daily, by a timer or with --repeat.

    Example: [bold]roadsieve lake check --day 2026-11-25[/bold]
    """
    if day and not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise typer.BadParameter(f"{day!r} is no day; write it as 2026-11-25")
    if not repeat:
        found = _round(day, report, without_log)
        _show(found, every_rule, json)
        raise typer.Exit(Exit.OK if found.good else Exit.SOME_UNUSABLE)
    with Page(settings().web_bind, settings().lake_check_port, "ROADSIEVE_LAKE_CHECK_PORT") as shown:
        while True:
            try:
                _show(_round(day, report, without_log), every_rule, json)
            except InfrastructureError as error:
                tell(error)
            shown.renew()
            pause(settings().lake_check_every_s)


def _round(day: str, report: Path | None, without_log: bool) -> Checked:
    with warehouse() as opened:
        seen = Lake(opened)
        if day and day not in seen.days:
            have = f"it has {seen.days[0]} to {seen.days[-1]}" if seen.days else "it is empty"
            raise OperatorError(f"day {day}", f"the lake has no row of it ({have})", "name a day that it has")
        logged = Logged({}, "", NO_LOG) if without_log else asyncio.run(read_log(settings(), seen.positions))
        found = run_check(
            opened, seen, [day] if day else seen.days, logged, settings().lake_fresh_s, time.time_ns() // 1000,
            lambda one: remarks.print(f"{one} checked", soft_wrap=True),
        )  # fmt: skip
    _write(report or settings().path_of_lake() / "check.html", found)
    if settings().lake_mail_to:
        post(letter_of(found, settings()), settings(), found.at_us)
    try:
        send_waiting(settings())
    except InfrastructureError as error:
        remarks.print(str(error), markup=False, soft_wrap=True)
    failed = [(one.table, one.critical) for one in found.outcomes if one.verdict == "failed"]
    lake_checked(LAKE_TABLES, failed, len(found.verified))
    return found


def _write(path: Path, found: Checked) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(found), encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"report {path}", str(error), "name a file in a folder that can be written") from error
    remarks.print(f"report: {path}", soft_wrap=True)


def _show(found: Checked, every_rule: bool, json: bool) -> None:
    if json:
        outcomes = [asdict(one) for one in found.outcomes]
        as_json({"integrity": found.good, "outcomes": outcomes, "verified_days": sorted(found.verified)})
        return
    shown = table("day", "table", "rule", "", "value", "", right=["value"])
    for one in found.outcomes:
        if every_rule or one.verdict == "failed":
            colour = COLOURS[one.verdict] if one.critical or one.verdict != "failed" else "[yellow]"
            value = "" if one.value is None else f"{one.value:g}"
            verdict = f"{colour}{one.verdict}[/]" if colour else one.verdict
            shown.add_row(one.day, one.table, one.rule, verdict, value, one.detail)
    if shown.row_count:
        out.print(shown)
    out.print(first_line(found), soft_wrap=True)
    out.print(integrity(found.outcomes), soft_wrap=True)
