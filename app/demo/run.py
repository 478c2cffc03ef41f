"""The demo from beginning to end: whatever it starts, it ends; an interruption leaves no process, nothing half done."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.demo.contact_sheet import path_of_sheet, write_contact_sheet
from app.demo.pick import Pick
from app.demo.picture import Moment
from app.demo.summary import DemoSummary
from app.demo.watch import Watch
from app.demo.worker import WorkerProcess
from app.errors import InfrastructureError, OperatorError
from app.intake.outcome import ReplayOptions, ReplayProgress, ReplaySummary
from app.intake.replay import replay
from app.kafka_access import is_secured
from app.policy_files import read_policy
from app.settings import Settings
from app.stores.keys import ARCHIVE
from app.stores.open import open_registry
from app.topology.admin import administer
from app.topology.plan import create
from app.watch.archives import archives_now
from app.watch.follow import open_reader
from app.wire.framing import Wire, open_wire
from ops.broker import daemon
from ops.broker.ready import answers

#: How the demo's worker differs from others: short windows, and a crashed predecessor is given up sooner.
WORKER_SETTINGS = {"ROADSIEVE_WINDOW_LINGER_S": "3", "ROADSIEVE_SESSION_TIMEOUT_S": "10"}


@dataclass(frozen=True, slots=True)
class Display:
    """Where the demo shows itself."""

    say: Callable[[str], None]
    """Take a line that stays."""
    wait: Callable[[str], None]
    """Take what is being waited for."""
    show: Callable[[Moment], None]
    """Take what is true now."""


@contextmanager
def broker_for_us(settings: Settings, display: Display) -> Iterator[None]:
    """Have a broker answer at the setting `kafka`: one that does already, else one that is started and ends with us."""
    if is_secured(settings) or not _is_of_this_machine(settings.kafka) or answers(settings.kafka):
        yield
        return
    display.wait("starting Kafka")
    with daemon.borrowed(settings.home / "broker", daemon.local_port(settings.kafka), display.say):
        yield


def _is_of_this_machine(bootstrap: str) -> bool:
    try:
        return daemon.local_port(bootstrap) > 0
    except OperatorError:
        return False


async def run(paths: Sequence[Path], settings: Settings, display: Display) -> DemoSummary:
    """Send the videos through a pipeline of our own on a broker that answers; return what came of it."""
    display.wait("starting the stages")
    wire = await _prepared(settings)
    worker = WorkerProcess(settings.home / "demo", {k: v for k, v in WORKER_SETTINGS.items() if k not in os.environ})
    try:
        async with open_reader(settings) as reader:
            watch = Watch(reader, wire)
            await watch.begin()
            sent = await _Course(settings, display, watch, worker).play(paths)
            display.wait("stopping the stages")
            await watch.catch_up()
            archives = await archives_now(reader, wire)
    finally:
        await asyncio.to_thread(worker.stop)
    display.wait("drawing the contact sheet")
    pick = watch.decided.pick(read_policy(settings.policy_file)[1])
    sheet = await _sheet(pick, paths, settings)
    folder, catalog = settings.path_of_objects().absolute() / ARCHIVE, settings.path_of_catalog().absolute()
    return DemoSummary(sent, watch.tally, archives, watch.samples.chosen(), pick, folder, catalog, sheet)


async def _sheet(pick: Pick | None, paths: Sequence[Path], settings: Settings) -> Path | None:
    """Return this run's contact sheet; where it kept nothing new the one before, if there is one."""
    if pick is None:
        return path_of_sheet(settings) if path_of_sheet(settings).exists() else None
    return await write_contact_sheet(pick, paths, settings)


async def _prepared(settings: Settings) -> Wire:
    async with administer(settings) as admin, open_registry(settings) as registry:
        made = await create(admin, registry, settings)
        for left in made.left:
            raise OperatorError(f"topic {left.topic}", f"{left.what} is {left.found}, not {left.wanted}", left.remedy)
        return await open_wire(registry)


class _Course:
    """Replay and watch side by side, until everything sent is through."""

    def __init__(self, settings: Settings, display: Display, watch: Watch, worker: WorkerProcess) -> None:
        self._settings, self._display, self._watch, self._worker = settings, display, watch, worker
        self._began_s = time.monotonic()
        self._progress = ReplayProgress()

    async def play(self, paths: Sequence[Path]) -> ReplaySummary:
        """Return what replay says, once every stage has drained; say the files that could not be used."""
        sending = asyncio.create_task(replay(paths, ReplayOptions(), self._settings, self._on_progress))
        try:
            while not sending.done():
                await self._step("sending")
            summary = sending.result()
            for skipped in summary.skipped:
                self._display.say(str(skipped))
            self._watch.drained = False  # what was found so before all was sent does not count
            while not self._watch.drained:
                await self._step("deciding")
            return summary
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending

    async def _step(self, phase: str) -> None:
        await self._watch.step()
        self._worker.check()
        silent_s = time.monotonic() - self._watch.moved_s
        if silent_s > self._settings.stall_s and not self._watch.drained:
            why = f"nothing has moved for {silent_s:.0f} s"
            raise InfrastructureError("the pipeline", why, f"see {self._worker.log}; nothing is lost, try again")
        tally = self._watch.tally
        phase = phase if tally.stages["porter"].done else "starting"
        self._display.show(Moment(phase, time.monotonic() - self._began_s, self._progress, tally))

    def _on_progress(self, progress: ReplayProgress, _text: str) -> None:
        self._progress = progress
