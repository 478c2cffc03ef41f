"""`roadsieve settings` shows all there is and no secret."""

from __future__ import annotations

import json

import pytest
from pydantic import Field, SecretStr
from typer.testing import CliRunner

import app.commands.settings as verb
from app.cli import root
from app.settings import Settings

runner = CliRunner()


class WithSecret(Settings):
    """Settings with a secret, as a store with a password has."""

    store_password: SecretStr = Field(SecretStr("hunter2"), description="Password of the store.")


def test_every_setting_is_there_with_its_sentence() -> None:
    rows = json.loads(runner.invoke(root, ["settings", "--json"]).output)
    assert [row["name"] for row in rows] == [f"ROADSIEVE_{name.upper()}" for name in Settings.model_fields]
    assert all(row["sentence"] for row in rows)


def test_what_a_secret_holds_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "Settings", WithSecret)
    rows = {row.name: row for row in verb.rows_of(WithSecret())}
    assert rows["ROADSIEVE_STORE_PASSWORD"].value == "***"
    assert "hunter2" not in str(rows)


@pytest.mark.parametrize(
    ("name", "unit"), [("stall_s", "s"), ("read_ahead_bytes", "bytes"), ("sampling_fps", "frames/s"), ("kafka", "")]
)
def test_the_unit_is_in_the_name(name: str, unit: str) -> None:
    assert verb.unit_of(name) == unit
