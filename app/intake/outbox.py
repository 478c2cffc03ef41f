"""The way to the broker: an idempotent producer, bounded in bytes, where every wait has a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata

from app.errors import InfrastructureError, PreflightError, RoadsieveError, UnusableVideo
from app.kafka_access import client_options
from app.kafka_faults import missing_right, not_let_in
from app.settings import Settings
from app.telemetry.trace import Headers
from app.topics import LARGEST_MESSAGE_BYTES, SEGMENTS_RECORDED, Topic
from app.topology.admin import administer

CONNECT_S = 10.0
GIVE_UP_S = 5.0
_BATCH_BYTES = 1 << 20


class Outbox:
    """Send messages to a topic, at most so many bytes on the way, those of each key in order."""

    def __init__(
        self, producer: AIOKafkaProducer, topic: str, cluster_id: str, in_flight_bytes: int, deadline_s: float
    ) -> None:
        self.cluster_id, self._topic = cluster_id, topic
        self._producer, self._most_bytes, self._deadline_s = producer, in_flight_bytes, deadline_s
        self._on_the_way_bytes = 0
        self._failure: BaseException | None = None
        self._turn = asyncio.Lock()
        self._progress = asyncio.Event()

    async def send(
        self, what: str, key: str, message: bytes, acknowledged: Callable[[], None], headers: Headers = ()
    ) -> None:
        """Send a message and return; `acknowledged` is called once the broker has it for good.

        Waits for room. Raises InfrastructureError when nothing was acknowledged within the deadline, UnusableVideo when
        the message is larger than the topic takes.
        """
        async with self._turn:
            while self._on_the_way_bytes and self._on_the_way_bytes + len(message) > self._most_bytes:
                await self._some_progress(self._deadline_s)
            self._on_the_way_bytes += len(message)
        try:
            sent = await self._hand_over(what, key.encode(), message, headers)
        except BaseException:
            self._arrived(len(message))
            raise

        def done(future: asyncio.Future[RecordMetadata]) -> None:
            try:
                if not future.cancelled():
                    future.result()
                    acknowledged()
            except (KafkaError, RoadsieveError) as error:
                self._failure = self._failure or error
            self._arrived(len(message))

        sent.add_done_callback(done)

    async def drain(self, deadline_s: float | None = None) -> None:
        """Return when everything is acknowledged; raises InfrastructureError when nothing is within the deadline."""
        while self._on_the_way_bytes:
            await self._some_progress(deadline_s or self._deadline_s)
        self._raise_failure()

    async def _hand_over(
        self, what: str, key: bytes, message: bytes, headers: Headers
    ) -> asyncio.Future[RecordMetadata]:
        while True:
            self._raise_failure()
            before = self._progress
            try:
                sent: asyncio.Future[RecordMetadata] = await self._producer.send(
                    self._topic, message, key, headers=list(headers)
                )
                return sent
            except MessageSizeTooLargeError as error:
                why = f"its record of {len(message)} bytes is larger than {self._topic} takes"
                raise UnusableVideo(what, why, "record or re-encode it at a lower bit rate") from error
            except KafkaTimeoutError as error:
                if not before.is_set():  # others got through meanwhile: this one only waited for its turn
                    raise unreachable_for(self._deadline_s) from error
            except (KafkaError, OSError) as error:
                raise _refusal(error) from error

    async def _some_progress(self, deadline_s: float) -> None:
        """Return after the next acknowledgement."""
        try:
            async with asyncio.timeout(deadline_s):
                await self._progress.wait()
        except TimeoutError:
            raise unreachable_for(deadline_s) from None
        self._raise_failure()

    def _arrived(self, size_bytes: int) -> None:
        self._on_the_way_bytes -= size_bytes
        self._progress.set()
        self._progress = asyncio.Event()

    def _raise_failure(self) -> None:
        if isinstance(self._failure, RoadsieveError):
            raise self._failure
        if self._failure is not None:
            raise _refusal(self._failure) from self._failure


_BROKER = "Kafka"
_LATER = "look at the broker's log; the same command goes on where this one stopped"


def _refusal(error: BaseException) -> RoadsieveError:
    return missing_right(error) or InfrastructureError(_BROKER, f"it refuses a record ({error!r})", _LATER)


def unreachable_for(deadline_s: float) -> InfrastructureError:
    """Return the error that says the broker stopped answering while segments were on the way."""
    return InfrastructureError(_BROKER, f"it has acknowledged nothing for {deadline_s:.0f} s", _LATER)


@asynccontextmanager
async def open_outbox(settings: Settings, topic: Topic = SEGMENTS_RECORDED) -> AsyncIterator[Outbox]:
    """Connect to the broker and check the topic; raises InfrastructureError or PreflightError within seconds.

    When it is left by a cancellation, what is on the way gets a few seconds to arrive.
    """
    cluster_id = await _cluster_with_the_topic(settings, topic.name)
    producer = AIOKafkaProducer(
        **client_options(settings),
        client_id=f"roadsieve-{topic.writer}",
        acks="all",
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=LARGEST_MESSAGE_BYTES,
        request_timeout_ms=round(settings.retry_budget_s * 1_000),
    )
    try:
        await asyncio.wait_for(producer.start(), CONNECT_S)
    except (KafkaError, OSError) as error:
        with suppress(TimeoutError):
            await asyncio.wait_for(producer.stop(), GIVE_UP_S)
        raise missing_right(error) or await not_let_in(settings, error) from error
    outbox = Outbox(producer, topic.name, cluster_id, settings.replay_in_flight_bytes, settings.retry_budget_s)
    try:
        yield outbox
    except asyncio.CancelledError:
        with suppress(RoadsieveError):
            await outbox.drain(GIVE_UP_S)
        raise
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(producer.stop(), GIVE_UP_S)


async def _cluster_with_the_topic(settings: Settings, topic: str) -> str:
    async with administer(settings) as admin:
        if not await admin.partitions([topic]):
            what, remedy = f"topic {topic}", "run `roadsieve topics create`"
            if settings.kafka_user:
                raise PreflightError(what, f"it is missing, or user {settings.kafka_user} may not see it",
                                     f"{remedy} and `roadsieve acls apply`")  # fmt: skip
            raise PreflightError(what, "it does not exist", remedy)
        return str((await admin.client.describe_cluster())["cluster_id"])
