"""`roadsieve scenes make`: driving scenes that anyone may have, with the truth of every frame."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.exits import EPILOG
from app.commands.screen import amount_of_bytes, count, out, remarks
from app.errors import OperatorError

scenes = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich", epilog=EPILOG)


@scenes.callback()
def _scenes() -> None:
    """Render driving scenes with the truth of every frame."""


Folder = Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write to; made where it is not there.")]
Clips = Annotated[int, typer.Option("--clips", min=1, help="How many clips to make.")]
Seconds = Annotated[float, typer.Option(min=1.0, max=600.0, help="Length of a clip.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed makes the same bytes.")]
Size = Annotated[str, typer.Option(help="Width and height in pixels, both even.")]
Rate = Annotated[float, typer.Option("--fps", min=1.0, max=120.0, help="Frames per second.")]
Dirt = Annotated[
    list[str] | None,
    typer.Option(help="Faults to put in: usual, or KIND=SHARE (rotated, no-info, bad-course, unlabelled, corrupt, "
                      "empty, duplicate).", show_default=False),
]  # fmt: skip


@scenes.command("make", epilog=EPILOG)
def make(
    folder: Folder,
    clips: Clips,
    seconds: Seconds = 40.0,
    seed: Seed = 0,
    size: Size = "1280x720",
    fps: Rate = 30.0,
    dirt: Dirt = None,
) -> None:
    """Write clips in the layout of BDD100K, drawn as often as weather, scene and time of day occur there.

    Beside each clip lie its info JSON, the picture and labels of its 10-second frame, and the truth of every frame.

    Example: [bold]roadsieve scenes make scenes/ --clips 20 --dirt usual && roadsieve replay scenes/videos[/bold]
    """
    from ops.load.clips import ClipOrder, make_clips  # late: OpenCV takes 0.2 s to load
    from ops.load.dirt import rates_of

    rates = tuple(sorted(rates_of(dirt or ()).items()))
    order = ClipOrder(folder, seed, seconds, _size_of(size), Fraction(fps).limit_denominator(1001), rates)
    columns = (TextColumn("{task.fields[name]}"), BarColumn(20), TextColumn("{task.completed} of {task.total} clips"))
    frames = size_bytes = 0
    with Progress(*columns, TimeElapsedColumn(), console=remarks, transient=True) as bars:
        task = bars.add_task("", total=clips, name="")
        try:
            for made in make_clips(order, clips):
                frames += made.frames
                size_bytes += made.video.stat().st_size
                bars.update(task, advance=1, name=made.name)
        except OSError as error:
            where = error.filename or folder
            why = str(error.strerror or error)
            raise OperatorError(str(where), why, "make room and rights to write there") from error
    amounts = f"{count(clips)} clips, {count(frames)} frames, {amount_of_bytes(size_bytes)}"
    out.print(f"{amounts} in {folder}", soft_wrap=True)


def _size_of(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (64 <= width <= 7680 and 64 <= height <= 4320) or width % 2 or height % 2:
        raise OperatorError(f"--size {text}", "no size of even sides from 64 on", "say WIDTHxHEIGHT, as in 1280x720")
    return width, height
