"""The addresses of kept pictures lead to them; what was not kept has none."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from app.commands.links import links
from app.settings import Settings
from app.stores.open import open_catalog, open_objects
from tests.unit.stores.example_rows import FRAME

DAY, TAG = "2026-03-01", "weather=rainy"
verb = typer.Typer()
verb.command()(links)


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.server)])
def archive(request, tmp_path, monkeypatch) -> Settings:
    """Give an archive with one picture that was kept, and one frame that was not."""
    settings = Settings(home=tmp_path)
    if request.param == "bucket":
        settings = request.getfixturevalue("bucket").model_copy(update={"home": tmp_path})
    rows = [
        replace(FRAME, frame_id="kept", still_key="archive/x/kept.jpg", tags=(TAG,), day=DAY),
        replace(FRAME, frame_id="left", still_key="", tags=(TAG,), day=DAY),
    ]

    async def fill() -> None:
        async with open_catalog(settings) as catalog, open_objects(settings) as objects:
            await catalog.write(rows)
            await objects.put("archive/x/kept.jpg", b"picture")

    asyncio.run(fill())
    monkeypatch.setattr("app.commands.links.settings", lambda: settings)
    return settings


@pytest.mark.usefixtures("archive")
def test_each_kept_picture_has_an_address_that_leads_to_it():
    answer = CliRunner().invoke(verb, [TAG, "--day", DAY, "--json"])
    assert answer.exit_code == 0, answer.output
    [found] = json.loads(answer.stdout)
    assert found["frame_id"] == "kept"
    assert urllib.request.urlopen(found["address"]).read() == b"picture"
    told = CliRunner().invoke(verb, [TAG, "--day", DAY]).stdout
    assert found["camera_id"] in told and "1 of at most 20" in told


@pytest.mark.usefixtures("archive")
def test_where_nothing_was_kept_nothing_is_shown():
    answer = CliRunner().invoke(verb, ["objects=train", "--day", DAY])
    assert answer.exit_code == 0 and answer.stdout == ""
