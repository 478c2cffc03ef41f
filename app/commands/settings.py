"""`roadsieve settings`: every setting with its value, default, unit and sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.markup import escape
from rich.padding import Padding

from app.commands.screen import as_json, out
from app.settings import Settings, settings

#: Ending of a name -> the unit it stands for, the longest first.
UNITS = {
    "_bytes": "bytes", "_px": "px", "_ratio": "0 to 1", "_deg": "°", "_mps": "m/s", "_fps": "frames/s",
    "_us": "µs", "_ms": "ms", "_s": "s",
}  # fmt: skip
_SECRET_WORDS = ("secret", "password", "token")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as it is shown."""

    name: str
    value: Any
    default: Any
    unit: str
    changed: bool
    sentence: str


def rows_of(current: Settings) -> Iterator[Row]:
    """Return every setting in the order of the file; what a secret holds is not shown."""
    for name, field in Settings.model_fields.items():
        value, default = getattr(current, name), field.get_default(call_default_factory=True)
        shown = _plain(value) if not _is_secret(name, field) else ("***" if value else "")
        yield Row(
            f"ROADSIEVE_{name.upper()}",
            shown,
            _plain(default),
            unit_of(name),
            value != default,
            field.description or "",
        )


def unit_of(name: str) -> str:
    """Return the unit that a setting's name ends in, or nothing."""
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def _is_secret(name: str, field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation) or any(word in name for word in _SECRET_WORDS)


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return "***"
    return str(value) if isinstance(value, Path) else value


def show_settings(
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only those that differ from their default.")] = False,
) -> None:
    """Show every setting: value, default, unit and what it means.

    Settings are read from ROADSIEVE_* variables and from a file .env in the current folder. A secret is never shown;
    ROADSIEVE_NAME_FILE gives it as the content of a file.

    Example: [bold]ROADSIEVE_SAMPLING_FPS=5 roadsieve settings --changed[/bold]
    """
    rows = [row for row in rows_of(settings()) if row.changed or not changed]
    if json:
        as_json([asdict(row) for row in rows])
        return
    for row in rows:
        value, unit = "empty" if row.value in (None, "") else str(row.value), f" {row.unit}" if row.unit else ""
        default = f"   [dim](default {row.default})[/]" if row.changed else ""
        name = f"[bold]{row.name}[/]" if row.changed else row.name
        out.print(f"{name} = [cyan]{escape(value)}[/]{unit}{default}")
        out.print(Padding(f"[dim]{escape(row.sentence)}[/]", (0, 0, 0, 4)))
