"""Rows that a program before a migration wrote stay readable after it, beside those that are written since."""

import asyncio
from dataclasses import replace

import pytest

from app.stores import cql_migrations
from app.stores.cql_migrations import migrate, migrations
from app.stores.cql_session import CqlSession, access_of
from app.stores.cql_tables import written_at
from app.stores.cql_values import columns_of, values_of
from app.stores.open import open_catalog
from app.stores.rows import DecisionRow
from tests.unit.stores.example_rows import DECISION

OLD = [replace(DECISION, frame_id=f"seg-{number:04d}", rank=number) for number in range(6)]


@pytest.fixture
def with_old_rows(cql_settings, monkeypatch):
    """Return a keyspace in which the first program wrote decisions, migrated since."""
    settings = cql_settings.model_copy(update={"cql_keyspace": f"{cql_settings.cql_keyspace}_old"})
    with monkeypatch.context() as before:
        before.setattr(cql_migrations, "migrations", lambda: migrations()[:1])
        assert migrate(settings) == ["0001_rows.cql"]
    session = CqlSession(access_of(settings), settings.cql_keyspace)
    try:
        columns = columns_of(DecisionRow)
        marks = ", ".join(f":{name}" for name in columns.split(", "))
        insert = session.prepare(f"INSERT INTO decisions ({columns}) VALUES ({marks}) USING TIMESTAMP :written_at")
        for row in OLD:
            session.ask(insert, {**values_of(row), "written_at": written_at(row.version)})
        assert migrate(settings) == [one.file for one in migrations()[1:]]
        session.ask("DELETE FROM migrations WHERE catalog = 'roadsieve' AND number = 2")
    finally:
        session.close()
    assert migrate(settings) == ["0002_packed_decisions.cql"], "one that crashed before it was noted is run again"
    return settings


async def test_old_rows_are_read_beside_new_ones_and_the_newest_version_of_each_counts(with_old_rows):
    newer = replace(OLD[1], version=6, kept=False)
    replayed = replace(OLD[2], version=4, kept=False)
    added = replace(OLD[0], frame_id="seg-0006", rank=6)
    wanted = [OLD[0], newer, *OLD[2:], added]
    async with asyncio.timeout(120), open_catalog(with_old_rows) as catalog:
        assert [row async for row in catalog.decisions(OLD[0].window_id)] == OLD
        await catalog.write([newer, replayed, added])
        assert [row async for row in catalog.decisions(OLD[0].window_id)] == wanted
        assert sorted([row async for row in catalog.scan(DecisionRow)], key=lambda row: row.rank) == wanted
