"""Laws of the catalog in CQL that no other adapter has."""

import asyncio

import pytest
import stamina

from app.errors import InfrastructureError
from app.stores.cql import CqlCatalog
from app.stores.cql_session import access_of
from tests.unit.stores.example_rows import ROWS


async def test_an_outage_is_raised_as_itself_and_not_as_a_group_of_the_writes_that_met_it(cql_settings):
    """The engine retries an InfrastructureError and takes everything else for a fault of the record."""
    catalog = await asyncio.to_thread(CqlCatalog, access_of(cql_settings), cql_settings.cql_keyspace)
    await catalog.write(ROWS)
    await catalog.close()
    with stamina.set_testing(True):  # nothing is waited for: it is not going to come back
        with pytest.raises(InfrastructureError):
            await catalog.write(ROWS)
        with pytest.raises(InfrastructureError):
            await catalog.frame("x")
        with pytest.raises(InfrastructureError):
            await anext(catalog.frames_with_tag("weather=rainy", "2026-03-01"))
