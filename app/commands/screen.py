"""How things look on a terminal: amounts, shares, tables and JSON, the same in every verb."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

#: Answers go to stdout, remarks and errors to stderr, so that `--json` and pipes stay clean.
out = Console(highlight=False)
remarks = Console(stderr=True, highlight=False)


def amount_of_bytes(size_bytes: float) -> str:
    """Return 512 B, 4.2 MB: decimal units, three digits at most."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size_bytes < 999.5 or unit == "TB":
            break
        size_bytes /= 1000
    return f"{size_bytes:.0f} {unit}" if unit == "B" or size_bytes >= 99.5 else f"{size_bytes:.1f} {unit}"


def span(seconds: float) -> str:
    """Return 4.2 s, 3 min 5 s, 2 h 10 min, 5 days: two units at most."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s} s" if rest_s else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def count(number: float) -> str:
    """Return 1 234 567 with thin separators."""
    return f"{number:,.0f}".replace(",", " ")


def share(part: float, whole: float) -> str:
    """Return a share as a percentage, and a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def bar(ratio: float, width: int = 12) -> str:
    """Return a bar of `width` cells that is filled to the ratio, in eighths of a cell."""
    eighths = round(max(0.0, min(1.0, ratio)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width)


def table(*columns: str, right: Sequence[str] = (), title: str | None = None) -> Table:
    """Return an empty table in the house's manner: no frame, a thin rule below the heading."""
    made = Table(
        box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", header_style="dim", pad_edge=False
    )
    for column in columns:
        made.add_column(
            column, justify="right" if column in right else "left", no_wrap=column in right or column == columns[0]
        )
    return made


def as_json(answer: Any) -> None:
    """Write an answer for scripts: indented, keys as given, one document."""
    json.dump(answer, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
