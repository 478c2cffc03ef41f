"""Confluent's framing: a zero byte, the schema id in four bytes (big endian), the Avro body; ids are resolved once,
at start.

Format: Confluent Schema Registry, "Wire format". The id says which record a message holds, so that a topic may carry
several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from app.errors import MalformedRecord, PreflightError
from app.stores.registry import Registry, canonical, subject_of
from app.topics import TOPICS, Topic
from app.wire.codec import codec_of
from app.wire.encoded import Encoded
from app.wire.evolved import EvolvedCodec

if TYPE_CHECKING:  # the tables are made of codecs, so at run time they come after this file
    from app.tables import Table

MAGIC = b"\0"
HEADER_BYTES = 5
PRODUCER = "find the producer that wrote it, correct it, then replay the letter"


class Wire:
    """Encode and decode the messages of topics and the rows of tables;
    knows every id that was registered when it was opened."""

    def __init__(self, ids: Mapping[type, int], versions: Mapping[int, tuple[type, str]]) -> None:
        """Take the id under which each record class is written, and of every known id the class and the writer's
        definition."""
        self._writers: dict[type, tuple[Callable[[Any, bytes], bytes], bytes]] = {
            held_as: (codec_of(held_as).encode, MAGIC + number.to_bytes(4, "big")) for held_as, number in ids.items()
        }
        self._readers: dict[bytes, tuple[type, Callable[[bytes, int], Any]]] = {}
        for number, (held_as, writer_definition) in versions.items():
            ours = codec_of(held_as)
            same = canonical(writer_definition) == canonical(ours.definition)
            reader = ours.decode if same else EvolvedCodec(ours, writer_definition).decode
            self._readers[MAGIC + number.to_bytes(4, "big")] = (held_as, reader)

    def encoder(self, topic: Topic) -> Callable[[Any], bytes]:
        """Return the function record -> message of a topic; of an Encoded, the message of the record that it holds.

        It raises MalformedRecord that names the field whose value does not fit, TypeError for a record the topic
        does not carry.
        """
        writers = {held_as: self._writers[held_as] for held_as in topic.records}

        def encode(record: Any) -> bytes:
            try:
                write, header = writers[type(record)]
            except KeyError:
                if type(record) is Encoded and record.held_as in writers:
                    return writers[record.held_as][1] + record.body
                raise TypeError(f"{topic.name} carries {_promised(topic)}, not {type(record).__name__}") from None
            return write(record, header)

        return encode

    def decoder(self, topic: Topic) -> Callable[[bytes | None], Any]:
        """Return the function message -> record of a topic; it raises MalformedRecord for anything the topic does
        not promise."""
        readers = {header: reader for header, (held_as, reader) in self._readers.items() if held_as in topic.records}

        def decode(message: bytes | None) -> Any:
            try:
                reader = readers[message[:HEADER_BYTES]]  # type: ignore[index]  # no value is told apart off the hot path
            except (KeyError, TypeError):
                raise self._unreadable(topic, message) from None
            return reader(message, HEADER_BYTES)  # type: ignore[arg-type]  # it has a known header, so it is not None

        return decode

    def row_encoder(self, table: Table) -> Callable[[Any], bytes]:
        """Return the function row -> bytes of a state table."""
        return table.codec.encode

    def row_decoder(self, table: Table) -> Callable[[bytes], Any]:
        """Return the function bytes -> row of a state table."""
        return table.codec.decode

    def _unreadable(self, topic: Topic, message: bytes | None) -> MalformedRecord:
        what = f"a message of {topic.name}"
        if message is None:
            return MalformedRecord(what, "it has no value", PRODUCER)
        if len(message) < HEADER_BYTES:
            return MalformedRecord(what, f"{len(message)} bytes are too short for a schema id", PRODUCER)
        if message[:1] != MAGIC:
            return MalformedRecord(
                what, f"it begins with byte 0x{message[0]:02x} instead of 0x00, so it carries no schema id", PRODUCER
            )
        known = self._readers.get(message[:HEADER_BYTES])
        if known is not None:
            return MalformedRecord(
                what, f"it holds a {known[0].__name__}, the topic carries {_promised(topic)}", PRODUCER
            )
        number = int.from_bytes(message[1:HEADER_BYTES], "big")
        return MalformedRecord(
            what,
            f"schema id {number} was not registered when this process started",
            "restart the workers if a newer producer registered it since, else correct the producer; replay the letter",
        )


def _promised(topic: Topic) -> str:
    return ", ".join(record.__name__ for record in topic.records)


async def open_wire(registry: Registry, topics: Iterable[Topic] = tuple(TOPICS.values())) -> Wire:
    """Resolve the ids of every record of some topics; raises PreflightError when one is not registered."""
    ids: dict[type, int] = {}
    versions: dict[int, tuple[type, str]] = {}
    for held_as in dict.fromkeys(record for topic in topics for record in topic.records):
        ours = canonical(codec_of(held_as).definition)
        for schema in await registry.versions(subject_of(held_as.__name__)):
            versions[schema.schema_id] = (held_as, schema.definition)
            if canonical(schema.definition) == ours:
                ids[held_as] = schema.schema_id
        if held_as not in ids:
            raise PreflightError(
                f"schema {subject_of(held_as.__name__)}",
                "its present version is not registered",
                "run `roadsieve topics create`",
            )
    return Wire(ids, versions)
