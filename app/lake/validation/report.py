"""A run of the check as one HTML file with plots that needs nothing else; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from html import escape
from importlib.resources import files

from app.commands.screen import count
from app.evaluation.chart import Line, bars, lines
from app.lake.validation.check import Checked
from app.lake.validation.judge import integrity
from app.lake.validation.rules import Outcome

COLOURS = ("#0b7a4b", "#3864b8", "#b8741a", "#8a3ab8", "#c2321a", "#59616b")
VERDICTS = ("good", "failed", "unknown")


def first_line(checked: Checked) -> str:
    """Return whether the lake is good, in one sentence."""
    days = {one.day for one in checked.outcomes}
    failed = [one for one in checked.outcomes if one.verdict == "failed"]
    warned = sum(not one.critical for one in failed)
    if checked.good:
        told = f", {warned} {_plural('warning', warned)}" if warned else ""
        return f"The lake is good: {len(days)} {_plural('day', len(days))} checked{told}."
    broken = sorted({one.day for one in failed if one.critical})
    return f"The lake is NOT good: {', '.join(broken)} {'fails' if len(broken) == 1 else 'fail'} critical rules."


def page(checked: Checked) -> str:
    """Return the report."""
    days = sorted({one.day for one in checked.outcomes})
    at = datetime.fromtimestamp(checked.at_us / 1e6, UTC).isoformat(" ", "seconds")
    failed = [one for one in checked.outcomes if one.verdict == "failed"]
    told = {verdict: [_number(checked, day, verdict) for day in days[-14:]] for verdict in VERDICTS}
    sections = [
        f"<h1>{escape(first_line(checked))}</h1>",
        f'<p class="note">Checked at {at} UTC, {count(len(checked.outcomes))} outcomes; verified are '
        f"{count(len(checked.verified))} days. {escape(integrity(checked.outcomes))}</p>",
        "<h2>What failed</h2>", _outcomes(failed) if failed else "<p>Nothing.</p>",
        "<h2>Rows by day</h2>", _by_day(checked.rows, "rows"),
        "<h2>Mean confidence by day, percent</h2>", _by_day(checked.means, "mean confidence"),
        "<h2>Outcomes of the last days</h2>", _figure(bars(days[-14:], told, ("#0b7a4b", "#c2321a", "#aab2bd"))),
        "<h2>Every rule</h2>", _outcomes(checked.outcomes),
    ]  # fmt: skip
    style = files("app.evaluation").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>roadsieve lake check</title>'
        f"<style>{style}</style></head><body>{''.join(sections)}</body></html>"
    )


def _number(checked: Checked, day: str, verdict: str) -> float:
    return sum(one.day == day and one.verdict == verdict for one in checked.outcomes)


def _by_day(values: Mapping[str, Mapping[str, float]], what: str) -> str:
    days = [date.fromisoformat(day).toordinal() for found in values.values() for day in found]
    if not days:
        return "<p>Nothing to show.</p>"
    first = min(days)
    drawn = [
        Line(
            name,
            [(date.fromisoformat(day).toordinal() - first, value) for day, value in sorted(found.items())],
            COLOURS[place % len(COLOURS)],
        )
        for place, (name, found) in enumerate(values.items())
    ]
    return _figure(lines(drawn, f"days since {date.fromordinal(first).isoformat()}", dots="2.5"), what)


def _figure(chart: str, title: str = "") -> str:
    return f'<div class="figures"><figure><figcaption>{escape(title)}</figcaption>{chart}</figure></div>'


def _outcomes(found: Iterable[Outcome]) -> str:
    rows = [
        f'<tr{_style(one)}><td>{escape(one.day)}</td><td>{escape(one.table)}</td><td>{escape(one.rule)}</td>'
        f"<td>{'critical' if one.critical else 'warning'}</td><td>{one.verdict}</td>"
        f"<td>{'' if one.value is None else f'{one.value:g}'}</td><td>{escape(one.detail)}</td></tr>"
        for one in found
    ]  # fmt: skip
    head = "".join(f"<th>{one}</th>" for one in ("day", "table", "rule", "weight", "", "value", ""))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _style(one: Outcome) -> str:
    return {"failed": ' class="ours"', "unknown": ' class="faint"', "good": ""}[one.verdict]


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"
