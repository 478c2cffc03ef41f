"""What a measurement leaves: tables for people, the same as JSON, and in one line what limits them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Section:
    """One table: columns, rows as shown, the figures behind them, and what limits them."""

    name: str
    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    limits: str = ""


def show(section: Section, console: Console) -> None:
    """Print a section."""
    table = Table(*section.columns, title=section.title, title_justify="left", title_style="bold")
    for row in section.rows:
        table.add_row(*row)
    console.print(table)
    console.print(f"[bold]limited by[/bold] {section.limits}\n", highlight=False)


def machine() -> dict[str, Any]:
    """Return what a reader must know of the machine to place the figures."""
    return {
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def write_json(path: Path, sections: Sequence[Section], command: str) -> None:
    """Write all sections with the command that made them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"command": command, "machine": machine(), "sections": [asdict(section) for section in sections]}
    path.write_text(json.dumps(document, indent=2, default=str) + "\n")
