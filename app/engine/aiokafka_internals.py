"""Every private attribute of aiokafka 0.14.0 that we use: to read and to pack records without a cost per record.

The public ways take about 10 us per record each: `getmany` builds an 11-field tuple through two Python generators,
`send` looks up metadata, measures, partitions and creates a future. Here a record is the C object that aiokafka's
decoder makes, and a batch is filled by its C builder.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.producer.message_accumulator import BatchBuilder

from app.engine.ports import SourceRecord

Pair = tuple[bytes, bytes | None]
Headers = Mapping[int, list[tuple[str, bytes | None]]]

_COMPRESSION = {"none": 0} | {name: attributes for name, (_, attributes) in AIOKafkaProducer._COMPRESSORS.items()}
_NO_HEADERS: list[tuple[str, bytes | None]] = []


class _BareRecords(PartitionRecords):
    """Yield the decoder's own records; abort markers and control batches are handled as before."""

    def _consumer_record(self, tp: TopicPartition, record: Any) -> Any:
        return record


def install() -> None:
    """Make every consumer of this process yield bare records; Faust's own never fetch (see faust_internals)."""
    fetcher.PartitionRecords = _BareRecords


def take_fetched(
    consumer: AIOKafkaConsumer, tp: TopicPartition, max_records: int, max_bytes: int
) -> list[SourceRecord]:
    """Take records that have been fetched, without waiting; empty when there are none. Raise the fetch's error.

    The consumer's position moves over everything taken, and over aborted and control records.
    """
    inner = consumer._fetcher
    result = inner._records.get(tp)
    if result is None:
        return []
    if type(result) is not FetchResult:
        del inner._records[tp]
        inner._notify(inner._wait_consume_future)
        result.check_raise()
    records: list[SourceRecord] = []
    if result.check_assignment(tp) and result.has_more():
        size_bytes = 0
        for record in result._partition_records._records_iterator:
            records.append(record)
            value = record.value
            if value is not None:
                size_bytes += len(value)
            if len(records) >= max_records or size_bytes >= max_bytes:
                result._update_position()
                return records
        result._update_position()
    del inner._records[tp]
    inner._notify(inner._wait_consume_future)
    return records


async def wait_fetched(consumer: AIOKafkaConsumer) -> None:
    """Wait until the consumer has fetched something more; raise what its background task died of."""
    inner = consumer._fetcher
    if inner._fetch_task.done():
        inner._fetch_task.result()
    await inner._create_fetch_waiter()


def wait_at_broker(consumer: AIOKafkaConsumer, wait_ms: int) -> None:
    """Let the broker keep the fetches from now on for so long when they find nothing."""
    consumer._fetcher._fetch_max_wait_ms = wait_ms


def stable_end(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int | None:
    """Return the end of the committed records as of the last fetch; None before the first."""
    state = _state(consumer, tp)
    return None if state is None else state.lso


def read_position(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int | None:
    """Return the next offset to fetch; None between an assignment and its seek."""
    state = _state(consumer, tp)
    return None if state is None else state._position


def _state(consumer: AIOKafkaConsumer, tp: TopicPartition) -> Any:
    subscription = consumer._subscription.subscription
    assignment = None if subscription is None else subscription.assignment
    return None if assignment is None else assignment.state_value(tp)


def batches_of(
    records: Iterable[Pair], compression: str, batch_bytes: int, headers: Headers | None = None
) -> Iterator[BatchBuilder]:
    """Pack records into closed transactional batches of at most batch_bytes; a larger record gets one of its own.

    Headers are by the place of their record among all records.
    """
    now_ms = int(time.time() * 1000)
    builder = _new_builder(compression, batch_bytes)
    append, count = builder._builder.append, 0
    for place, (key, value) in enumerate(records):
        theirs = headers.get(place, _NO_HEADERS) if headers else _NO_HEADERS
        if append(count, now_ms, key, value, theirs) is None:
            yield _closed(builder, count)
            builder = _new_builder(compression, batch_bytes)
            append, count = builder._builder.append, 0
            append(0, now_ms, key, value, theirs)  # an empty batch takes its first record whatever its size
        count += 1
    yield _closed(builder, count)


def _new_builder(compression: str, batch_bytes: int) -> BatchBuilder:
    return BatchBuilder(batch_bytes, _COMPRESSION[compression], is_transactional=1)


def _closed(builder: BatchBuilder, count: int) -> BatchBuilder:
    builder._relative_offset = count
    builder.close()
    return builder


def fatal_error_of(producer: AIOKafkaProducer) -> BaseException | None:
    """Return why a transactional producer has given up; None while it has not.

    The sender learns in the background that it was fenced; whoever sends next is only told that no transaction is open.
    """
    manager = producer._txn_manager
    if not manager.is_fatal_error():
        return None
    waiter = manager._transaction_waiter
    error: BaseException | None = waiter.exception() if waiter is not None and waiter.done() else None
    return error
