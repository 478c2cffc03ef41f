"""Objects of any bucket that a user names as s3://BUCKET/PREFIX: what lies there, and one of them into a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import InfrastructureError, MalformedRecord
from app.settings import Settings
from app.stores.s3 import CHUNK_BYTES, PAGE, TORN, TORN_READS
from app.stores.s3_client import s3_client
from app.stores.s3_faults import CLIENT_ERRORS, translated

SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as a list of its bucket tells it."""

    bucket: str
    key: str
    size_bytes: int
    etag: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


class S3Folder:
    """Look into buckets with one client."""

    def __init__(self, client: Any, where: str) -> None:
        self._client, self._where = client, where

    async def below(self, address: str) -> list[ListedObject]:
        """Return the objects whose keys begin as an address says, in order; raises MalformedRecord when it is none."""
        bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
        if not address.startswith(SCHEME) or not bucket:
            raise MalformedRecord(f"address {address}", "it names no bucket", "say s3://BUCKET/PREFIX")
        found: list[ListedObject] = []
        going_on: dict[str, str] = {}
        while True:
            with self._translated(bucket):
                page = await self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=PAGE, **going_on)
            found += [ListedObject(bucket, one["Key"], one["Size"], one["ETag"]) for one in page.get("Contents", ())]
            if not page.get("IsTruncated"):
                return found
            going_on = {"ContinuationToken": page["NextContinuationToken"]}

    async def fetch(self, listed: ListedObject, target: Path) -> None:
        """Write an object to a file, a chunk at a time; a read that is torn goes on where it broke.

        Raises ObjectVanished, OperatorError and InfrastructureError.
        """
        going_on, torn = {"IfMatch": listed.etag}, 0
        with self._translated(listed.bucket, listed.key), target.open("wb") as file:
            while True:
                try:
                    answer = await self._client.get_object(Bucket=listed.bucket, Key=listed.key, **going_on)
                    async with answer["Body"] as stream:
                        async for chunk in stream.iter_chunks(CHUNK_BYTES):
                            await asyncio.to_thread(_write, file, target, chunk)
                    return
                except TORN:
                    torn += 1
                    if torn == TORN_READS:
                        raise
                going_on["Range"] = f"bytes={file.tell()}-"

    @contextmanager
    def _translated(self, bucket: str, key: str = "") -> Iterator[None]:
        try:
            yield
        except CLIENT_ERRORS as error:
            raise translated(error, f"S3 bucket {bucket} at {self._where}", key) from error


@asynccontextmanager
async def open_s3_folder(settings: Settings) -> AsyncIterator[S3Folder]:
    """Open a client by the settings of the object store, whatever its own bucket."""
    async with s3_client(settings) as client:
        yield S3Folder(client, settings.s3_endpoint or "AWS")


def _write(file: Any, target: Path, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise InfrastructureError(f"file {target}", str(error.strerror or error), "make room for it") from error
