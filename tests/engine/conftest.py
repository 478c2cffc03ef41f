"""A stage of its own for each test: its name, its topics on the real broker, its workers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.broker.cluster import Cluster
from tests.engine.kafka_io import Kafka
from tests.engine.workers import Workers


@pytest.fixture
def stage() -> str:
    """Return a name that no other test uses."""
    return f"sum{uuid.uuid4().hex[:8]}"


@pytest.fixture
def kafka(broker: Cluster) -> Kafka:
    """Return the real broker."""
    return Kafka(broker.bootstrap)


@pytest.fixture
def workers(broker: Cluster, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Return a place to start workers of this test's stage; all are gone afterwards."""
    monkeypatch.setenv("SUM_NAME", stage)
    started = Workers(broker.bootstrap, tmp_path)
    yield started
    started.kill_all()
