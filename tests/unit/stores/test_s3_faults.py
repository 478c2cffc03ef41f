"""Through slow calls, refusals, lost answers and a dead server nothing is lost or doubled: it only takes longer."""

from __future__ import annotations

import asyncio
import random

import pytest

from app.engine.retry import within_budget
from app.errors import InfrastructureError
from app.settings import Settings
from app.stores.s3 import S3Objects
from app.stores.s3_client import open_s3
from app.stores.s3_parts import LARGEST_PUT_BYTES
from ops.stack.ports import free_ports
from ops.stack.s3 import S3Server, prepare
from tests.buckets import bucket_of
from tests.fault_proxy import EVERY_FAULT, FaultProxy

BUDGET_S = 60.0


def through(proxy: FaultProxy, bucket: Settings) -> Settings:
    return bucket.model_copy(
        update={"s3_endpoint": proxy.endpoint, "s3_answer_timeout_s": 1.0, "s3_connect_timeout_s": 1.0}
    )


async def settled(call):
    """Do it as a stage does: again and again while the store fails."""
    return await within_budget(call, "a test", "porter", BUDGET_S)


async def visit(objects: S3Objects, number: int, body: bytes) -> None:
    """Take one segment the way of the stages: put, got, archived, deleted; every third is kept."""
    key, kept = f"temporary/cam-{number % 3}/{number}.mp4", f"archive/x/{number}.mp4"
    await settled(lambda: objects.put(key, body))

    assert await settled(lambda: objects.get(key)) == body
    if number % 3 == 0:
        await settled(lambda: objects.copy(key, kept))
    await settled(lambda: objects.delete([key]))


async def everything(bucket: Settings) -> dict[str, bytes]:
    async with open_s3(bucket) as objects:
        return {found.key: await objects.get(found.key) async for found in objects.list("")}


@pytest.fixture
def bodies() -> list[bytes]:
    rng = random.Random(5)
    return [rng.randbytes(rng.choice((0, 100, 50_000, 700_000))) for _ in range(40)]


@pytest.mark.parametrize("faults", [EVERY_FAULT, *((one,) for one in EVERY_FAULT)], ids="+".join)
async def test_every_fifth_call_fails_and_the_bucket_is_as_it_should_be(bucket, bodies, faults):
    some = bodies if len(faults) > 1 else bodies[:12]
    async with FaultProxy(bucket.s3_endpoint, faults).running() as proxy:
        async with open_s3(through(proxy, bucket)) as objects:
            await asyncio.gather(*(visit(objects, number, body) for number, body in enumerate(some)))
        assert all(proxy.done[fault] for fault in faults), "no fault, nothing shown"
    wanted = {f"archive/x/{number}.mp4": body for number, body in enumerate(some) if number % 3 == 0}
    assert await everything(bucket) == wanted


async def test_a_server_that_spoke_s3_and_garbles_every_answer_is_tried_again_later(bucket):
    async with (
        FaultProxy(bucket.s3_endpoint, ["garbled answer"], every=1000).running() as proxy,
        open_s3(through(proxy, bucket)) as objects,
    ):
        proxy.every = 1
        with pytest.raises(InfrastructureError, match="its answer is torn, or none of S3"):
            await objects.head("a")


async def test_a_slow_server_only_takes_longer(bucket, bodies):
    async with (
        FaultProxy(bucket.s3_endpoint, latency_s=0.3).running() as proxy,
        open_s3(through(proxy, bucket)) as objects,
    ):
        await asyncio.gather(*(visit(objects, number, body) for number, body in enumerate(bodies[:9])))
    assert sorted(await everything(bucket)) == [f"archive/x/{number}.mp4" for number in (0, 3, 6)]


async def test_a_torn_read_goes_on_where_it_broke(bucket):
    body = random.Random(1).randbytes(2_000_000)
    async with open_s3(bucket) as objects:
        await objects.put("a", body)
    async with FaultProxy(bucket.s3_endpoint, ["torn answer"], every=2).running() as proxy:
        async with open_s3(through(proxy, bucket)) as objects:
            assert await objects.get("a") == body
        assert proxy.done["torn answer"] == 1 and proxy.calls["GET"] == 3, "a list, half, and the other half"


async def test_a_large_object_whose_parts_fail_is_whole_or_not_there(bucket):
    body = random.Random(1).randbytes(LARGEST_PUT_BYTES + 10)
    async with (
        FaultProxy(bucket.s3_endpoint, ["InternalError", "lost answer"], every=2).running() as proxy,
        open_s3(through(proxy, bucket)) as objects,
    ):
        await settled(lambda: objects.put("large", body))
    assert await everything(bucket) == {"large": body}


@pytest.mark.slow
async def test_a_server_that_dies_and_comes_back_has_all_that_it_said_it_has(tmp_path, bodies):
    server = S3Server(tmp_path, free_ports(1)[0], prepare())
    if server.kind == "moto":
        pytest.skip("moto keeps its objects in memory: they die with it")
    server.start()
    try:
        bucket = await asyncio.to_thread(bucket_of, server)
        quick = bucket.model_copy(update={"s3_answer_timeout_s": 1.0, "s3_connect_timeout_s": 1.0})
        async with open_s3(quick) as objects:
            work = asyncio.gather(*(visit(objects, number, body) for number, body in enumerate(bodies)))
            while objects.requests["copy"] < 3:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.kill)
            with pytest.raises(InfrastructureError, match=r"was not reached|no answer"):
                await objects.head("a")
            await asyncio.to_thread(server.start)
            await work
        wanted = {f"archive/x/{number}.mp4": body for number, body in enumerate(bodies) if number % 3 == 0}
        assert await everything(bucket) == wanted
    finally:
        await asyncio.to_thread(server.kill)
