"""Laws of settings: each says in one sentence what it is for, and something reads it."""

import ast
from pathlib import Path

from app.settings import Settings
from tests.house.tree import room_files, syntax_of

HOME_OF_SETTINGS = Path("app/settings.py")


def attributes_read() -> set[str]:
    """Return every attribute that some file reads: of anything but `self`, save in the settings' own file."""
    return {
        node.attr
        for path in room_files()
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        if path == HOME_OF_SETTINGS or not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }


def test_every_setting_is_documented_in_one_sentence() -> None:
    sentences = {name: field.description or "" for name, field in Settings.model_fields.items()}
    assert [name for name, sentence in sentences.items() if len(sentence) < 15 or not sentence.endswith(".")] == []


def test_every_setting_is_read() -> None:
    assert sorted(set(Settings.model_fields) - attributes_read()) == []
