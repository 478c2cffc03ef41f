"""Object store in an S3 bucket: each verb of the port is one request, a large put several; nothing is ever public.

An object is written with `If-None-Match: *`: most are new, and one that is there already is not written over in vain.
A repeat after a crash is told by ETag and age; whatever else has the key is replaced.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import stamina
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from app import telemetry
from app.stores.keys import INCOMING, writable_key
from app.stores.objects import ObjectFacts, checked_key
from app.stores.s3_faults import CLIENT_ERRORS, MISSING, THERE_ALREADY, code_of, is_conflict, translated
from app.stores.s3_parts import LARGEST_PUT_BYTES, abort, etag_of, put_parts, unfinished_uploads

PAGE = 1000
CHUNK_BYTES = 1 << 18
REPEAT_S = 60.0  # an equal object that is older is written again, so that its time to live begins anew
TORN_READS = 3
TORN = (aiohttp.ClientPayloadError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError)

VERBS = {
    "PutObject": "put", "CreateMultipartUpload": "put", "UploadPart": "put", "CompleteMultipartUpload": "put",
    "GetObject": "get", "HeadObject": "head", "CopyObject": "copy", "DeleteObjects": "delete",
    "AbortMultipartUpload": "delete", "ListObjectsV2": "list", "ListMultipartUploads": "list",
}  # fmt: skip


class S3Objects:
    """Keep objects in a bucket; at most `at_once` requests are under way, and whoever asks for more waits.

    The client sends a request again itself when the answer says that another try may help, with jitter and a few times
    at most; `deadline_s` bounds all tries of one call together.
    """

    def __init__(self, client: Any, bucket: str, name: str, at_once: int, deadline_s: float) -> None:
        """Take a live client of aiobotocore; `name` is what errors call this store."""
        self.requests: Counter[str] = Counter()
        self._client, self._bucket, self._name = client, bucket, name
        self._slots, self._deadline_s = asyncio.Semaphore(at_once), deadline_s
        client.meta.events.register("before-send.s3", self._count)
        telemetry.store_opened("objects", "s3")

    async def put(self, key: str, body: bytes) -> None:
        """Write an object, durable on return, in place of one that may be there."""
        writable_key(key)
        with self._translated("put", key):
            try:
                await self._write(key, body, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) not in THERE_ALREADY:
                    raise
                if not await self._is_repeat(key, body):
                    await self._write(key, body)
        telemetry.store_moved("objects", "s3", "out", len(body))

    async def get(self, key: str) -> bytes:
        """Return an object's bytes; a read that is torn goes on where it broke, in the same version.

        Raises ObjectVanished.
        """
        checked_key(key)
        body, going_on, torn = bytearray(), dict[str, str](), 0
        with self._translated("get", key):
            async with self._slot():
                while True:
                    answer = await self._client.get_object(Bucket=self._bucket, Key=key, **going_on)
                    try:
                        async with answer["Body"] as stream:
                            async for chunk in stream.iter_chunks(CHUNK_BYTES):
                                body += chunk
                        break
                    except TORN:
                        torn += 1
                        if torn == TORN_READS:
                            raise
                    going_on = {"Range": f"bytes={len(body)}-", "IfMatch": answer["ETag"]}
        telemetry.store_moved("objects", "s3", "in", len(body))
        return bytes(body)

    async def copy(self, source: str, target: str) -> None:
        """Have the server write the object of one key under another; raises ObjectVanished."""
        checked_key(source)
        writable_key(target)
        with self._translated("copy", source):
            await self._request("copy_object", Key=target, CopySource={"Bucket": self._bucket, "Key": source})

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, a thousand a request, and give up unfinished uploads."""
        given = list(dict.fromkeys(keys))
        whole = [checked_key(key) for key in given if not key.startswith(INCOMING)]
        for start in range(0, len(whole), PAGE):
            wanted = {"Objects": [{"Key": key} for key in whole[start : start + PAGE]], "Quiet": True}
            with self._translated("delete"):
                answer = await self._request("delete_objects", Delete=wanted)
                for failed in answer.get("Errors", ()):
                    if failed["Code"] not in MISSING:
                        raise ClientError({"Error": failed}, f"DeleteObjects of {failed['Key']}")
        with self._translated("delete"):
            for key in given:
                if key.startswith(INCOMING):
                    await abort(self._request, key)

    async def head(self, key: str) -> ObjectFacts | None:
        """Return the facts of an object, None when there is none."""
        checked_key(key)
        with self._translated("head", key):
            try:
                found = await self._request("head_object", Key=key)
            except ClientError as error:
                if code_of(error) in MISSING:
                    return None
                raise
        return ObjectFacts(key, found["ContentLength"], _us(found["LastModified"]))

    async def link(self, key: str, valid_s: float) -> str:
        """Return a signed address of an object; nobody is asked for it, and it opens nothing else."""
        wanted = {"Bucket": self._bucket, "Key": checked_key(key)}
        with self._translated("link", key):
            return str(await self._client.generate_presigned_url("get_object", wanted, ExpiresIn=round(valid_s)))

    async def list(self, prefix: str) -> AsyncIterator[ObjectFacts]:
        """Yield objects by prefix, a thousand a request; below `incoming/` the uploads that were never finished."""
        if prefix.startswith(INCOMING):
            with self._translated("list"):
                unfinished = await unfinished_uploads(self._request)
            for key, began in sorted(unfinished):
                if key.startswith(prefix):
                    yield ObjectFacts(key, 0, _us(began))
            return
        going_on: dict[str, str] = {}
        while True:
            with self._translated("list"):
                page = await self._request("list_objects_v2", Prefix=prefix, MaxKeys=PAGE, **going_on)
            for found in page.get("Contents", ()):
                yield ObjectFacts(found["Key"], found["Size"], _us(found["LastModified"]))
            if not page.get("IsTruncated"):
                return
            going_on = {"ContinuationToken": page["NextContinuationToken"]}

    async def _write(self, key: str, body: bytes, **condition: str) -> None:
        if len(body) > LARGEST_PUT_BYTES:
            await put_parts(self._request, key, body, condition)
        else:
            await self._request("put_object", Key=key, Body=body, **condition)

    async def _is_repeat(self, key: str, body: bytes) -> bool:
        """Tell whether these very bytes were written a moment ago, by the server's clock."""
        try:
            found = await self._request("head_object", Key=key)
        except ClientError as error:
            if code_of(error) in MISSING:  # deleted meanwhile
                return False
            raise
        now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
        age_s: float = (now - found["LastModified"]).total_seconds()
        etag: str = found["ETag"].strip('"')
        return age_s < REPEAT_S and etag == etag_of(body)

    @stamina.retry(on=is_conflict, attempts=5, timeout=None, wait_initial=0.05, wait_max=1.0)
    async def _request(self, operation: str, **arguments: Any) -> Any:
        async with self._slot():
            return await getattr(self._client, operation)(Bucket=self._bucket, **arguments)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with self._slots, asyncio.timeout(self._deadline_s):
            yield

    @contextmanager
    def _translated(self, verb: str, key: str = "") -> Iterator[None]:
        with telemetry.store_call("objects", "s3", verb):
            try:
                yield
            except CLIENT_ERRORS as error:
                raise translated(error, self._name, key) from error

    def _count(self, request: Any, event_name: str, **_: Any) -> None:
        self.requests[VERBS[event_name.rpartition(".")[2]]] += 1
        if request.context.get("retries", {}).get("attempt", 1) > 1:
            telemetry.store_retried("objects", "s3")


def _us(when: datetime) -> int:
    return round(when.timestamp() * 1e6)
