"""`roadsieve demo VIDEO…`: the whole pipeline on this machine, watched live."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.spinner import Spinner

from app.commands.exits import Exit
from app.commands.models import fetched, in_use
from app.commands.screen import as_json, out, remarks
from app.demo.picture import Moment, line, picture
from app.demo.run import Display, broker_for_us, run
from app.demo.scenes import scenes, see_with_our_own
from app.demo.summary import DemoSummary, summary_json, summary_view
from app.settings import settings

LINE_EVERY_S = 3.0


def demo(
    videos: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[VIDEO]…", help="Files or folders of videos; rendered scenes when none is named."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON for scripts.")] = False,
) -> None:
    """Send videos through the whole pipeline and watch what it keeps: broker, topics, all stages, archive.

    Everything it makes lies in ROADSIEVE_HOME. A second run on the same videos counts and archives nothing twice.
    Ctrl-C is safe at any time: the same command goes on where it stopped.

    Example: [bold]roadsieve demo ~/dashcam/[/bold]
    """
    if not videos:
        see_with_our_own()
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # ends everything in order, as Ctrl-C
    try:
        summary = _play(videos or [])
    except KeyboardInterrupt:
        remarks.print("Stopped; nothing is lost: the same command goes on where this one stopped.", soft_wrap=True)
        raise typer.Exit(Exit.INTERRUPTED) from None
    if json:
        as_json(summary_json(summary))
    else:
        out.print(summary_view(summary))
    if summary.replay.skipped or summary.tally.letters:
        raise typer.Exit(Exit.SOME_UNUSABLE)


def _play(videos: list[Path]) -> DemoSummary:
    current = settings()
    for network in in_use():
        fetched(network)
    with _display() as display, broker_for_us(current, display):
        return asyncio.run(run(videos or [scenes(current, display.wait)], current, display))


@contextmanager
def _display() -> Iterator[Display]:
    if not remarks.is_terminal:
        yield Display(_say, _say, _Lines())
        return
    with Live(console=remarks, refresh_per_second=5, transient=True) as live:
        yield Display(
            say=_say,
            wait=lambda text: live.update(Padding(Spinner("dots", f" [dim]{text}[/]"), (1, 2))),
            show=lambda moment: live.update(picture(moment)),
        )


def _say(text: str) -> None:
    remarks.print(escape(text), soft_wrap=True)


class _Lines:
    """Without a terminal: a plain line every few seconds."""

    def __init__(self) -> None:
        self._last_s = float("-inf")

    def __call__(self, moment: Moment) -> None:
        if time.monotonic() - self._last_s >= LINE_EVERY_S:
            self._last_s = time.monotonic()
            remarks.print(line(moment), soft_wrap=True)
