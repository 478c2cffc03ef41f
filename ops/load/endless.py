"""An endless stream of rendered clips for load: as many are being made at once as there are cores, none is kept."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NoReturn

from app.errors import OperatorError
from app.intake.outcome import OnProgress, ReplayOptions
from app.intake.replay import replay
from app.settings import Settings

SECONDS = 40.0


async def replay_scenes(options: ReplayOptions, settings: Settings, seed: int, on_progress: OnProgress) -> NoReturn:
    """Send clip after clip as if its camera did, until cancelled; another seed, other clips.

    Clips that are finished at the same time are sent side by side. Raises what `replay` raises, and OperatorError when
    clips cannot be made.
    """
    async with clips(seed, SECONDS, len(os.sched_getaffinity(0))) as made:
        async for folders in made:
            await replay([folder / "videos" for folder in folders], options, settings, on_progress)
            for folder in folders:
                await asyncio.to_thread(shutil.rmtree, folder)
    raise AssertionError("the clips ended")


@asynccontextmanager
async def clips(seed: int, seconds: float, at_once: int) -> AsyncIterator[AsyncIterator[list[Path]]]:
    """Give an endless iterator over lists of new clips' folders, each in the layout of BDD100K, the caller's to remove.

    Whoever does not come for them holds the making up: at most `at_once` clips wait or are being made.
    """
    with tempfile.TemporaryDirectory(prefix="roadsieve-scenes-", ignore_cleanup_errors=True) as folder:
        async with aclosing(_made(Path(folder), seed, seconds, at_once)) as made:
            yield made


async def _made(folder: Path, seed: int, seconds: float, at_once: int) -> AsyncGenerator[list[Path]]:
    numbers = count()
    running: set[asyncio.Task[Path]] = set()
    try:
        while True:
            while len(running) < at_once:
                number = next(numbers)
                running.add(asyncio.create_task(_make(folder / str(number), seed + number, seconds)))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            yield sorted(task.result() for task in done)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _make(folder: Path, seed: int, seconds: float) -> Path:
    """Make one clip in a process of its own, which ends with us."""
    arguments = ("scenes", "make", str(folder), "--clips", "1", "--seed", str(seed), "--seconds", str(seconds))
    run = "import sys; from app.cli import main; main(sys.argv[1:])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", run, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        _, said = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        why = said.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        raise OperatorError(
            "rendering scenes", why[0], "make room in the temporary folder; see `roadsieve scenes make -h`"
        )
    return folder
