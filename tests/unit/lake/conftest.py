"""An empty lake in a folder, for every test that fills one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.lake.warehouse import Warehouse
from tests.unit.lake.upkeep.lake_in_a_folder import opened


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Warehouse]:
    """Return a lake whose tables are made and empty."""
    made = opened(tmp_path)
    made.create()
    yield made
    made.close()
