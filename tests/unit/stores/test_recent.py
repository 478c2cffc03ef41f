"""What a process put lately it need not ask for; bounded in bytes, and never a lie about what is gone here."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ObjectVanished
from app.stores.directory import DirectoryObjects
from app.stores.recent import RecentObjects


@pytest.fixture
def objects(tmp_path: Path):
    store = RecentObjects(DirectoryObjects(tmp_path, at_once=2), max_bytes=10)
    yield store
    store.close()


async def test_what_was_put_here_is_got_without_a_request(objects: RecentObjects) -> None:
    await objects.put("a", b"12345")
    assert await objects.get("a") == b"12345"
    assert dict(objects.requests) == {"put": 1}


async def test_the_oldest_are_forgotten_beyond_the_bytes_and_come_from_the_store(objects: RecentObjects) -> None:
    for key in "abc":
        await objects.put(key, b"12345")
    assert [await objects.get(key) for key in "abc"] == [b"12345"] * 3
    assert objects.requests["get"] == 1


async def test_an_object_larger_than_all_is_not_kept_and_pushes_nothing_wrong(objects: RecentObjects) -> None:
    await objects.put("large", b"x" * 11)
    await objects.put("small", b"1")
    assert await objects.get("large") == b"x" * 11
    assert await objects.get("small") == b"1"
    assert objects.requests["get"] == 1


async def test_what_was_deleted_here_has_vanished(objects: RecentObjects) -> None:
    await objects.put("a", b"1")
    await objects.delete(["a"])
    with pytest.raises(ObjectVanished):
        await objects.get("a")


async def test_a_copy_over_a_remembered_object_is_seen(objects: RecentObjects) -> None:
    await objects.put("a", b"old")
    await objects.put("b", b"new")
    await objects.copy("b", "a")
    assert await objects.get("a") == b"new"


async def test_putting_again_counts_its_bytes_once(objects: RecentObjects) -> None:
    for _ in range(5):
        await objects.put("a", b"12345")
    await objects.put("b", b"12345")
    assert [await objects.get(key) for key in "ab"] == [b"12345"] * 2
    assert objects.requests["get"] == 0
