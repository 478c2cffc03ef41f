"""Sends the results of log files to plates.recognized; goes on where it stopped, and says what it could not use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from app.errors import DataError, MalformedRecord, ObjectVanished
from app.intake.outbox import Outbox, open_outbox
from app.intake.resume import ResumeRecord, Sent
from app.lake.contract import Envelope
from app.lake.logs import Logged, results_in
from app.lake.sources import Log, open_logs
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import PLATES_RECOGNIZED
from app.wire.framing import open_wire
from schemas.records import PlatesRecognized

NOTED_RESULTS = 10_000
"""Results of one file between two notes of how far it was sent."""

_envelope = msgspec.json.Decoder(Envelope)


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a log does not say itself."""

    source_id: str = ""
    """Source of results that name none; empty for the name of their file."""
    seen_at_us: int = 0
    """Time of results without a `timestamp`; 0 for none: such results become dead letters."""
    again: bool = False
    """Send also what was sent before."""


@dataclass(slots=True)
class LoadSummary:
    """What came of it."""

    files: int = 0
    files_before: int = 0
    results: int = 0
    bytes: int = 0
    unusable: list[str] = field(default_factory=list)


Display = Callable[[LoadSummary, int, str], None]
"""Is told what was sent, of how many files, and a line where there is something to say."""


async def load(places: Sequence[str], options: LoadOptions, settings: Settings, display: Display) -> LoadSummary:
    """Send every result of the logs at some places: files, folders, s3://BUCKET/PREFIX.

    Raises InfrastructureError, PreflightError or OperatorError when broker or bucket are not ready.
    """
    summary = LoadSummary()
    async with open_registry(settings) as registry:
        encode = (await open_wire(registry, [PLATES_RECOGNIZED])).encoder(PLATES_RECOGNIZED)
    async with open_logs(places, settings) as (logs, wrong), open_outbox(settings, PLATES_RECOGNIZED) as outbox:
        with ResumeRecord(settings.home / "alpr-sent") as sent:
            loader = _Loader(outbox, encode, sent, options, summary, lambda line: display(summary, len(logs), line))
            for error in wrong:
                loader.tell(error)
            for log in logs:
                await loader.load(log)
                display(summary, len(logs), "")
    return summary


class _Loader:
    def __init__(
        self, outbox: Outbox, encode: Callable[[PlatesRecognized], bytes], sent: ResumeRecord, options: LoadOptions,
        summary: LoadSummary, say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._outbox, self._encode, self._sent = outbox, encode, sent
        self._options, self._summary, self._say = options, summary, say

    def tell(self, error: DataError) -> None:
        """Say what could not be used."""
        self._summary.unusable.append(str(error))
        self._say(str(error))

    async def load(self, log: Log) -> None:
        """Send the results of one log, from where an earlier run stopped."""
        cluster = self._outbox.cluster_id
        before = Sent() if self._options.again else self._sent.sent(log.identity, cluster)
        if before.complete:
            self._summary.files_before += 1
            return
        count = 0
        try:
            async with log.opened() as file:
                for logged in self._results(file, log.name):
                    count += 1
                    if count > before.segments:
                        await self._send(log, logged)
                        if count % NOTED_RESULTS == 0:
                            await self._outbox.drain()
                            self._sent.note(log.identity, cluster, Sent(count))
        except ObjectVanished as error:
            self.tell(error)
            return
        await self._outbox.drain()
        self._sent.note(log.identity, cluster, Sent(count, complete=True))
        self._summary.files += 1

    def _results(self, file: Path, name: str) -> Iterator[Logged]:
        try:
            for found in results_in(file, name):
                if isinstance(found, MalformedRecord):
                    self.tell(found)
                else:
                    yield found
        except MalformedRecord as error:
            self.tell(error)

    async def _send(self, log: Log, logged: Logged) -> None:
        try:
            around = _envelope.decode(logged.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            around = Envelope()  # what is wrong with it is the scribe's to say: it keeps the bytes
        source_id = around.source_id or self._options.source_id or log.stem
        recognized = PlatesRecognized(source_id, self._seen_at_us(logged), around.image_uri, logged.raw)
        message = self._encode(recognized)
        try:
            await self._outbox.send(f"{log.name}, {logged.place}", source_id, message, lambda: None)
        except DataError as error:
            self.tell(error)
            return
        self._summary.results += 1
        self._summary.bytes += len(logged.raw)

    def _seen_at_us(self, logged: Logged) -> int:
        return 0 if b'"timestamp"' in logged.raw else self._options.seen_at_us
