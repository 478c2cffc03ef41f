"""Sends the results of log files to plates.recognized; goes on where it stopped, and says what it could not use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import msgspec

from app.errors import DataError, MalformedRecord
from app.intake.outbox import Outbox, open_outbox
from app.intake.resume import ResumeRecord, Sent
from app.lake.contract import Envelope
from app.lake.logs import Logged, results_in
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import PLATES_RECOGNIZED
from app.wire.framing import open_wire
from schemas.records import PlatesRecognized

ENDINGS = (".json", ".jsonl", ".ndjson", ".gz", ".zst")
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


async def load(paths: Sequence[Path], options: LoadOptions, settings: Settings, display: Display) -> LoadSummary:
    """Send every result of the files; raises InfrastructureError or PreflightError when the broker is not ready."""
    summary = LoadSummary()
    files, missing = log_files(paths)
    async with open_registry(settings) as registry:
        encode = (await open_wire(registry, [PLATES_RECOGNIZED])).encoder(PLATES_RECOGNIZED)
    async with open_outbox(settings, PLATES_RECOGNIZED) as outbox:
        with ResumeRecord(settings.home / "alpr-sent") as sent:
            loader = _Loader(outbox, encode, sent, options, summary, lambda line: display(summary, len(files), line))
            for line in missing:
                loader.tell(line)
            for file in files:
                await loader.load(file)
                display(summary, len(files), "")
    return summary


def log_files(paths: Iterable[Path]) -> tuple[list[Path], list[MalformedRecord]]:
    """Return the log files that paths name, folders searched by their endings; and what is not there."""
    files: list[Path] = []
    missing: list[MalformedRecord] = []
    for path in paths:
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.is_file() and one.name.lower().endswith(ENDINGS))
            files += found
            if not found:
                why = f"it holds no {', '.join(ENDINGS)}"
                missing.append(MalformedRecord(f"folder {path}", why, "name the files"))
        elif path.is_file():
            files.append(path)
        else:
            missing.append(MalformedRecord(f"log {path}", "there is no such file or folder", "check the path"))
    return files, missing


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

    async def load(self, file: Path) -> None:
        """Send the results of one file, from where an earlier run stopped."""
        identity, cluster = _identity(file), self._outbox.cluster_id
        before = Sent() if self._options.again else self._sent.sent(identity, cluster)
        if before.complete:
            self._summary.files_before += 1
            return
        count = 0
        for logged in self._results(file):
            count += 1
            if count > before.segments:
                await self._send(file, logged)
                if count % NOTED_RESULTS == 0:
                    await self._outbox.drain()
                    self._sent.note(identity, cluster, Sent(count))
        await self._outbox.drain()
        self._sent.note(identity, cluster, Sent(count, complete=True))
        self._summary.files += 1

    def _results(self, file: Path) -> Iterator[Logged]:
        try:
            for found in results_in(file):
                if isinstance(found, MalformedRecord):
                    self.tell(found)
                else:
                    yield found
        except MalformedRecord as error:
            self.tell(error)

    async def _send(self, file: Path, logged: Logged) -> None:
        try:
            around = _envelope.decode(logged.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            around = Envelope()  # what is wrong with it is the scribe's to say: it keeps the bytes
        source_id = around.source_id or self._options.source_id or file.name.split(".")[0]
        recognized = PlatesRecognized(source_id, self._seen_at_us(logged), around.image_uri, logged.raw)
        message = self._encode(recognized)
        try:
            await self._outbox.send(f"{file}, {logged.place}", source_id, message, lambda: None)
        except DataError as error:
            self.tell(error)
            return
        self._summary.results += 1
        self._summary.bytes += len(logged.raw)

    def _seen_at_us(self, logged: Logged) -> int:
        return 0 if b'"timestamp"' in logged.raw else self._options.seen_at_us


def _identity(file: Path) -> str:
    facts = file.stat()
    text = f"{file.absolute()}\n{facts.st_size}\n{facts.st_mtime_ns}"
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
