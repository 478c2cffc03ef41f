"""The bucket as object store: repeats, large objects, what a crash leaves, what is counted; and nothing is public."""

from __future__ import annotations

import asyncio
import logging
import os

import httpx
import pytest

from app.settings import Settings
from app.stores.s3 import PAGE
from app.stores.s3_client import open_s3, s3_client
from app.stores.s3_parts import LARGEST_PUT_BYTES, PART_BYTES
from app.stores.sweep import sweep
from tests.buckets import SECRET_KEY


@pytest.fixture
async def objects(bucket: Settings):
    async with open_s3(bucket) as store:
        yield store


@pytest.fixture
async def client(bucket: Settings):
    """A client of our own, that does what nobody of ours does."""
    async with s3_client(bucket) as one:
        yield one


async def test_a_repeat_of_a_moment_ago_is_left_as_it_is(objects):
    await objects.put("temporary/a", b"video")
    before = await objects.head("temporary/a")
    await objects.put("temporary/a", b"video")
    assert await objects.head("temporary/a") == before
    assert objects.requests == {"put": 2, "head": 3}, "the repeat was refused, looked at, and found equal"


async def test_a_repeat_after_a_while_begins_a_new_life(objects, monkeypatch):
    monkeypatch.setattr("app.stores.s3.REPEAT_S", -1.0)
    await objects.put("temporary/a", b"video")
    await objects.put("temporary/a", b"video")
    assert objects.requests["put"] == 3, "the object would else end its time to live early"


async def test_of_many_that_write_one_key_at_once_each_succeeds_and_one_object_is_there(objects):
    bodies = [bytes([number]) * 1000 for number in range(8)]
    await asyncio.gather(*(objects.put("a", body) for body in bodies))
    assert await objects.get("a") in bodies


async def test_a_large_object_goes_in_parts_and_comes_back_whole(objects, client, bucket):
    body = os.urandom(LARGEST_PUT_BYTES + 1)
    await objects.put("large", body)
    assert objects.requests["put"] == 2 + -(-len(body) // PART_BYTES)
    assert await objects.get("large") == body
    await objects.put("large", body)
    assert [found.size_bytes async for found in objects.list("large")] == [len(body)]
    await objects.copy("large", "copy")
    assert await objects.get("copy") == body
    assert [key async for key in objects.list("incoming/")] == []


async def test_an_upload_that_a_crash_left_is_found_and_given_up_by_the_sweep(objects, client, bucket):
    begun = await client.create_multipart_upload(Bucket=bucket.s3_bucket, Key="archive/x/left")
    await client.upload_part(
        Bucket=bucket.s3_bucket, Key="archive/x/left", UploadId=begun["UploadId"], PartNumber=1, Body=b"half"
    )
    [left] = [found async for found in objects.list("incoming/")]
    assert left.key == f"incoming/{begun['UploadId']}/archive/x/left"
    young = await sweep(objects, left.modified_us + 1_000_000, 2_000_000)
    assert young.incoming == ()
    old = await sweep(objects, left.modified_us + 3_000_000, 2_000_000)
    assert [found.key for found in old.incoming] == [left.key]
    assert [found async for found in objects.list("incoming/")] == []
    await objects.delete([left.key])


async def test_keys_go_a_thousand_a_request(objects):
    await objects.put("a", b"1")
    await objects.delete([f"no/{number}" for number in range(2 * PAGE)] + ["a"])
    assert objects.requests["delete"] == 3
    assert await objects.head("a") is None


async def test_no_more_requests_are_under_way_than_allowed(bucket):
    under_way, most = 0, 0

    def begin(**_):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)

    def end(**_):
        nonlocal under_way
        under_way -= 1

    async with open_s3(bucket.model_copy(update={"objects_at_once": 3})) as objects:
        events = objects._client.meta.events
        events.register("before-send.s3", begin)
        events.register("response-received.s3", end)
        await asyncio.gather(*(objects.put(f"a/{number}", b"x" * 1000) for number in range(20)))
    assert most == 3


async def test_an_object_is_for_nobody_without_a_key(objects, bucket, s3):
    if s3.kind == "moto":
        pytest.skip("moto lets everybody in")
    await objects.put("archive/x/a.jpg", b"picture")
    answer = await asyncio.to_thread(httpx.get, f"{bucket.s3_endpoint}/{bucket.s3_bucket}/archive/x/a.jpg")
    assert answer.status_code == 403
    assert b"picture" not in answer.content


@pytest.mark.parametrize(("old", "new"), [("a.jpg", "b.jpg"), ("Expires=60", "Expires=600")])
async def test_a_link_opens_one_object_for_one_while(objects, s3, old, new):
    if s3.kind == "moto":
        pytest.skip("moto lets everybody in")
    await objects.put("archive/x/a.jpg", b"picture")
    await objects.put("archive/x/b.jpg", b"another")
    address = await objects.link("archive/x/a.jpg", 60)
    assert old in address
    answer = await asyncio.to_thread(httpx.get, address.replace(old, new))
    assert answer.status_code == 403


async def test_no_log_line_tells_a_secret(bucket, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore").setLevel(logging.DEBUG)
    logging.getLogger("aiobotocore").setLevel(logging.DEBUG)
    async with open_s3(bucket) as objects:
        await objects.put("a", b"1")
    assert SECRET_KEY not in caplog.text
    assert "Authorization" not in caplog.text and "Signature" not in caplog.text
    assert SECRET_KEY not in repr(bucket) + repr(vars(objects))
