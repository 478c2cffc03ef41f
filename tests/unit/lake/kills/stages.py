"""Scribe, tracker and registrar, one window each, without Kafka: what a transaction commits is one file."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agents import registrar, scribe, tracker
from schemas.records import PlatesRecognized
from tests.agents.one_batch import settings_in, staged

STAGES: tuple[tuple[str, ModuleType, str], ...] = (
    ("scribe", scribe, "plates.recognized"), ("tracker", tracker, "plates.read"), ("registrar", registrar, "lake.files")
)  # fmt: skip


@dataclass
class Committed:
    """Records by topic, and of each stage its rows and up to where it read."""

    topics: dict[str, list[Any]] = field(default_factory=dict)
    rows: dict[str, dict[bytes, bytes]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)


def send(home: Path, results: Sequence[PlatesRecognized]) -> None:
    """Let a producer send results."""
    log = committed(home)
    log.topics.setdefault("plates.recognized", []).extend(results)
    _commit(home, log)


def committed(home: Path) -> Committed:
    """Return what was committed."""
    path = home / "log"
    return pickle.loads(path.read_bytes()) if path.exists() else Committed()


def work_off(home: Path) -> None:
    """Let each stage take what it has not read, as a worker does that was started again."""
    asyncio.run(_work_off(home))


async def _work_off(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, module, topic in STAGES:
            log = committed(home)
            async with AsyncExitStack() as stack:
                stage = await stack.enter_async_context(staged(module, settings_in(home), patch))
                stage.rows, stage.offset = log.rows.get(name, {}), log.read.get(name, 0)
                if values := log.topics.get(topic, [])[stage.offset :]:
                    for where, records in (await stage.run(values)).items():
                        log.topics.setdefault(where, []).extend(records)
                    log.rows[name], log.read[name] = stage.rows, stage.offset
                    _commit(home, log)


def _commit(home: Path, log: Committed) -> None:
    (home / "log.new").write_bytes(pickle.dumps(log))
    (home / "log.new").replace(home / "log")
