"""What every schema registry does, whatever it is made of."""

from __future__ import annotations

import asyncio
import json

import pytest

from app.stores.open import open_registry
from app.stores.registry import canonical, subject_of
from schemas.definitions import definition, names
from tests.unit.stores.adapters import REGISTRIES, named
from tests.unit.wire.values import with_field


@pytest.fixture(params=named(REGISTRIES))
async def registry(request, tmp_path):
    async with open_registry(request.param(tmp_path, request.getfixturevalue)) as opened:
        yield opened


SUBJECT, MARKER = subject_of("WindowMarker"), definition("WindowMarker")
NEWER = with_field(MARKER, "WindowMarker", {"name": "sender", "type": "string", "default": ""})


async def test_an_unknown_subject_has_no_versions(registry):
    assert list(await registry.versions(SUBJECT)) == []


async def test_what_was_registered_is_found_under_its_id(registry):
    added = await registry.register(SUBJECT, MARKER)
    (found,) = await registry.versions(SUBJECT)
    assert (found.schema_id, found.subject, found.version) == (added.schema_id, "roadsieve.WindowMarker", 1)
    assert canonical(found.definition) == canonical(MARKER)


async def test_registering_again_gives_the_same_id(registry):
    added = await registry.register(SUBJECT, MARKER)
    respelled = json.dumps(json.loads(MARKER) | {"doc": "said in other words"}, indent=3)
    assert (await registry.register(SUBJECT, respelled)).schema_id == added.schema_id
    assert len(await registry.versions(SUBJECT)) == 1


async def test_a_changed_definition_is_a_new_version_and_the_old_one_stays(registry):
    before = await registry.register(SUBJECT, MARKER)
    after = await registry.register(SUBJECT, NEWER)
    assert after.schema_id != before.schema_id
    assert [one.version for one in await registry.versions(SUBJECT)] == [1, 2]
    assert (await registry.register(SUBJECT, MARKER)).schema_id == before.schema_id


async def test_ids_are_unique_over_all_subjects_though_many_register_at_once(registry):
    added = await asyncio.gather(*(registry.register(subject_of(name), definition(name)) for name in names() * 2))
    assert len({one.schema_id for one in added}) == len(names())


async def test_a_producer_finds_the_defaults_it_needs(registry):
    await registry.register(SUBJECT, NEWER)
    (found,) = await registry.versions(SUBJECT)
    assert json.loads(found.definition)["fields"][-1]["default"] == ""
