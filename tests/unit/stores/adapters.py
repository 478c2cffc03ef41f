"""Every adapter of every port, opened for the contract tests; a new adapter is one more line here."""

from __future__ import annotations

from app.stores.directory import DirectoryObjects
from app.stores.ledger import Ledger
from app.stores.sqlite import SqliteCatalog

OBJECTS = {"directory": lambda folder: DirectoryObjects(folder / "objects", at_once=4)}
CATALOGS = {"sqlite": lambda folder: SqliteCatalog(folder / "catalog.sqlite", busy_s=5)}
REGISTRIES = {"ledger": lambda folder: Ledger(folder / "schemas.json", lock_s=5)}
