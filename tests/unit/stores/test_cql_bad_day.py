"""The catalog in CQL through a bad day: a call that fails is sent again, and what is told as written is there."""

from dataclasses import replace

import pytest

from app.settings import Settings
from app.stores.open import open_catalog
from app.stores.rows import DecisionRow
from ops.stack.cassandra import Cassandra
from tests.cql_fault_proxy import EVERY_CQL_FAULT, CqlFaultProxy
from tests.unit.stores.example_rows import DECISION, ROWS


@pytest.mark.slow
@pytest.mark.parametrize("fault", EVERY_CQL_FAULT)
async def test_every_fifth_call_fails_and_what_was_told_as_written_is_there(
    cassandra: Cassandra, cql_settings: Settings, fault: str
):
    proxy = CqlFaultProxy(cassandra.port, (fault,))
    async with proxy.running():
        chosen = cql_settings.model_copy(update={"cql_hosts": proxy.address, "store_wait_s": 2.0})
        async with open_catalog(chosen) as catalog:
            for row in ROWS * 2:
                await catalog.write([row])
    assert proxy.done[fault] > 0
    async with open_catalog(cql_settings) as catalog:
        for kind in {type(row) for row in ROWS}:
            there = [row async for row in catalog.scan(kind)]
            assert all(row in there for row in ROWS if type(row) is kind)


@pytest.mark.slow
async def test_every_thirtieth_call_hangs_up_and_takes_others_with_it_and_a_write_of_many_gets_through(
    cassandra: Cassandra, cql_settings: Settings
):
    rows = [replace(DECISION, window_id=f"hung-up/0/{number}") for number in range(100)]
    proxy = CqlFaultProxy(cassandra.port, ("hang-up",), every=30)
    async with proxy.running():
        chosen = cql_settings.model_copy(update={"cql_hosts": proxy.address, "store_wait_s": 5.0})
        async with open_catalog(chosen) as catalog:
            await catalog.write(rows)
    assert proxy.done["hang-up"] >= 3
    async with open_catalog(cql_settings) as catalog:
        there = {row.window_id async for row in catalog.scan(DecisionRow)}
    assert {row.window_id for row in rows} <= there
