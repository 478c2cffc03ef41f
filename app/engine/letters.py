"""Dead letters: the original bytes of a record that could not be used, with where it came from, why, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.engine.declare import TopicLike
from app.engine.item import Item
from app.errors import RoadsieveError
from schemas.records import DeadLetter

REASON_CHARACTERS = 1000


def letter_key(topic: str, item: Item[Any, Any]) -> str:
    """Name a letter after its source record, so that a repeat is the same letter."""
    return f"{topic}/{item.partition}/{item.offset}"


def dead_letter(stage: str, topic: str, item: Item[Any, Any], error: Exception) -> DeadLetter:
    """Build the letter of a record at fault."""
    if isinstance(error, RoadsieveError):
        reason, remedy = f"{error.what}: {error.why}", error.remedy
    else:
        reason, remedy = f"{type(error).__name__}: {error}", f"mend {stage} or the record, then replay the letter"
    record = item.record
    return DeadLetter(
        stage=stage,
        source_topic=topic,
        source_partition=item.partition,
        source_offset=item.offset,
        source_timestamp_us=record.timestamp * 1000,
        error=type(error).__name__,
        reason=_line(reason),
        remedy=_line(remedy),
        key=record.key,
        value=record.value,
        headers={name: value if value is not None else b"" for name, value in record.headers},
    )


def without_value(letter: DeadLetter, topic: TopicLike) -> DeadLetter:
    """Return a letter that fits its topic: the original bytes stay where they are, as long as retention keeps them."""
    size_bytes = len(letter.value or b"")
    why = f" (its {size_bytes} bytes are too large for {topic.name}: see {letter.source_topic})"
    return replace(letter, value=None, headers={}, reason=_line(letter.reason) + why)


def _line(text: str) -> str:
    """Return text as it can be written: bounded, and without what UTF-8 cannot hold."""
    return text[:REASON_CHARACTERS].encode("utf-8", "replace").decode()
