"""What a stage declares, and the few things the engine asks of topics, tables and codecs."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

Row_co = TypeVar("Row_co", covariant=True)


class TopicLike(Protocol):
    """What the engine needs to know of a topic."""

    @property
    def name(self) -> str:
        """Name on the broker."""
        ...

    @property
    def max_message_bytes(self) -> int:
        """Largest message, framing included."""
        ...

    @property
    def compression(self) -> str:
        """`none`, or a codec of the record format."""
        ...


class TableLike(Protocol):
    """What the engine needs to know of a state table."""

    @property
    def changelog(self) -> str:
        """Compacted topic that holds its rows."""
        ...

    @property
    def max_message_bytes(self) -> int:
        """Largest message of the changelog, framing included."""
        ...

    @property
    def row(self) -> type | None:
        """Class of its rows; None for a stage that keeps nothing but its position."""
        ...


class Codec(Protocol):
    """Turn records into bytes and back; each method is called once per partition, its result once per record.

    A decoder raises MalformedRecord (a DataError) where the bytes are not the record their topic promises.
    """

    def decoder(self, topic: Any, /) -> Callable[[bytes], Any]:
        """Return message -> record."""
        ...

    def encoder(self, topic: Any, /) -> Callable[[Any], bytes]:
        """Return record -> message."""
        ...

    def row_decoder(self, table: Any, /) -> Callable[[bytes], Any]:
        """Return bytes -> row."""
        ...

    def row_encoder(self, table: Any, /) -> Callable[[Any], bytes]:
        """Return row -> bytes; equal rows give equal bytes."""
        ...


class Peek(Protocol[Row_co]):
    """Committed rows of the table, for an ask: a hint that may lag behind the records being asked about."""

    def get(self, key: str, /) -> Row_co | None:
        """Return the committed row."""
        ...


class Window(Protocol):
    """Find the end of one window from its records alone; a new one is made for every window. It bounds its own size."""

    def add(self, value: Any, /) -> bool:
        """Take the next record; True when the window ends with it."""
        ...


Hurry = Callable[[Sequence[Any], Peek[Any]], bool]
"""Tell of records just read whether their window must not wait for its linger. It moves markers, and nothing else."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Declare the slow, asynchronous part of a stage: run ahead of the batch, many at once, answers in order.

    `call(value)` or `call(value, peek)` may raise DataError (the record goes to dead.letters) or what infrastructure
    raises (InfrastructureError, OSError, TimeoutError: retried with back-off within the retry budget, then the process
    dies).
    """

    call: Callable[..., Awaitable[Any]]
    at_once: int = 8
    """Most calls in flight, over all partitions of the stage in this process."""
    timeout_s: float = 60.0
    """Longest one attempt may take."""
    wants_peek: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wants_peek", len(inspect.signature(self.call).parameters) > 1)


@dataclass(frozen=True, slots=True)
class Stage:
    """Describe one stage; `app_id` and `name` are part of its identity in Kafka."""

    app_id: str
    name: str
    source: TopicLike
    table: TableLike
    dead_letters: TopicLike
    apply: Callable[[Any], Awaitable[None]]
    sends: tuple[TopicLike, ...] = ()
    ask: Ask | None = None
    window: Callable[[], Window] | None = None
    marker: Callable[[int], Any] | None = None
    linger_s: float = 0.05
    hurry: Hurry | None = None

    @property
    def targets(self) -> tuple[TopicLike, ...]:
        """Every topic its transactions write to, beside the changelog."""
        return (*self.sends, self.dead_letters)

    def transactional_id(self, partition: int) -> str:
        """Name the producer after the INPUT partition, so that the next owner of it fences this one."""
        return f"{self.app_id}-{self.name}-{partition}"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what one partition holds and how long it waits."""

    batch_records: int = 1000
    read_ahead_records: int = 2000
    read_ahead_bytes: int = 8 << 20
    retry_budget_s: float = 120.0
    stall_s: float = 180.0
