"""Large objects go to S3 in parts; what a crash left unfinished is listed and removed as keys below `incoming/`."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from app.stores.keys import INCOMING
from app.stores.s3_faults import code_of

PART_BYTES = 8 << 20
LARGEST_PUT_BYTES = 2 * PART_BYTES
ABORT_S = 10.0

Request = Callable[..., Awaitable[Any]]
"""Operation and arguments of the client -> its answer."""


async def put_parts(request: Request, key: str, body: bytes, condition: Mapping[str, str]) -> None:
    """Write an object in parts, several at once; whole on return, given up when a part fails."""
    upload = (await request("create_multipart_upload", Key=key))["UploadId"]
    try:
        sending = [
            request("upload_part", Key=key, UploadId=upload, PartNumber=number, Body=part)
            for number, part in enumerate(_parts(body), start=1)
        ]
        answers = await asyncio.gather(*sending)
        parts = [{"PartNumber": number, "ETag": one["ETag"]} for number, one in enumerate(answers, start=1)]
        await request(
            "complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **condition
        )
    except BaseException:
        await asyncio.shield(_give_up(request, key, upload))
        raise


def etag_of(body: bytes) -> str:
    """Return the ETag that S3 gives to an object that was put as `put` puts it."""
    if len(body) <= LARGEST_PUT_BYTES:
        return _md5(body).hex()
    digests = [_md5(part) for part in _parts(body)]
    return f"{_md5(b''.join(digests)).hex()}-{len(digests)}"


async def unfinished_uploads(request: Request) -> list[tuple[str, datetime]]:
    """Return every upload that was begun and not finished, as a key below `incoming/`, and when it was begun."""
    found: list[tuple[str, datetime]] = []
    going_on: dict[str, str] = {}
    while True:
        page = await request("list_multipart_uploads", **going_on)
        found += [(f"{INCOMING}{one['UploadId']}/{one['Key']}", one["Initiated"]) for one in page.get("Uploads", ())]
        if not page.get("IsTruncated"):
            return found
        going_on = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}


async def abort(request: Request, unfinished_key: str) -> None:
    """Give up an upload by its key below `incoming/`; one that is gone is no error."""
    upload, _, key = unfinished_key.removeprefix(INCOMING).partition("/")
    try:
        await request("abort_multipart_upload", Key=key, UploadId=upload)
    except ClientError as error:
        if code_of(error) != "NoSuchUpload":
            raise


async def _give_up(request: Request, key: str, upload: str) -> None:
    try:
        async with asyncio.timeout(ABORT_S):
            await abort(request, f"{INCOMING}{upload}/{key}")
    except Exception:  # the sweep finds it; what made us give up is what is to be told
        return


def _parts(body: bytes) -> list[bytes]:
    return [body[start : start + PART_BYTES] for start in range(0, len(body), PART_BYTES)]


def _md5(part: bytes) -> bytes:
    return hashlib.md5(part, usedforsecurity=False).digest()
