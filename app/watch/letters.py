"""Dead letters: read, sent again, dropped; each once, by a record in the same topic.

A letter that was sent again or dropped gets a tombstone: a message with its key, no value and a header that says which.
The original bytes and the tombstone go out in one transaction, and all of these transactions belong to one producer
identity, so that of two commands that run at once, or one that is repeated after a crash, one alone has an effect.
A tombstone is younger than its letter, so retention never takes it first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from app.errors import InfrastructureError, OperatorError
from app.kafka_access import client_options
from app.kafka_faults import missing_right, not_let_in
from app.settings import Settings
from app.topics import DEAD_LETTERS, LETTERS_TRANSACTIONAL_ID, TOPICS
from app.topology.admin import CONNECT_TIMEOUT_S
from app.watch.follow import Reader
from app.wire.framing import Wire
from schemas.records import DeadLetter

SETTLED_HEADER = "roadsieve-settled"
REPLAYED_HEADER = "roadsieve-replayed"
SEND_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Filed:
    """A letter with its key, and when it was written."""

    key: str
    written_ms: int
    letter: DeadLetter


async def open_letters(reader: Reader, wire: Wire) -> list[Filed]:
    """Return the letters that were neither sent again nor dropped, the oldest first."""
    decode = wire.decoder(DEAD_LETTERS)
    found: dict[str, Filed] = {}
    async for record in reader.read_to_end(DEAD_LETTERS.name):
        key = (record.key or b"").decode(errors="replace")
        if record.value is None:
            found.pop(key, None)
        else:
            found[key] = Filed(key, record.timestamp, decode(record.value))
    return sorted(found.values(), key=lambda filed: (filed.written_ms, filed.key))


def matching(letters: Iterable[Filed], keys: Sequence[str], stage: str | None, error: str | None) -> list[Filed]:
    """Return the letters of these keys (all when none is named), of this stage and of this error; None means any.

    Raises OperatorError for a key that names no open letter.
    """
    letters = list(letters)
    if unknown := set(keys) - {filed.key for filed in letters}:
        why = "there is no such letter, or it was sent again or dropped before"
        raise OperatorError(f"letter {min(unknown)}", why, "see `roadsieve letters list`")
    return [
        filed
        for filed in letters
        if (not keys or filed.key in keys)
        and stage in (None, filed.letter.stage)
        and error in (None, filed.letter.error)
    ]


class Settler:
    """Send letters again or drop them; fences every other one of its kind when it is opened."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def replay(self, filed: Filed) -> None:
        """Send the original bytes back to where the stage read them, with key, headers and partition."""
        letter = filed.letter
        if letter.source_topic not in TOPICS:
            why = f"its topic {letter.source_topic} is none of ours"
            raise OperatorError(f"letter {filed.key}", why, "drop it, or send it with the version that wrote it")
        headers = [*letter.headers.items(), (REPLAYED_HEADER, filed.key.encode())]
        async with self._transaction(filed):
            await self._producer.send_and_wait(
                letter.source_topic, letter.value, letter.key, partition=letter.source_partition, headers=headers
            )
            await self._settle(filed, b"replayed")

    async def drop(self, filed: Filed) -> None:
        """Mark a letter as dropped."""
        async with self._transaction(filed):
            await self._settle(filed, b"dropped")

    async def _settle(self, filed: Filed, how: bytes) -> None:
        await self._producer.send_and_wait(DEAD_LETTERS.name, None, filed.key.encode(), headers=[(SETTLED_HEADER, how)])

    @asynccontextmanager
    async def _transaction(self, filed: Filed) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S), self._producer.transaction():
                yield
        except (KafkaError, OSError) as error:
            why = f"it was not settled ({type(error).__name__})"
            away = InfrastructureError(f"letter {filed.key}", why, "run the command again; nothing is sent twice")
            raise missing_right(error) or away from error


@asynccontextmanager
async def settler(chosen: Settings) -> AsyncIterator[Settler]:
    """Open the one producer of settled letters. Read letters after it is open, or another may settle them meanwhile."""
    producer = AIOKafkaProducer(
        **client_options(chosen),
        transactional_id=LETTERS_TRANSACTIONAL_ID,
        max_request_size=DEAD_LETTERS.max_message_bytes,
    )
    try:
        try:
            await asyncio.wait_for(producer.start(), CONNECT_TIMEOUT_S)
        except (KafkaError, OSError) as error:
            raise missing_right(error) or await not_let_in(chosen, error) from error
        yield Settler(producer)
    finally:
        await producer.stop()
