"""How an archive's distribution looks: per attribute the values seen and kept, with entropies."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.commands.screen import amount_of_bytes, bar, count, share
from schemas.records import ArchiveDistribution, ValueCount

VALUES_SHOWN = 8
BAR_CELLS = 8


def archive_view(archive: ArchiveDistribution) -> RenderableType:
    """Return one archive: a line of totals, then a table of attributes."""
    return Group(
        Text.assemble(("archive ", "dim"), (archive.archive, "bold")),
        Text.from_markup(
            f"  {count(archive.frames_seen)} frames of {count(archive.segments_seen)} segments seen, "
            f"{count(archive.duplicates)} of them near-duplicates; [bold]{count(archive.frames_kept)} kept[/] "
            f"in {count(archive.windows)} window{'s' if archive.windows != 1 else ''}"
        ),
        Text.from_markup(
            f"  {amount_of_bytes(archive.bytes_seen)} seen, [bold]{amount_of_bytes(archive.bytes_kept)}[/] "
            f"charged for what was kept: {share(archive.bytes_kept, archive.bytes_seen)}"
        ),
        _attributes(archive),
    )


def _attributes(archive: ArchiveDistribution) -> RenderableType:
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("", "", "seen", "", "kept", ""):
        shown.add_column(column, justify="right" if column else "left")
    shown.add_column("entropy", justify="right", no_wrap=True)
    for name, values in archive.attributes.items():
        whole_seen = sum(value.seen for value in values)
        whole_kept = sum(value.kept for value in values)
        heading, entropy = f"[bold]{escape(name)}[/]", _entropies(archive, name)
        for value in shown_values(values):
            shown.add_row(
                heading, escape(value.value),
                count(value.seen), _bar(value.seen, whole_seen, "blue"),
                count(value.kept), _bar(value.kept, whole_kept, "green"), entropy,
            )  # fmt: skip
            heading = entropy = ""
        shown.add_row()
    return Padding(shown, (1, 0, 0, 2))


def _bar(part: int, whole: int, style: str) -> str:
    return f"[{style}]{bar(part / whole, BAR_CELLS)}[/]" if whole else ""


def _entropies(archive: ArchiveDistribution, attribute: str) -> str:
    seen, kept = archive.entropy_ratio_seen.get(attribute), archive.entropy_ratio.get(attribute)
    return "–" if seen is None or kept is None else f"{seen:.2f} → [bold]{kept:.2f}[/]"


def shown_values(values: Sequence[ValueCount]) -> list[ValueCount]:
    """Return the values that were seen, the most frequent first; what goes beyond the first eight becomes one row."""
    seen = sorted((value for value in values if value.seen), key=lambda value: (-value.seen, value.value))
    if len(seen) <= VALUES_SHOWN:
        return seen or list(values[:1])
    shown, rest = seen[: VALUES_SHOWN - 1], seen[VALUES_SHOWN - 1 :]
    others = ValueCount(
        f"{len(rest)} others", sum(v.seen for v in rest), sum(v.kept for v in rest), sum(v.target_ratio for v in rest)
    )
    return [*shown, others]
