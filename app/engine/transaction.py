"""One Kafka transaction per micro-batch: outputs, dead letters, state rows and, last, the source position."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, InvalidProducerEpoch, KafkaError, ProducerFenced

from app.engine.aiokafka_internals import Headers, Pair, batches_of, fatal_error_of
from app.engine.declare import Stage, TopicLike
from app.engine.ports import Effects, Fenced
from app.errors import InfrastructureError

#: Changelog keys: b"k" + row key for rows, b"p" for the position row.
ROW, POSITION = b"k", b"p"
#: Source position and the incarnation of the changelog that it belongs to.
POSITION_ROW = struct.Struct(">q8s")

#: Of what aiokafka offers, at the levels it takes: a quarter of lz4's CPU, and a fifth fewer bytes.
CHANGELOG_COMPRESSION = "zstd"
BATCH_BYTES = 1 << 18
#: At least the session time-out: whoever is frozen longer has lost the partition anyway, and its successor's
#: InitProducerId ends an open transaction at once.
TRANSACTION_TIMEOUT_MS = 60_000
#: aiokafka sleeps this long while the markers of the previous transaction are being written.
RETRY_BACKOFF_MS = 20
STOP_S = 5.0


class KafkaTransactor:
    """The fenced producer of one source partition."""

    def __init__(self, stage: Stage, partition: int, kafka: Mapping[str, Any], session_timeout_s: float) -> None:
        self._stage, self._partition = stage, partition
        self._compression = {topic.name: topic.compression for topic in stage.targets}
        self._batch_bytes = {topic.name: min(BATCH_BYTES, topic.max_message_bytes) for topic in stage.targets}
        self._changelog = stage.table.changelog
        self._batch_bytes[self._changelog] = min(BATCH_BYTES, stage.table.max_message_bytes)
        self.incarnation = b""
        """Of the changelog; known after recovery."""
        self._producer = AIOKafkaProducer(
            **kafka,
            client_id=f"{stage.app_id}-{stage.name}-{partition}",
            transactional_id=stage.transactional_id(partition),
            transaction_timeout_ms=max(TRANSACTION_TIMEOUT_MS, round(session_timeout_s * 1000)),
            retry_backoff_ms=RETRY_BACKOFF_MS,
            max_batch_size=BATCH_BYTES,
        )

    async def fence(self) -> None:
        """Take the partition over: from here on the former owner, even one frozen in mid-transaction, cannot commit.

        Returns once its open transaction is finished, so what the changelog holds then is final.
        """
        await self._producer.start()

    async def partitions(self, topic: TopicLike) -> int:
        """Return how many partitions a topic has."""
        return len(await self._producer.partitions_for(topic.name))

    async def commit(self, effects: Effects) -> int:
        """Commit one batch; return the changelog offset after its position row."""
        try:
            async with self._producer.transaction():
                sent = [
                    await self._send(
                        topic, partition, records, self._compression[topic], effects.headers.get((topic, partition))
                    )
                    for (topic, partition), records in effects.outputs.items()
                ]
                rows = [(ROW + key, value) for key, value in effects.rows.items()]
                rows.append((POSITION, POSITION_ROW.pack(effects.position, self.incarnation)))
                changelog = await self._send(self._changelog, self._partition, rows, CHANGELOG_COMPRESSION)
                # aiokafka's commit does not raise for a batch that failed on its own: look at each.
                await asyncio.gather(*(future for futures in sent for future in futures[0]))
                for future in changelog[0]:
                    last = await future
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise Fenced(f"{self._stage.name}-{self._partition}") from error
        except IllegalOperation as error:
            if isinstance(fatal_error_of(self._producer), ProducerFenced | InvalidProducerEpoch):
                raise Fenced(f"{self._stage.name}-{self._partition}") from error
            raise
        if (
            last is None or last.offset < 0
        ):  # a broker that no longer knows the batch's offset: only recovery can tell it
            raise InfrastructureError(self._changelog, "no offset for a committed batch", "the process starts again")
        return int(last.offset) + changelog[1]

    async def _send(
        self, topic: str, partition: int, records: Iterable[Pair], compression: str, headers: Headers | None = None
    ) -> tuple[list[asyncio.Future[Any]], int]:
        """Hand over ready-made record batches, in order; return their futures and the number of records in the last."""
        futures, count = [], 0
        for batch in batches_of(records, compression, self._batch_bytes[topic], headers):
            futures.append(await self._producer.send_batch(batch, topic, partition=partition))
            count = batch.record_count()
        return futures, count

    async def stop(self) -> None:
        """Close the connection; all commits are done or void."""
        with suppress(KafkaError, OSError):  # nothing left to lose
            await asyncio.wait_for(self._producer.stop(), STOP_S)
