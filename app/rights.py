"""What each stage and command may do on Kafka, and nothing else: derived from the tables of topics and of state.

A stage reads its input in its group, writes its outputs, dead letters and its changelog, and commits under its
transactional ids. READ and WRITE carry the right to see a topic; DESCRIBE_CONFIGS is for the preflight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.tables import TABLES
from app.topics import ARCHIVE_DISTRIBUTION, DEAD_LETTERS, LETTERS_TRANSACTIONAL_ID, SEGMENTS_EXTRACTED, TOPICS, Topic

Kind = Literal["topic", "group", "transactional_id"]
Operation = Literal["READ", "WRITE", "CREATE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]
COMMANDS = ("replay", "alpr", "lake", "letters", "policy", "watchlist", "stats", "watch", "evaluate", "topics")
ROLES: tuple[str, ...] = (*TABLES, *COMMANDS)


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One thing that a user may do to what has a name, or to all whose names begin so."""

    kind: Kind
    name: str
    operation: Operation
    prefixed: bool = False

    def __str__(self) -> str:
        return f"{self.operation} {self.kind.replace('_', ' ')} {self.name}{'*' if self.prefixed else ''}"


def user_of(role: str) -> str:
    """Return the user of Kafka that a role has unless it is given to another: as the app and the group of a stage."""
    return f"roadsieve.{role}"


def rights_of(role: str) -> list[Right]:
    """Return the rights of a stage or command, in the order of the flow; KeyError for an unknown one."""
    if role in TABLES:
        return _of_stage(role)
    return {
        "replay": lambda: _flow(role),
        "alpr": lambda: _flow(role),
        "lake": lambda: _flow(role),
        "letters": lambda: [*_flow(role), *_commits(LETTERS_TRANSACTIONAL_ID)],
        "policy": lambda: [*_flow(role), Right("topic", TABLES["curator"].changelog, "READ")],
        "watchlist": lambda: [*_flow(role), Right("topic", TABLES["tracker"].changelog, "READ")],
        "stats": lambda: [*_flow(role), *_lags()],
        "watch": lambda: [Right("topic", ARCHIVE_DISTRIBUTION.name, "READ"), *_seen(_every_topic()), *_groups()],
        "evaluate": lambda: [Right("topic", SEGMENTS_EXTRACTED.name, "READ")],
        "topics": _keeps_topics,
    }[role]()


def _of_stage(stage: str) -> list[Right]:
    changelog = TABLES[stage].changelog
    rights = [*_flow(stage), *_topic(changelog, "READ", "WRITE")]
    checked = dict.fromkeys(right.name for right in rights)
    rights += [Right("topic", name, "DESCRIBE_CONFIGS") for name in checked]
    group = Right("group", f"roadsieve.{stage}", "READ")
    return [*rights, group, *_commits(f"roadsieve.{stage}-{stage}-", prefixed=True)]


def _flow(role: str) -> list[Right]:
    """Return what the table of topics says that a role reads and writes; every stage writes dead letters."""
    reads = [Right("topic", topic.name, "READ") for topic in TOPICS.values() if role in topic.readers]
    writes = [Right("topic", topic.name, "WRITE") for topic in TOPICS.values() if _writes(role, topic)]
    return [*reads, *writes]


def _writes(role: str, topic: Topic) -> bool:
    if topic is DEAD_LETTERS:  # the engine writes them for every stage; whoever settles one writes its tombstone
        return role in TABLES or role in topic.readers
    return role == topic.writer or role in topic.other_writers


def _commits(name: str, *, prefixed: bool = False) -> list[Right]:
    return [Right("transactional_id", name, operation, prefixed) for operation in ("WRITE", "DESCRIBE")]


def _lags() -> list[Right]:
    return [*_seen(topic.name for topic in TOPICS.values() if set(topic.readers) & set(TABLES)), *_groups()]


def _seen(topics: Iterable[str]) -> list[Right]:
    return [Right("topic", name, "DESCRIBE") for name in topics]


def _groups() -> list[Right]:
    return [Right("group", f"roadsieve.{stage}", "DESCRIBE") for stage in TABLES]


def _every_topic() -> list[str]:
    return [*TOPICS, *(table.changelog for table in TABLES.values())]


def _keeps_topics() -> list[Right]:
    operations: tuple[Operation, ...] = ("CREATE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS")
    return [right for name in _every_topic() for right in _topic(name, *operations)]


def _topic(name: str, *operations: Operation) -> list[Right]:
    return [Right("topic", name, operation) for operation in operations]
