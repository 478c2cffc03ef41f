"""The demo from beginning to end: whatever it starts, it ends; an interruption leaves no process, nothing half done."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from app.demo.picture import Moment
from app.demo.summary import DemoSummary
from app.demo.watch import Watch
from app.demo.worker import WorkerProcess
from app.errors import InfrastructureError
from app.intake.outcome import ReplayOptions, ReplayProgress, ReplaySummary
from app.intake.replay import replay
from app.settings import Settings
from app.stores.keys import ARCHIVE
from app.stores.open import open_registry
from app.topology.admin import administer
from app.topology.plan import create
from app.watch.archives import archives_now
from app.watch.follow import open_reader
from app.wire.framing import open_wire
from ops.broker import daemon
from ops.broker.ready import answers

#: How the demo's worker differs from others: short windows, and a crashed predecessor is given up sooner.
WORKER_SETTINGS = {"ROADSIEVE_WINDOW_LINGER_S": "3", "ROADSIEVE_SESSION_TIMEOUT_S": "10"}


def _worker_settings() -> dict[str, str]:
    return {name: value for name, value in WORKER_SETTINGS.items() if name not in os.environ}


@dataclass(frozen=True, slots=True)
class Display:
    """Where the demo shows itself."""

    say: Callable[[str], None]
    """Take a line that stays."""
    show: Callable[[Moment], None]
    """Take what is true now."""


def broker_for_us(settings: Settings, say: Callable[[str], None]) -> AbstractContextManager[str]:
    """Return a context that gives a bootstrap address: of a broker that answers, else of one started for us alone."""
    if answers(settings.kafka):
        return nullcontext(settings.kafka)
    return daemon.borrowed(settings.home / "broker", daemon.local_port(settings.kafka), say)


async def run(paths: Sequence[Path], settings: Settings, display: Display) -> DemoSummary:
    """Send the videos through a pipeline of our own on a broker that answers; return what came of it."""
    began_s = time.monotonic()
    async with administer(settings.kafka) as admin, open_registry(settings) as registry:
        await create(admin, registry, settings)
        wire = await open_wire(registry)
    worker = WorkerProcess(settings.home / "demo", _worker_settings())
    try:
        async with open_reader(settings.kafka) as reader:
            watch = Watch(reader, wire)
            await watch.begin()
            stage = _Stage(settings, display, watch, worker, began_s)
            sent = await stage.play(paths)
            await watch.catch_up()
            await asyncio.to_thread(worker.stop)
            archives = await archives_now(reader, wire)
    finally:
        await asyncio.to_thread(worker.stop)
    folder = settings.path_of_objects().absolute() / ARCHIVE
    return DemoSummary(
        sent, watch.tally, archives, watch.samples.chosen(), folder, settings.path_of_catalog().absolute()
    )


class _Stage:
    """Replay and watch side by side, until everything sent is through."""

    def __init__(
        self, settings: Settings, display: Display, watch: Watch, worker: WorkerProcess, began_s: float
    ) -> None:
        self._settings, self._display, self._watch, self._worker = settings, display, watch, worker
        self._began_s = began_s
        self._progress = ReplayProgress()

    async def play(self, paths: Sequence[Path]) -> ReplaySummary:
        """Return what replay says, once every stage has drained."""
        sending = asyncio.create_task(replay(paths, ReplayOptions(), self._settings, self._on_progress))
        try:
            while True:
                done = sending.done()  # before looking: what it sent is then in the positions that follow
                await self._watch.step()
                self._show(
                    "starting" if not self._watch.tally.stages["porter"].done else "sending" if not done else "deciding"
                )
                if done and self._watch.drained and sending.exception() is None:
                    return sending.result()
                if done:
                    sending.result()
                await self._check()
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending

    async def _check(self) -> None:
        self._worker.check()
        silent_s = time.monotonic() - self._watch.moved_s
        if silent_s > self._settings.stall_s and not self._watch.drained:
            why = f"nothing has moved for {silent_s:.0f} s"
            raise InfrastructureError("the pipeline", why, f"see {self._worker.log}; nothing is lost, try again")

    def _on_progress(self, progress: ReplayProgress, text: str) -> None:
        self._progress = progress
        if text:
            self._display.say(text)

    def _show(self, phase: str) -> None:
        self._display.show(Moment(phase, time.monotonic() - self._began_s, self._progress, self._watch.tally))
