"""`roadsieve worker [STAGE …]`: runs stages in this process; they are found by name, for app knows no agent."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from app.errors import OperatorError


def worker(
    stages: Annotated[
        list[str] | None, typer.Argument(metavar="[STAGE]…", help="Stages to run; the six of video when none is named.")
    ] = None,
) -> None:
    """Run stages in this process until SIGTERM or Ctrl-C: porter, detector, extractor, curator, librarian, sinker.

    The plate lake has three of its own, which run when they are named: scribe, tracker, registrar.

    Run as many workers as you like, with any split of the stages: partitions are shared out among them. A worker
    whose dependency stays away ends with exit code 70; start it again, it goes on where its last commit was.

    Example: [bold]roadsieve worker detector[/bold]   and elsewhere   [bold]roadsieve worker porter extractor[/bold]
    """
    apps = [import_module(f"agents.{stage}").app for stage in known_stages(stages or [])]
    import_module("app.engine").run_worker(apps)


def known_stages(asked: list[str]) -> list[str]:
    """Return the stages asked for in the order of the flow, for none those of video; OperatorError names all."""
    agents = import_module("agents")
    stages: tuple[str, ...] = (*agents.STAGES, *agents.LAKE_STAGES)
    for stage in asked:
        if stage not in stages:
            raise OperatorError(f"stage {stage!r}", "there is no such stage", f"choose from: {', '.join(stages)}")
    return [stage for stage in stages if stage in (asked or agents.STAGES)]
