"""The registry in a file: a lock that is held, a file that is no ledger, processes that register at once."""

from __future__ import annotations

import pytest
from filelock import FileLock

from app.errors import InfrastructureError, OperatorError
from app.stores.ledger import Ledger
from app.stores.registry import subject_of
from schemas.definitions import definition, names
from tests.unit.stores.processes import ended, started

MARKER = definition("WindowMarker")


async def test_a_held_lock_is_waited_for_then_said(tmp_path):
    ledger = Ledger(tmp_path / "schemas.json", lock_s=0.2)
    with FileLock(f"{tmp_path / 'schemas.json'}.lock"):
        with pytest.raises(InfrastructureError, match=r"another process has held its lock for 0.2 s"):
            await ledger.register("s", MARKER)
        assert await ledger.versions("s") == []
    assert (await ledger.register("s", MARKER)).schema_id == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schemas": [{"id": 1}]}', '{"schemas": 3}', "\x00"])
async def test_a_file_that_is_no_ledger_is_never_replaced(tmp_path, content):
    path = tmp_path / "schemas.json"
    path.write_text(content)
    ledger = Ledger(path, lock_s=1)
    for call in (ledger.versions("s"), ledger.register("s", MARKER)):
        with pytest.raises(OperatorError, match="restore it from a copy"):
            await call
    assert path.read_text() == content


WRITER = """
import asyncio, sys
from pathlib import Path
from app.stores.ledger import Ledger
from app.stores.registry import subject_of
from schemas.definitions import definition, names

async def register():
    ledger = Ledger(Path(sys.argv[1]), lock_s=30)
    for name in names():
        await ledger.register(subject_of(name), definition(name))

asyncio.run(register())
"""


@pytest.mark.slow
async def test_processes_that_register_at_once_agree(tmp_path):
    path = tmp_path / "schemas.json"
    writers = [await started(WRITER, path) for _ in range(3)]
    assert await ended(writers) == [0, 0, 0]
    found = [one for name in names() for one in await Ledger(path, lock_s=1).versions(subject_of(name))]
    assert sorted(one.schema_id for one in found) == list(range(1, len(names()) + 1))
