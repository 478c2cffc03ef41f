"""Every adapter of every port, opened for the contract tests; a new adapter is one more line here."""

from __future__ import annotations

import pytest

from app.settings import Settings
from app.stores.directory import open_directory
from app.stores.s3_client import open_s3

OBJECTS = {
    "directory": lambda folder, _: open_directory(folder / "objects", at_once=4),
    "s3": lambda _, fixture: open_s3(fixture("bucket")),
}
SERVED = {"s3", "http"}
"""Adapters that need a server: their tests are no part of `make check`."""
REGISTRIES = {
    "ledger": lambda folder, _: Settings(registry_path=folder / "schemas.json", store_wait_s=5),
    "http": lambda _, fixture: fixture("registry_settings"),
}


def named(adapters: dict[str, object]) -> list[object]:
    """Return the adapters as parameters of a fixture, those that need a server marked so."""
    return [
        pytest.param(open_it, id=name, marks=[pytest.mark.server] if name in SERVED else [])
        for name, open_it in adapters.items()
    ]
