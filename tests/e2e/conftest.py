"""A broker of its own for each test of the whole pipeline: the topics have fixed names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.broker.cluster import Cluster


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run one Kafka node for one test."""
    cluster = Cluster.start(Path(tmp_path_factory.mktemp("own-broker")))
    try:
        yield cluster
    finally:
        cluster.kill()
