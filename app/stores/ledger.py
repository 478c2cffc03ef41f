"""Schema registry in one JSON file: every schema ever registered, with its id; replaced whole, under a lock."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from app import telemetry
from app.errors import InfrastructureError, OperatorError
from app.stores.registry import RegisteredSchema, canonical


class Ledger:
    """Hold schemas in a file; workers read it, `roadsieve topics create` adds to it."""

    def __init__(self, path: Path, lock_s: float) -> None:
        """`lock_s`: how long another process may hold the lock before `register` gives up."""
        self._path, self._lock_s = path, lock_s
        telemetry.store_opened("registry", "ledger")

    async def versions(self, subject: str) -> Sequence[RegisteredSchema]:
        """Return every version of a subject, oldest first; none for an unknown subject or a file that is not there
        yet."""
        with telemetry.store_call("registry", "ledger", "versions"):
            return [schema for schema in await asyncio.to_thread(self._read) if schema.subject == subject]

    async def register(self, subject: str, definition: str) -> RegisteredSchema:
        """Return the version with this definition, added if the subject has none of the same canonical form."""
        with telemetry.store_call("registry", "ledger", "register"):
            return await asyncio.to_thread(self._register, subject, definition)

    def _register(self, subject: str, definition: str) -> RegisteredSchema:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", timeout=self._lock_s):
                schemas = self._read()
                versions = [schema for schema in schemas if schema.subject == subject]
                for schema in versions:
                    if canonical(schema.definition) == canonical(definition):
                        return schema
                number = max((schema.schema_id for schema in schemas), default=0) + 1
                added = RegisteredSchema(number, subject, len(versions) + 1, definition)
                self._replace([*schemas, added])
                return added
        except Timeout as error:
            raise InfrastructureError(
                f"schema ledger {self._path}",
                f"another process has held its lock for {self._lock_s:g} s",
                f"end that process, then remove {self._path}.lock if nobody holds it",
            ) from error
        except OSError as error:
            raise self._unusable(str(error)) from error

    def _read(self) -> list[RegisteredSchema]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))["schemas"]
            return [
                RegisteredSchema(entry["id"], entry["subject"], entry["version"], json.dumps(entry["definition"]))
                for entry in entries
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unusable(f"it cannot be read as a ledger ({type(error).__name__}: {error})") from error

    def _replace(self, schemas: list[RegisteredSchema]) -> None:
        entries = [
            {
                "id": schema.schema_id,
                "subject": schema.subject,
                "version": schema.version,
                "definition": json.loads(schema.definition),
            }
            for schema in schemas
        ]
        aside = self._path.with_name(f"{self._path.name}.new")
        with open(aside, "w", encoding="utf-8") as file:
            json.dump({"schemas": entries}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, self._path)

    def _unusable(self, why: str) -> OperatorError:
        return OperatorError(
            f"schema ledger {self._path}",
            why,
            "restore it from a copy (ids already written into topics must keep their meaning), or let "
            "ROADSIEVE_REGISTRY_PATH name the right file",
        )
