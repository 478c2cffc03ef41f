"""Who asked what: one line of JSON for each question, only ever added to; plates in it are keyed hashes.

The key lies beside the log and nowhere else: with it the lines of a plate can be found and erased, without it nobody
tells from the log who was looked for.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from app.errors import OperatorError
from app.lake_api.formats import iso
from app.lake_api.question import Question
from app.lake_api.refusals import Unavailable

KEY_BYTES = 32
ERASED = "plate:erased"


class AuditLog:
    """Write down questions; every method blocks for as long as a small write does."""

    def __init__(self, folder: Path) -> None:
        """Open the log of a folder, and make its key; raises OperatorError when that cannot be."""
        self.path, self._key_path = folder / "audit.jsonl", folder / "audit.key"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._key = _key(self._key_path)
            os.close(self._open())
        except OSError as error:
            remedy = "let ROADSIEVE_HOME be a folder that can be written"
            raise OperatorError(f"audit log {self.path}", str(error), remedy) from error

    def line(self, who: str, question: Question | None, verb: str, status: int, rows: int, took_ms: float) -> bytes:
        """Return the line of a question."""
        told = {} if question is None else _told(question, self.plate_hash)
        at = iso(datetime.fromtimestamp(time.time()).astimezone())
        line = {"at": at, "who": who, "verb": verb, "status": status, "rows": rows, "tookMs": round(took_ms, 1), **told}
        return msgspec.json.encode(line) + b"\n"

    def write(self, lines: bytes) -> None:
        """Add lines; raises Unavailable when it cannot be: no answer goes out that the log does not know."""
        self._add(lines, fcntl.LOCK_EX)

    def write_if_free(self, lines: bytes) -> bool:
        """Add lines unless somebody is at the log, and tell whether; waits for nobody, and raises as `write` does."""
        try:
            self._add(lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _add(self, lines: bytes, lock: int) -> None:
        try:
            with self._alone(lock), os.fdopen(self._open(), "ab") as log:
                log.write(lines)
        except BlockingIOError:
            raise
        except OSError as error:
            why = error.strerror or str(error)
            raise Unavailable("audit log", why, "ask whoever runs this to make room for it") from error

    def plate_hash(self, text: str) -> str:
        """Return what stands for a plate in the log."""
        return "plate:" + hmac.new(self._key, text.encode(), sha256).hexdigest()[:32]

    def forget_plate(self, text: str) -> int:
        """Take a plate's hash out of all lines; return how many had it."""
        with self._alone():
            return self._forget(self.plate_hash(text))

    def _forget(self, sought: str) -> int:
        lines = self.path.read_bytes().splitlines(keepends=True)
        found = [line for line in lines if sought.encode() in line]
        if found:
            new = self.path.with_suffix(".new")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(line.replace(sought.encode(), ERASED.encode()) for line in lines)
            new.replace(self.path)
        return len(found)

    @contextmanager
    def _alone(self, lock: int = fcntl.LOCK_EX) -> Iterator[None]:
        # The key's file, since the log is replaced when a plate is erased.
        with self._key_path.open("rb") as key:
            fcntl.flock(key, lock)
            yield

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _told(question: Question, plate_hash: Any) -> dict[str, Any]:
    filters: dict[str, list[list[Any]]] = {}
    for table in question.tables:
        secret = {column.name for column in table.columns if column.tells_plate}
        for one in question.conditions[table.name]:
            values = [plate_hash(value) for value in one.values] if one.column in secret else _plain(one.values)
            filters.setdefault(f"{table.name}.{one.column}", []).append([one.test, *values])
    return {"tables": [table.name for table in question.tables], "filters": filters, "columns": question.columns}


def _plain(values: Iterable[Any]) -> list[Any]:
    return [iso(value) if isinstance(value, datetime) else value for value in values]


def _key(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise OSError(f"{path} is no key of {KEY_BYTES} bytes") from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
    return key
