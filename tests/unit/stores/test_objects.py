"""What every object store does, whatever it is made of."""

from __future__ import annotations

import asyncio
import urllib.request

import pytest

from app.errors import MalformedRecord, ObjectVanished
from tests.unit.stores.adapters import OBJECTS, named


@pytest.fixture(params=named(OBJECTS))
async def objects(request, tmp_path):
    async with request.param(tmp_path, request.getfixturevalue) as store:
        yield store


async def keys(objects, prefix):
    return [found.key async for found in objects.list(prefix)]


async def test_what_was_put_is_got(objects):
    await objects.put("temporary/cam/a.mp4", b"video")
    assert await objects.get("temporary/cam/a.mp4") == b"video"


async def test_an_empty_object_is_an_object(objects):
    await objects.put("a/empty", b"")
    assert await objects.get("a/empty") == b""
    assert (await objects.head("a/empty")).size_bytes == 0


async def test_putting_again_replaces(objects):
    await objects.put("a", b"first, and longer")
    await objects.put("a", b"second")
    assert await objects.get("a") == b"second"


async def test_a_missing_object_has_vanished(objects):
    for call in (objects.get("no/such"), objects.copy("no/such", "b")):
        with pytest.raises(ObjectVanished, match=r"object no/such: it is not in the store; .+"):
            await call
    assert await keys(objects, "") == []


async def test_the_head_tells_size_and_time_or_nothing(objects):
    await objects.put("a/b", b"12345")
    found = await objects.head("a/b")
    assert (found.key, found.size_bytes) == ("a/b", 5)
    assert found.modified_us > 1_600_000_000_000_000
    assert await objects.head("a/c") is None
    assert await objects.head("a") is None
    assert await objects.head("a/b/c") is None


async def test_a_copy_is_an_object_of_its_own(objects):
    await objects.put("temporary/a", b"video")
    await objects.copy("temporary/a", "archive/x/a")
    await objects.put("temporary/a", b"other")
    assert await objects.get("archive/x/a") == b"video"
    await objects.delete(["temporary/a"])
    assert await keys(objects, "") == ["archive/x/a"]


async def test_copying_again_changes_nothing(objects):
    await objects.put("a", b"video")
    await objects.copy("a", "b")
    await objects.copy("a", "b")
    await objects.copy("b", "a")
    assert [await objects.get("a"), await objects.get("b")] == [b"video", b"video"]
    assert await keys(objects, "incoming/") == []


async def test_deleting_what_is_not_there_is_no_error(objects):
    await objects.put("a/b", b"1")
    await objects.delete(["a/b", "a/b", "a/c", "x", "a/b/c"])
    await objects.delete([])
    assert await keys(objects, "") == []


async def test_a_list_comes_in_the_order_of_the_keys_bytes(objects):
    wanted = ["a-b/1", "a.mp4", "a/1", "a/2/3", "a/20", "a0", "b/ä", "b/z", "b/é"]
    for key in wanted:
        await objects.put(key, b"")
    assert await keys(objects, "") == sorted(wanted, key=str.encode)


@pytest.mark.parametrize(
    ("prefix", "wanted"),
    [
        ("", ["a/b/1", "a/b/2", "a/bc/3", "ab/4"]),
        ("a/", ["a/b/1", "a/b/2", "a/bc/3"]),
        ("a", ["a/b/1", "a/b/2", "a/bc/3", "ab/4"]),
        ("a/b", ["a/b/1", "a/b/2", "a/bc/3"]),
        ("a/b/", ["a/b/1", "a/b/2"]),
        ("a/b/2", ["a/b/2"]),
        ("a/b/2/", []),
        ("c", []),
    ],
)
async def test_a_prefix_is_a_beginning_of_the_key_not_a_folder(objects, prefix, wanted):
    for key in ("a/b/1", "a/b/2", "a/bc/3", "ab/4"):
        await objects.put(key, b"")
    assert await keys(objects, prefix) == wanted


@pytest.mark.slow
async def test_a_list_goes_on_over_its_pages(objects):
    wanted = [f"temporary/{number:05d}" for number in range(1005)]
    for start in range(0, len(wanted), 100):
        await asyncio.gather(*(objects.put(key, b"") for key in wanted[start : start + 100]))
    assert await keys(objects, "temporary/") == wanted
    assert objects.requests["list"] >= 2


async def test_a_list_may_be_deleted_while_it_is_read(objects):
    for number in range(50):
        await objects.put(f"t/{number:02d}", b"")
    async for found in objects.list("t/"):
        await objects.delete([found.key])
    assert await keys(objects, "t/") == []


IMPOSSIBLE = [
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a//b",
    "a/",
    ".",
    "a/./b",
    "a\0b",
    "a\nb",
    "a\\b",
    "x" * 256,
    "x/" * 600 + "x",
]


@pytest.mark.parametrize("key", IMPOSSIBLE, ids=lambda key: repr(key[:20]))
async def test_an_impossible_key_is_the_records_fault(objects, key):
    for call in (
        objects.put(key, b""),
        objects.get(key),
        objects.head(key),
        objects.delete([key]),
        objects.copy("a", key),
    ):
        with pytest.raises(MalformedRecord, match="object key"):
            await call


async def test_nobody_writes_where_the_store_collects(objects):
    with pytest.raises(MalformedRecord, match="the store's own"):
        await objects.put("incoming/x", b"")


async def test_readers_see_the_old_or_the_new_object_whole(objects):
    old, new = b"o" * 300_000, b"n" * 500_000
    await objects.put("a", old)

    async def write():
        for number in range(20):
            await objects.put("a", new if number % 2 else old)

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await objects.get("a") in (old, new)
    await writing


async def test_objects_come_and_go_in_one_folder_at_once(objects):
    async def visit(number):
        for _ in range(10):
            await objects.put(f"t/day/{number}", b"x")
            await objects.delete([f"t/day/{number}"])

    await asyncio.gather(*(visit(number) for number in range(8)))
    assert await keys(objects, "") == []


async def test_a_link_shows_the_object_to_people_without_a_key(objects):
    await objects.put("archive/x/ä b.jpg", b"picture")
    address = await objects.link("archive/x/ä b.jpg", 60)
    shown = await asyncio.to_thread(urllib.request.urlopen, address)
    assert shown.read() == b"picture"
    with pytest.raises(MalformedRecord, match="object key"):
        await objects.link("../x", 60)


async def test_requests_are_counted_by_verb(objects):
    await objects.put("a", b"1")
    await objects.get("a")
    await objects.head("a")
    await objects.copy("a", "b")
    await objects.delete(["a", "b"])
    await keys(objects, "")
    assert {verb: objects.requests[verb] for verb in ("put", "get", "head", "copy", "delete")} == {
        "put": 1,
        "get": 1,
        "head": 1,
        "copy": 1,
        "delete": 1,
    }
