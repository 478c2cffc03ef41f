"""One record on its way through a partition: as read, decoded, answered."""

from __future__ import annotations

from typing import Generic, TypeVar

from app.engine.ports import SourceRecord

Value = TypeVar("Value")
Answer = TypeVar("Answer")


class Item(Generic[Value, Answer]):
    """Carry a decoded record, what the ask said about it, and where it comes from."""

    __slots__ = (
        "answer",
        "ends_window",
        "error",
        "key",
        "offset",
        "partition",
        "record",
        "settled",
        "size_bytes",
        "value",
    )

    value: Value
    answer: Answer

    def __init__(self, record: SourceRecord, partition: int) -> None:
        self.record = record
        self.partition = partition
        self.offset = record.offset
        self.size_bytes = 0
        """Of key and value."""
        self.key = ""
        self.answer = None  # type: ignore[assignment]  # until settled; a stage without an ask declares None
        self.error: Exception | None = None
        """Why the record cannot be used; such a record goes to dead.letters and not into the batch."""
        self.settled = True
        """The answer, or the error, is there."""
        self.ends_window = False

    @property
    def timestamp_ms(self) -> int:
        """Time the source record was produced: for telling, never for deciding."""
        return self.record.timestamp

    def __repr__(self) -> str:
        return f"<Item {self.partition}/{self.offset} {self.key!r}>"
