"""Objects in a Glacier class of S3: written at once, readable some time after somebody asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from app.settings import Settings
from app.stores.s3_client import s3_client
from app.stores.s3_faults import CLIENT_ERRORS, MISSING, code_of, translated

READ_AT_ONCE = frozenset({"STANDARD", "GLACIER_IR"})
ASKED_ALREADY = frozenset({"RestoreAlreadyInProgress"})


@contextmanager
def open_s3_cold(settings: Settings, bucket: str, prefix: str) -> Iterator[S3Cold]:
    """Open a place for cold objects for one command; it blocks, and raises OperatorError without a client."""
    with asyncio.Runner() as runner:
        made = s3_client(settings)
        client = runner.run(made.__aenter__())
        try:
            yield S3Cold(runner, client, bucket, prefix, settings.lake_cold_class)
        finally:
            runner.run(made.__aexit__(None, None, None))


class S3Cold:
    """Cold objects of one bucket below one prefix; a deadline is the client's own."""

    costs = True

    def __init__(self, runner: asyncio.Runner, client: Any, bucket: str, prefix: str, storage_class: str) -> None:
        self._runner, self._client = runner, client
        self._bucket, self._prefix, self._class = bucket, prefix, storage_class

    def put(self, place: str, body: bytes) -> None:
        """Write an object whole, in place of an older one."""
        self._ask("put_object", place, Body=body, StorageClass=self._class)

    def remove(self, place: str) -> None:
        """Remove an object; one that is gone already is no error."""
        self._ask("delete_object", place)

    def request(self, place: str, days: int, tier: str) -> None:
        """Ask that an object can be read for some days; asking again is no error."""
        if self._class in READ_AT_ONCE:
            return
        wanted = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
        self._ask("restore_object", place, ASKED_ALREADY, RestoreRequest=wanted)

    def is_ready(self, place: str) -> bool:
        """Tell whether an object can be read now."""
        head = self._ask("head_object", place, MISSING)
        if head is None:
            return False
        if head.get("StorageClass", "STANDARD") in READ_AT_ONCE:
            return True
        return 'ongoing-request="false"' in head.get("Restore", "")

    def path_of(self, place: str) -> str:
        """Return the path by which a table can name an object that is ready."""
        return f"s3://{self._bucket}/{self._prefix}/{place}"

    def _ask(self, operation: str, place: str, no_error: frozenset[str] = frozenset(), **more: Any) -> Any:
        try:
            return self._runner.run(
                getattr(self._client, operation)(Bucket=self._bucket, Key=f"{self._prefix}/{place}", **more)
            )
        except CLIENT_ERRORS as error:
            if isinstance(error, ClientError) and code_of(error) in no_error:
                return None
            raise translated(error, f"S3 object {self._prefix}/{place} of bucket {self._bucket}") from error
