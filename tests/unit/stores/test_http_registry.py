"""Laws of the registry over HTTP: it guards what others read, and each way of not being one is told in one line."""

import asyncio
import itertools
import json

import httpx
import pytest

from app.errors import InfrastructureError, OperatorError
from app.settings import Settings
from app.stores.http_registry import HttpRegistry
from app.stores.open import open_registry
from app.stores.registry import subject_of
from app.topology.schemas import Drift, changes, drifted, level_of, names_of_records, register, unregistered
from ops.stack.ports import free_ports
from schemas.definitions import definition
from tests.unit.wire.values import with_field

pytestmark = pytest.mark.slow

RECORD = "ArchiveDistribution"
SUBJECT, MARKER = subject_of("WindowMarker"), definition("WindowMarker")
WITHOUT_DEFAULT = with_field(definition(RECORD), RECORD, {"name": "weight", "type": "double"})


async def test_everything_is_registered_once_and_guarded_as_it_must_be(registry_settings):
    async with open_registry(registry_settings) as registry:
        assert await unregistered(registry) == names_of_records()
        assert await register(registry) == names_of_records()
        assert await register(registry) == [] == await unregistered(registry) == await drifted(registry)
        for name in names_of_records():
            assert await registry.compatibility(subject_of(name)) == level_of(name)
        assert {level_of(name) for name in names_of_records()} == {"FULL_TRANSITIVE", "BACKWARD_TRANSITIVE"}
        assert await changes(registry) == {}


async def test_a_level_that_somebody_changed_is_found_and_set_right(registry_settings):
    async with open_registry(registry_settings) as registry:
        await register(registry)
        await registry.demand(SUBJECT, "NONE")
        assert await drifted(registry) == [Drift("WindowMarker", "NONE", "BACKWARD_TRANSITIVE")]
        await register(registry)
        assert await drifted(registry) == []


async def test_a_definition_that_old_records_do_not_fit_is_refused_and_leaves_nothing(registry_settings):
    async with open_registry(registry_settings) as registry:
        await register(registry)
        with pytest.raises(OperatorError, match=r"does not fit those that are there .*; see `roadsieve schemas diff`"):
            await registry.register(subject_of(RECORD), WITHOUT_DEFAULT)
        assert len(await registry.versions(subject_of(RECORD))) == 1


async def test_what_differs_is_shown_line_by_line(registry_settings):
    async with open_registry(registry_settings) as registry:
        await register(registry)
        newer = with_field(MARKER, "WindowMarker", {"name": "sender", "type": "string", "default": ""})
        await registry.register(SUBJECT, newer)
        told = await changes(registry)
    assert list(told) == ["WindowMarker"]
    assert "registered, version 2" in told["WindowMarker"] and '-   "name": "sender"' in told["WindowMarker"]


ANSWERS = {
    "another_server": (httpx.Response(404, text="<html>"), OperatorError, "no schema registry .*/apis/ccompat/v7"),
    "a_page": (httpx.Response(200, text="<html>"), OperatorError, "no schema registry"),
    "other_json": (httpx.Response(404, json={"status": 404}), OperatorError, "no schema registry"),
    "no_user": (httpx.Response(401, json={}), OperatorError, "refused with 401; correct ROADSIEVE_REGISTRY_USER"),
    "no_right": (httpx.Response(403, text="no"), OperatorError, "refused with 403"),
    "broken": (httpx.Response(503, text="later"), InfrastructureError, "gave 503 later"),
    "throttled": (httpx.Response(429, json={"message": "slow down"}), InfrastructureError, "gave 429 slow down"),
    "invalid": (httpx.Response(422, json={"error_code": 42201, "message": "bad"}), OperatorError, "gave 422 bad"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_each_answer_that_is_none_is_one_line_and_says_who_is_at_fault(name):
    answer, kind, told = ANSWERS[name]
    transport = httpx.MockTransport(lambda _: answer)
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(kind, match=told) as raised:
            await HttpRegistry(client, "http://registry.test").versions(SUBJECT)
    assert "\n" not in str(raised.value)


PASSING = [httpx.Response(500, text="a bad day"), httpx.ConnectError("away"), httpx.ReadTimeout("late"),
           httpx.RemoteProtocolError("Server disconnected without sending a response.")]  # fmt: skip


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: type(fault).__name__)
async def test_a_call_that_fails_once_is_asked_again(fault: httpx.Response | httpx.HTTPError):
    calls = itertools.count()

    def answer(_: httpx.Request) -> httpx.Response:
        if next(calls):
            return httpx.Response(200, json=[])
        if isinstance(fault, httpx.Response):
            return fault
        raise fault

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        assert await HttpRegistry(client, "http://registry.test").versions(SUBJECT) == []


async def test_a_server_that_is_away_is_an_outage_and_one_of_another_kind_is_not():
    [nobody] = free_ports(1)
    async with open_registry(Settings(registry_url=f"http://127.0.0.1:{nobody}")) as registry:
        with pytest.raises(InfrastructureError, match="does not answer"):
            await registry.versions(SUBJECT)

    async def talk(reader, writer):
        writer.write(b"220 mail.example ready\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with open_registry(Settings(registry_url=f"http://127.0.0.1:{port}")) as registry:
            with pytest.raises(OperatorError, match="no schema registry"):
                await registry.versions(SUBJECT)


async def test_an_address_that_is_none_is_told():
    async with open_registry(Settings(registry_url="registry:8081")) as registry:
        with pytest.raises(OperatorError, match="no schema registry"):
            await registry.versions(SUBJECT)


async def test_a_version_without_its_schema_is_no_registry():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=json.dumps([1] if request.url.path.endswith("versions") else {"id": 7}))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(OperatorError, match="no schema registry"):
            await HttpRegistry(client, "http://registry.test").versions(SUBJECT)
