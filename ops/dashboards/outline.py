"""A board as text: rows, panels with their question, unit and what they ask Prometheus."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

_KINDS = {"timeseries": "lines", "stat": "number", "bargauge": "bars"}
UNITS = {
    "short": "", "none": "", "percentunit": "ratio", "s": "seconds", "Bps": "bytes/s", "decbytes": "bytes",
}  # fmt: skip


def outline(board: dict[str, Any]) -> RenderableType:
    """Return one board, from its JSON, for a terminal."""
    choices = ", ".join(f"${variable['name']}" for variable in board["templating"]["list"])
    title = Text.assemble((board["title"], "bold"), (f"   {board['uid']}", "dim"), f"\n{board['description']}")
    tree = Tree(title.append(f"\nchoose {choices}" if choices else "", "dim"), guide_style="dim")
    row = tree
    for panel in board["panels"]:
        if panel["type"] == "row":
            row = tree.add(Text(panel["title"], style="bold cyan"))
            continue
        options, unit = panel["fieldConfig"]["defaults"], ""
        unit = UNITS.get(options.get("unit", ""), options.get("unit", ""))
        shown = ", ".join(filter(None, (_KINDS[panel["type"]], unit)))
        node = row.add(Text.assemble((panel["title"], "bold"), (f"  ({shown})  ", "dim"), panel["description"]))
        for target in panel["targets"]:
            node.add(Text.assemble((f"{target['legendFormat']}  ", "green"), (target["expr"], "dim")))
    return Padding(tree, (0, 0, 1, 0))
