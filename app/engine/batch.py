"""What an agent function sees: ordered items in, a view of its table, outputs out. Nothing of it has left yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from app.engine.declare import Codec, TableLike, TopicLike
from app.engine.item import Answer, Item, Value
from app.engine.partitioner import key_hash
from app.engine.ports import HeadersOf
from app.errors import DataError, OperatorError, OutputTooLarge
from app.telemetry.trace import Headers, carried

Row = TypeVar("Row")

#: Record framing, the batch header, and the row prefix; what is left of a topic's limit is for key and value.
FRAMING_BYTES = 128
HEADER_BYTES = 6  # two lengths
_UNCHANGED: Any = object()


class Readable(Protocol):
    """Rows that can be looked up."""

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes of a row."""
        ...


class Overlay:
    """Hold the rows that a batch changed, on top of an older overlay or of the store.

    Several updates of a key fold into one row. Rows are kept as bytes: what an agent does to a decoded record
    after `put` changes nothing, so results do not depend on where batches were cut.
    """

    __slots__ = ("below", "dirty")

    def __init__(self, below: Readable) -> None:
        self.below = below
        self.dirty: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the newest bytes of a row."""
        raw = self.dirty.get(key, _UNCHANGED)
        return self.below.get(key) if raw is _UNCHANGED else raw


@dataclass(frozen=True, slots=True)
class Target:
    """A topic that a stage writes to, with what is needed to address it."""

    topic: TopicLike
    partitions: int
    encode: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class RowCodec:
    """How a table's rows become bytes."""

    table: TableLike
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]


def row_codec(table: TableLike, codec: Codec) -> RowCodec:
    """Return how the rows of a table become bytes; a table without rows refuses to be used."""
    if table.row is not None:
        return RowCodec(table, codec.row_decoder(table), codec.row_encoder(table))

    def refuse(_: Any) -> Any:
        raise OperatorError(
            table.changelog, "the table has no rows, only its stage's position", "declare a table with rows"
        )

    return RowCodec(table, refuse, refuse)


def decoded(codec: RowCodec, key: str, raw: bytes) -> Any:
    """Return a row; one that cannot be read is the fault of no record: it ends the process (exit 78)."""
    try:
        return codec.decode(raw)
    except OperatorError:
        raise
    except Exception as error:
        raise OperatorError(
            f"row {key!r} of {codec.table.changelog}", f"it cannot be read ({error})", "make a new version of the table"
        ) from error


class TableView(Generic[Row]):
    """Read and write rows of the stage's table; writes take effect with the batch."""

    __slots__ = ("_codec", "_overlay")

    def __init__(self, overlay: Overlay, codec: RowCodec) -> None:
        self._overlay, self._codec = overlay, codec

    def get(self, key: str, /) -> Row | None:
        """Return the row as earlier records of the partition left it."""
        raw = self._overlay.get(key.encode())
        return None if raw is None else decoded(self._codec, key, raw)

    def put(self, key: str, row: Row, /) -> None:
        """Set a row; OutputTooLarge when it does not fit the changelog's limit."""
        raw_key = key.encode()
        self._overlay.dirty[raw_key] = self._encoded(raw_key, row)

    def put_all(self, keys: Iterable[str], row: Row, /) -> None:
        """Set several rows to the same; OutputTooLarge when one does not fit the changelog's limit."""
        raw_keys = [key.encode() for key in keys]
        if raw_keys:
            self._overlay.dirty |= dict.fromkeys(raw_keys, self._encoded(max(raw_keys, key=len), row))

    def delete(self, key: str, /) -> None:
        """Remove a row."""
        self._overlay.dirty[key.encode()] = None

    def _encoded(self, key: bytes, row: Row) -> bytes:
        raw, table = self._codec.encode(row), self._codec.table
        if not fits(table, key, raw):
            what = f"row {key.decode()!r} of {table.changelog}"
            raise too_large(what, len(raw), table.changelog, table.max_message_bytes)
        return raw


class CommittedRows(Generic[Row]):
    """The committed rows of a table, read-only, for asks."""

    __slots__ = ("_codec", "_rows")

    def __init__(self, rows: Readable, codec: RowCodec) -> None:
        self._rows, self._codec = rows, codec

    def get(self, key: str, /) -> Row | None:
        """Return the committed row."""
        raw = self._rows.get(key.encode())
        return None if raw is None else decoded(self._codec, key, raw)


class Batch(Generic[Value, Answer]):
    """Ordered items of ONE partition that take effect together, in one transaction with the source position.

    The agent function must be deterministic in (table, ordered items). It may be called several times for the same
    records: when a dependency failed, when a record is being isolated, after a crash.
    """

    __slots__ = ("_targets", "first_offset", "headers", "items", "outputs", "overlay", "partition", "table")

    def __init__(
        self, partition: int, first_offset: int, items: Sequence[Item[Value, Answer]],
        overlay: Overlay, rows: RowCodec, targets: Mapping[str, Target],
    ) -> None:  # fmt: skip
        self.partition = partition
        self.first_offset = first_offset
        """Source offset at which the batch (or window) begins, dead-lettered records included."""
        self.items = items
        self.overlay = overlay
        self.table: TableView[Any] = TableView(overlay, rows)
        self.outputs: dict[tuple[str, int], list[tuple[bytes, bytes]]] = {}
        self.headers: HeadersOf = {}
        self._targets = targets

    def __iter__(self) -> Iterator[Item[Value, Answer]]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def refuse(self, item: Item[Value, Answer], error: DataError) -> None:
        """Let a record go to dead.letters with this error; nothing it led to may be sent.

        Raising the error does the same, at the price of applying the batch several times to find the record.
        """
        item.error = error

    def send(self, topic: TopicLike, key: str, record: Any, cause: Item[Value, Answer] | None = None) -> None:
        """Add an output record; OutputTooLarge when it does not fit its topic's limit.

        It carries the trace context of its cause, the item that it was made of.
        """
        name = topic.name
        target = self._targets.get(name)
        if target is None:
            raise OperatorError(
                name,
                "the stage sends to a topic that it does not declare",
                "make it the topic's writer in app/topics.py",
            )
        value, raw_key = target.encode(record), key.encode()
        # most producers trace nothing: no cost then
        headers = carried(cause.record.headers) if cause is not None and cause.record.headers else ()
        if not fits(target.topic, raw_key, value, headers):
            raise too_large(f"output {key!r} for {name}", len(value), name, target.topic.max_message_bytes)
        where = (name, key_hash(raw_key) % target.partitions)
        try:
            sent = self.outputs[where]
        except KeyError:
            sent = self.outputs[where] = []
        if headers:
            self.headers.setdefault(where, {})[len(sent)] = list(headers)
        sent.append((raw_key, value))


def fits(destination: TopicLike | TableLike, key: bytes, value: bytes, headers: Headers = ()) -> bool:
    """Tell whether a message is within the limit of its topic or changelog."""
    size_bytes = len(key) + len(value) + FRAMING_BYTES
    for name, content in headers:
        size_bytes += len(name) + len(content or b"") + HEADER_BYTES
    return size_bytes <= destination.max_message_bytes


def too_large(what: str, size_bytes: int, topic: str, limit_bytes: int) -> OutputTooLarge:
    """Name the size, the limit and the remedy."""
    return OutputTooLarge(
        what, f"{size_bytes} bytes, but {topic} takes {limit_bytes} with its framing",
        f"raise max_message_bytes of {topic} or make the record smaller, then replay the letter",
    )  # fmt: skip
