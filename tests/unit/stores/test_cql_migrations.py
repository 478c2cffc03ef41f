"""Laws of migrations: each once, forward only, and whoever is not ready for the keyspace is told in one line."""

import asyncio
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.errors import OperatorError
from app.settings import Settings
from app.stores.cql_migrations import NOTED, Migration, migrate, migrations, missing
from app.stores.cql_session import CqlSession, access_of
from app.stores.open import open_catalog
from ops.stack.ports import free_ports

ONE, TWO = Migration(1, "0001_a.cql", "CREATE a;"), Migration(2, "0002_b.cql", "-- why; not\nCREATE b;\nALTER c;\n")


def test_what_is_missing_is_what_was_not_applied():
    assert missing([ONE, TWO], {}, "x") == [ONE, TWO]
    assert missing([ONE, TWO], {1: ONE.sha256}, "x") == [TWO]
    assert missing([ONE, TWO], {1: ONE.sha256, 2: TWO.sha256}, "x") == []


def test_a_keyspace_of_a_newer_program_is_refused():
    with pytest.raises(OperatorError, match="its schema is version 3, this program knows 2: a newer one was here"):
        missing([ONE, TWO], {1: ONE.sha256, 2: TWO.sha256, 3: "?"}, "x")


def test_a_file_that_was_changed_after_it_was_applied_is_named():
    with pytest.raises(OperatorError, match=r"another 0001_a.cql than this program has"):
        missing([ONE, TWO], {1: "?"}, "x")


def test_comments_are_no_statements():
    assert TWO.statements == ["CREATE b", "ALTER c"]


async def opened(settings: Settings, **changed: object) -> None:
    async with open_catalog(settings.model_copy(update=changed)):
        pass


async def test_migrating_again_changes_nothing_and_the_catalog_opens(cql_settings):
    assert await asyncio.to_thread(migrate, cql_settings) == []
    await opened(cql_settings)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"cql_password": SecretStr("wrong")}, "refuses the user .*; correct ROADSIEVE_CQL_USER"),
        ({"cql_user": ""}, "refuses the user .*; correct ROADSIEVE_CQL_USER"),
        ({"cql_keyspace": "elsewhere"}, "no keyspace elsewhere; let ROADSIEVE_CQL_KEYSPACE name the right"),
        ({"cql_hosts": "127.0.0.1"}, "no list of addresses with one port; write host:9042"),
        ({"cql_tls_ca": Path("nowhere.pem")}, "nowhere.pem: it cannot be read"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
async def test_a_wrong_setting_is_one_line(cql_settings, changed, told):
    with pytest.raises(OperatorError, match=told) as raised:
        await opened(cql_settings, **changed)
    assert "\n" not in str(raised.value)


async def test_a_keyspace_without_its_tables_is_told_how_to_get_them(cql_settings):
    bare = f"{cql_settings.cql_keyspace}_bare"
    await asyncio.to_thread(ask, cql_settings, f"CREATE KEYSPACE {bare} WITH replication = "
                            "{'class': 'NetworkTopologyStrategy', 'replication_factor': 1}")  # fmt: skip
    with pytest.raises(OperatorError, match=r"not there yet: 0001_rows.cql, .*; run `roadsieve catalog migrate`"):
        await opened(cql_settings, cql_keyspace=bare)


async def test_a_keyspace_of_a_newer_program_is_not_opened(cql_settings):
    newer = cql_settings.model_copy(update={"cql_keyspace": f"{cql_settings.cql_keyspace}_n"})
    await asyncio.to_thread(migrate, newer)
    await asyncio.to_thread(ask, newer, re.sub("%s, %s, %s", "99, 'x', 'x'", NOTED), newer.cql_keyspace)
    for attempt in (opened(newer), asyncio.to_thread(migrate, newer)):
        with pytest.raises(OperatorError, match=f"version 99, this program knows {len(migrations())}"):
            await attempt


async def test_a_server_of_another_kind_on_the_port_is_told_apart_from_one_that_is_away(cql_settings):
    async def page(reader, writer):
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OperatorError, match=r"does not speak CQL .*HTTP/1.1 400.*9042 by default"):
            await opened(cql_settings, cql_hosts=f"127.0.0.1:{port}")
    [nobody] = free_ports(1)
    with pytest.raises(Exception, match=r"does not answer .*refused.*; see that it runs at ROADSIEVE_CQL_HOSTS"):
        await opened(cql_settings, cql_hosts=f"127.0.0.1:{nobody}")


def ask(settings: Settings, statement: str, keyspace: str | None = None) -> None:
    session = CqlSession(access_of(settings), keyspace)
    try:
        session.ask(statement)
    finally:
        session.close()
