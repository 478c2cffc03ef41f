"""One micro-batch through one stage, without Kafka: asks and applies as the engine does, commits into plain dicts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.engine.batch import Batch, CommittedRows, Overlay, RowCodec, Target
from app.engine.item import Item
from app.settings import Settings
from app.stores.ledger import Ledger
from app.tables import TABLES
from app.topology.schemas import register
from app.wire.framing import Wire, open_wire
from tests.engine.memory import MemoryRecord


@dataclass
class Stage:
    """A stage of agents/ with its committed rows; `run` takes one batch through it."""

    module: ModuleType
    wire: Wire
    settings: Settings
    rows: dict[bytes, bytes] = field(default_factory=dict)
    offset: int = 0

    async def run(self, values: Sequence[Any]) -> dict[str, list[Any]]:
        """Take records through ask and apply, commit the rows, return topic -> records sent."""
        stage = self.agent.stage
        table = TABLES[stage.name]
        plain = RowCodec(table, bytes, bytes)
        codec = RowCodec(table, self.wire.row_decoder(table), self.wire.row_encoder(table)) if table.row else plain
        items = []
        for value in values:
            item: Item[Any, Any] = Item(MemoryRecord(self.offset, b""), 0)
            item.value, self.offset = value, self.offset + 1
            if stage.ask is not None:
                peek = (CommittedRows(self.rows, codec),) if stage.ask.wants_peek else ()
                item.answer = await stage.ask.call(value, *peek)
            items.append(item)
        targets = {topic.name: Target(topic, 1, self.wire.encoder(topic)) for topic in stage.sends}
        batch: Batch[Any, Any] = Batch(0, items[0].offset, items, Overlay(self.rows), codec, targets)
        await stage.apply(batch)
        for key, row in batch.overlay.dirty.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        decoders = {topic.name: self.wire.decoder(topic) for topic in stage.sends}
        return {name: [decoders[name](value) for _, value in sent] for (name, _), sent in batch.outputs.items()}

    @property
    def agent(self) -> Any:
        """Return the stage's agent."""
        (agent,) = self.module.app.stage_agents
        return agent


@asynccontextmanager
async def staged(module: ModuleType, settings: Settings, patch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Open a stage's resources with these settings."""
    patch.setattr("app.engine.resources.settings", lambda: settings)
    if hasattr(module, "settings"):
        patch.setattr(module, "settings", lambda: settings)
    registry = Ledger(settings.path_of_registry(), 5.0)
    await register(registry)
    async with AsyncExitStack() as stack:
        for resource in module.app._resources:
            if resource is not module.app.codec:
                await resource.open()
                stack.push_async_callback(resource.close)
        yield Stage(module, await open_wire(registry), settings)


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Return settings whose home is a folder."""
    return Settings(home=folder, **changes)
