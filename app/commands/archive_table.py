"""How an archive's distribution looks: per attribute the values seen and kept, with entropies; a renderable, nothing is printed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text

from app.commands.screen import amount_of_bytes, bar, count, share, table
from schemas.records import ArchiveDistribution, ValueCount

VALUES_SHOWN = 8


def archive_view(archive: ArchiveDistribution) -> RenderableType:
    """Return one archive: a line of totals, then a table of attributes."""
    return Group(
        Text.assemble(("archive ", "dim"), (archive.archive, "bold")),
        Text.from_markup(
            f"  {count(archive.frames_seen)} frames of {count(archive.segments_seen)} segments seen, "
            f"{count(archive.duplicates)} of them near-duplicates; [bold]{count(archive.frames_kept)} kept[/] "
            f"in {count(archive.windows)} windows"
        ),
        Text.from_markup(
            f"  {amount_of_bytes(archive.bytes_seen)} seen, [bold]{amount_of_bytes(archive.bytes_kept)}[/] kept: "
            f"{share(archive.bytes_kept, archive.bytes_seen)}"
        ),
        _attributes(archive),
    )


def _attributes(archive: ArchiveDistribution) -> RenderableType:
    shown = table("attribute", "value", "seen", "", "kept", "", right=["seen", "kept"])
    for name, values in archive.attributes.items():
        entropy = _entropies(archive, name)
        rows = shown_values(values)
        whole_seen = sum(value.seen for value in values)
        whole_kept = sum(value.kept for value in values)
        for row, value in enumerate(rows):
            heading = f"[bold]{escape(name)}[/]" if row == 0 else f"[dim]{entropy}[/]" if row == 1 else ""
            shown.add_row(
                heading, escape(value.value),
                count(value.seen), f"[dim]{bar(value.seen / whole_seen if whole_seen else 0)}[/]",
                count(value.kept), f"[green]{bar(value.kept / whole_kept if whole_kept else 0)}[/]",
                end_section=row == len(rows) - 1,
            )  # fmt: skip
        if len(rows) == 1:
            shown.add_row(f"[dim]{entropy}[/]", "", "", "", "", "", end_section=True)
    return shown


def _entropies(archive: ArchiveDistribution, attribute: str) -> str:
    seen, kept = archive.entropy_ratio_seen.get(attribute), archive.entropy_ratio.get(attribute)
    if seen is None or kept is None:
        return ""
    return f"H {seen:.2f} → {kept:.2f}"


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
