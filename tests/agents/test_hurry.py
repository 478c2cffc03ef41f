"""Laws of what hurries the scribe and the tracker: the same list, known after a restart, changed by the log."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agents import scribe, tracker
from app.engine.batch import CommittedRows, RowCodec
from app.lake.lookout import Lookout
from app.tables import TABLES
from schemas.records import PlatesRead, PlatesRecognized, WatchChanged, WindowMarker
from tests.agents.one_batch import Stage, settings_in, staged
from tests.unit.lake.results import AT_US, FULL
from tests.unit.lake.test_tracks import read

PLATE = "粤BDX5031"
ADD, REMOVE = WatchChanged(PLATE, "add", 1, "stolen"), WatchChanged(PLATE, "remove", 0, "")
SEEN = {scribe: PlatesRecognized("gate-3", AT_US, "", json.dumps(FULL).encode()),
        tracker: PlatesRead("gate-3", (read("粤BDX503*"),))}  # fmt: skip


def hurries(stage: Stage, *values: Any) -> bool:
    declared = stage.agent.stage
    table = TABLES[declared.name]
    codec = RowCodec(table, stage.wire.row_decoder(table), stage.wire.row_encoder(table))
    return bool(declared.hurry(values, CommittedRows(stage.rows, codec)))


@pytest.mark.parametrize("module", SEEN, ids=lambda module: module.__name__)
async def test_a_vehicle_hurries_while_it_is_looked_for_and_after_a_restart_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    seen = SEEN[module]
    async with staged(module, settings_in(tmp_path), monkeypatch) as stage:
        monkeypatch.setattr(module, "lookout", Lookout(30.0))
        module.warehouse().create()
        assert not hurries(stage, seen, WindowMarker("", AT_US))
        assert hurries(stage, ADD)
        await stage.run([ADD])
        assert hurries(stage, WindowMarker("", AT_US), seen)
        monkeypatch.setattr(module, "lookout", Lookout(30.0))
        assert hurries(stage, seen)
        await stage.run([REMOVE])
        monkeypatch.setattr(module, "lookout", Lookout(30.0))
        assert not hurries(stage, seen)
