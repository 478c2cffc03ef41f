"""The command lines of the JVM: pure text from a KafkaHome and what to run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.kafka_access import MECHANISM
from ops.broker.jars import KafkaHome

# Least CPU and memory at start. One collector and one compiler for all uses: the ahead-of-time cache fits only these.
QUICK = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
STEADY = ("-Xms512m", "-Xmx1g", "-XX:+UseG1GC")

_ALWAYS = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    "-XX:+ExitOnOutOfMemoryError",  # a broker that limps is worse than one that is gone
    "-Xlog:aot*=off",  # a stale or missing cache costs a second, not a page of warnings
    "--sun-misc-unsafe-memory-access=allow",  # Kafka 4.4 unmaps index files so; Java 24 and later warn about it
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.net.preferIPv4Stack=true",
)


def broker_command(kafka: KafkaHome, properties: Path) -> list[str]:
    """Return the command that runs one node in the foreground, quick to start and small."""
    return _command(kafka, (*QUICK, f"-XX:AOTCache={kafka.aot_cache}"), "kafka.Kafka", str(properties))


def steady_command(kafka: KafkaHome, properties: Path) -> list[str]:
    """Return the command that runs one node for measurements: the optimising compiler, and a heap that is no limit."""
    return _command(kafka, STEADY, "kafka.Kafka", str(properties))


def training_command(kafka: KafkaHome, properties: Path) -> list[str]:
    """Return the command of a run that writes the ahead-of-time cache when it ends."""
    return _command(kafka, (*QUICK, f"-XX:AOTCacheOutput={kafka.aot_cache}"), "kafka.Kafka", str(properties))


def format_command(kafka: KafkaHome, properties: Path, cluster_id: str, users: Mapping[str, str]) -> list[str]:
    """Return the command that formats a node's data folder; the broker will know `users` (name -> password)."""
    known = [word for name, password in users.items()
             for word in ("--add-scram", f"{MECHANISM}=[name={name},password={password}]")]  # fmt: skip
    arguments = ("format", "-t", cluster_id, "-c", str(properties), *known)
    return _command(kafka, (*QUICK, f"-XX:AOTCache={kafka.aot_cache}"), "kafka.tools.StorageTool", *arguments)


def _command(kafka: KafkaHome, flags: Sequence[str], main_class: str, *arguments: str) -> list[str]:
    class_path = os.pathsep.join(str(jar) for jar in kafka.jars)
    return [str(kafka.java), *flags, *_ALWAYS, "-cp", class_path, main_class, *arguments]
