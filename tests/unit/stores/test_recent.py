"""What a process put lately it need not ask for; bounded in bytes, and never a lie about what is gone here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.engine.resources import Resource
from app.errors import ObjectVanished
from app.settings import Settings
from app.stores.directory import open_directory
from app.stores.recent import PATIENCE_S, RecentObjects

A, B, C, D = (f"temporary/{name}" for name in "abcd")


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def objects(tmp_path: Path, clock: Clock) -> AsyncIterator[RecentObjects]:
    async with open_directory(tmp_path, at_once=2) as store:
        recent = RecentObjects(store, max_bytes=10, clock_s=clock)
        recent.shared_by(2)
        yield recent


async def got_by_request(objects: RecentObjects, *keys: str) -> list[str]:
    """Return the keys that the store was asked for, each got once in this order."""
    asked = []
    for key in keys:
        before = objects.requests["get"]
        assert await objects.get(key) == b"12345"
        asked += [key] * (objects.requests["get"] - before)
    return asked


async def put(objects: RecentObjects, *keys: str) -> None:
    for key in keys:
        await objects.put(key, b"12345")


async def test_what_was_put_here_is_got_without_a_request(objects: RecentObjects) -> None:
    await put(objects, A)
    assert await got_by_request(objects, A, A) == []
    assert dict(objects.requests) == {"put": 1}


async def test_only_what_two_stages_share_is_remembered(tmp_path: Path) -> None:
    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[RecentObjects]:
        async with open_directory(tmp_path, at_once=2) as store:
            yield RecentObjects(store, max_bytes=10)

    porter, detector = Resource(opened), Resource(opened)
    await porter.open()
    await put(porter(), A)
    await detector.open()
    await put(porter(), B)
    assert await got_by_request(detector(), A, B) == [A]
    await detector.close()
    await put(porter(), C)
    assert await got_by_request(porter(), C) == [C]
    await porter.close()


async def test_a_reader_that_lags_finds_the_oldest_and_asks_for_the_newest(objects: RecentObjects) -> None:
    await put(objects, A, B, C)
    assert await got_by_request(objects, A, B, C) == [C]


async def test_what_was_read_makes_room_for_what_was_not(objects: RecentObjects) -> None:
    await put(objects, A, B)
    assert await got_by_request(objects, A) == []
    await put(objects, C)
    assert await got_by_request(objects, B, C, A) == [A]


async def test_of_what_was_read_the_oldest_makes_room(objects: RecentObjects) -> None:
    await put(objects, A, B)
    assert await got_by_request(objects, A, B) == []
    await put(objects, C)
    assert await got_by_request(objects, B, C, A) == [A]


async def test_what_nobody_here_reads_does_not_take_the_room_for_ever(objects: RecentObjects, clock: Clock) -> None:
    await put(objects, A, B)
    clock.now_s = PATIENCE_S + 1
    await put(objects, C, D)
    assert await got_by_request(objects, C, D, A, B) == [A, B]


async def test_what_is_put_into_the_archive_is_not_remembered(objects: RecentObjects) -> None:
    await put(objects, A, B, "archive/a", "archive/b")
    assert await got_by_request(objects, A, B, "archive/a") == ["archive/a"]


async def test_an_object_larger_than_all_is_not_kept_and_pushes_nothing_wrong(objects: RecentObjects) -> None:
    await objects.put(A, b"x" * 11)
    await put(objects, B)
    assert await objects.get(A) == b"x" * 11
    assert objects.requests["get"] == 1
    assert await got_by_request(objects, B) == []


async def test_what_was_deleted_here_has_vanished(objects: RecentObjects) -> None:
    await put(objects, A, B)
    assert await got_by_request(objects, A) == []
    await objects.delete([A, B])
    for key in (A, B):
        with pytest.raises(ObjectVanished):
            await objects.get(key)


async def test_a_copy_over_a_remembered_object_is_seen(objects: RecentObjects) -> None:
    await objects.put(A, b"old")
    await objects.put(B, b"new")
    await objects.copy(B, A)
    assert await objects.get(A) == b"new"


async def test_putting_again_counts_its_bytes_once(objects: RecentObjects) -> None:
    for _ in range(5):
        await put(objects, A)
    await put(objects, B)
    assert await got_by_request(objects, A, B) == []
