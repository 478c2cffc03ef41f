"""The pinned jars of Apache Kafka, and the Java runtime that they run on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ops.stack import maven
from ops.stack.fetched import Parts, Say, install, say_on_stderr
from ops.stack.java import java, java_release

KAFKA_VERSION = "4.4.0"
COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
KAFKA = Parts(f"Apache Kafka {KAFKA_VERSION}", f"kafka-{KAFKA_VERSION}", "45 MB", ("ops.broker", "jars.sha256"))


@dataclass(frozen=True, slots=True)
class KafkaHome:
    """Name the Java runtime, the class path (in the one order its ahead-of-time cache knows) and that cache's file."""

    java: Path
    jars: tuple[Path, ...]
    aot_cache: Path


def resolve(cache: Path | None = None, say: Say = say_on_stderr) -> KafkaHome:
    """Return the jars, fetching them the first time (45 files); raises OperatorError as `install` does."""
    folder = install(KAFKA, partial(maven.jars, COORDINATES), cache, say)
    return KafkaHome(java(), tuple(sorted(folder.glob("*.jar"))), folder / f"jdk-{java_release()}.aot")
