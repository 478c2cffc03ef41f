"""`roadsieve dashboards describe|write`: the Grafana boards of ops/dashboards, as text or as JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.exits import EPILOG
from app.commands.screen import as_json, out
from ops.dashboards.boards import read_boards, write_boards
from ops.dashboards.outline import outline

dashboards = typer.Typer(
    help="Read the Grafana boards without a Grafana, or write their JSON again.", no_args_is_help=True, epilog=EPILOG
)


@dashboards.command("describe", epilog=EPILOG)
def describe(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[BOARD]…", help="Boards to print; all when none is named.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the JSON that Grafana reads.")] = False,
) -> None:
    """Print each board as an outline: rows, panels with their question, and what they ask Prometheus.

    Example: [bold]roadsieve dashboards describe diversity[/bold]
    """
    boards = read_boards()
    if strange := set(names or []) - boards.keys():
        raise typer.BadParameter(f"no board {min(strange)}; there are {', '.join(boards)}")
    chosen = {name: board for name, board in boards.items() if not names or name in names}
    if json:
        as_json(chosen)
        return
    for board in chosen.values():
        out.print(outline(board))


@dashboards.command("write", epilog=EPILOG)
def write() -> None:
    """Write the JSON of every board again, beside the code that makes it; for those who change a board.

    Example: [bold]roadsieve dashboards write && git diff --stat[/bold]
    """
    changed = write_boards()
    for file in changed:
        out.print(f"wrote  {file}", soft_wrap=True)
    if not changed:
        out.print("Nothing to do: every board is as its code says.")
