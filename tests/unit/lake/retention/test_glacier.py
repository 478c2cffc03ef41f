"""A lake on S3: cold files lie in a Glacier class, cannot be read before somebody asked, and come back as tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from app.errors import RoadsieveError
from app.lake.open import open_blocking
from app.lake.retention import restore
from app.lake.retention.cold import open_cold
from app.lake.retention.move import Moved, retain
from app.lake.retention.notes import cold_files
from app.lake.upkeep.maintain import maintain
from app.lake.warehouse import Warehouse
from app.settings import Settings
from app.stores.s3_cold import S3Cold
from ops.stack.s3 import S3Server
from tests.buckets import bucket_of
from tests.unit.lake.retention.test_retention import LEFT_US
from tests.unit.lake.upkeep.lake_in_a_folder import DAY_US, Writer, held


@pytest.fixture
def settings(moto: S3Server, tmp_path: object) -> Settings:
    made = bucket_of(moto)
    where = {
        "lake_warehouse": f"s3://{made.s3_bucket}/lake",
        "lake_catalog": SecretStr(f"sqlite:///{tmp_path}/c.sqlite"),
    }
    return made.model_copy(update=where)


@pytest.fixture
def lake(settings: Settings) -> Iterator[Warehouse]:
    made = open_blocking(settings)
    made.create()
    yield made
    made.close()


def test_a_day_goes_to_glacier_and_comes_back_when_asked(lake: Warehouse, settings: Settings) -> None:
    writer = Writer(lake)
    for _ in range(2):
        writer.commit(names=("plate",))
    with open_cold(lake.location, settings) as cold:
        assert cold.costs
        assert retain(lake, cold, ("plate",), settings, LEFT_US) == Moved(2, 0)
        maintain(lake, ("plate",), settings, LEFT_US, lambda _: None)
        files = cold_files(lake)
        assert (held(lake, "plate").total(), len(files)) == (0, 1)
        assert not cold.is_ready(files[0].place)
        with pytest.raises((OSError, RoadsieveError)):
            lake.table("plate").io.new_input(cold.path_of(files[0].place)).open().read()
        for _ in range(2):
            restore.request(cold, files, "Bulk", 7)
        restore.wait(cold, files, 60.0, 1.0, lambda: 0.0, lambda _: None, lambda _: None)
        [name] = restore.attach(lake, cold, files, "2025-11-25", "2025-11-25", LEFT_US)
        assert len(lake.catalog.load_table(name).scan().to_arrow()) == 4
        assert restore.detach_ended(lake, cold, LEFT_US) == [name]
        assert retain(lake, cold, ("plate",), settings, LEFT_US + 365 * DAY_US) == Moved(0, 1)
        assert not cold.is_ready(files[0].place)


class Client:
    """Answer HEAD as S3 does while a restore is under way: what moto never shows."""

    def __init__(self, *restores: str | None) -> None:
        self.restores = list(restores)

    async def head_object(self, **_: Any) -> dict[str, Any]:
        told = self.restores.pop(0)
        return {"StorageClass": "GLACIER"} | ({} if told is None else {"Restore": told})


def test_a_file_is_pending_until_s3_says_that_its_restore_is_done() -> None:
    pending, done = 'ongoing-request="true"', 'ongoing-request="false", expiry-date="Fri, 21 Dec 2040 00:00:00 GMT"'
    with asyncio.Runner() as runner:
        cold = S3Cold(runner, Client(None, pending, pending, done), "b", "p", "GLACIER")
        assert [cold.is_ready("x") for _ in range(4)] == [False, False, False, True]
