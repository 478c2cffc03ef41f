"""Laws of a worker process: several stages in one, what it shows, and what it survives."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.engine.store import Meta, PartitionStore
from ops.broker.cluster import Cluster
from tests.engine.exactness import verdict
from tests.engine.kafka_io import BIG, COMPACT, Kafka
from tests.engine.workers import Workers


def numbers(count: int, start: int = 0) -> list[tuple[bytes, bytes]]:
    return [(b"k%d" % (n % 10), b'{"v": %d}' % n) for n in range(start, start + count)]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def fetched(url: str) -> bytes:
    async with httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    return answer.content


async def test_two_stages_in_one_process_share_a_resource_show_metrics_and_drain(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    changelogs = {f"roadsieve.{stage}-{which}-changelog": COMPACT for which in ("one", "two")}
    await kafka.create(
        {f"{stage}.in": {}, f"{stage}.middle": {}, f"{stage}.out": {}, "dead.letters": BIG, **changelogs}
    )
    port = free_port()
    worker = workers.start("a", "tests/engine/two_stages.py", ROADSIEVE_WEB_PORT=str(port))
    await kafka.send(f"{stage}.in", numbers(300))
    async with asyncio.timeout(100):
        while len(out := await kafka.read(f"{stage}.out")) < 300:
            await asyncio.sleep(0.2)
    assert sorted(json.loads(record.value)["v"] for record in out) == list(range(300))
    assert sorted(json.loads(record.value)["number"] for record in out if record.key == b"k3") == list(range(1, 31))
    shown: list[dict[str, Any]] = []
    async with asyncio.timeout(100):
        while not shown or sum(one["records"] for one in shown) < 600 or any(one["lag"] for one in shown):
            await asyncio.sleep(0.2)  # shown is a sample of each second
            shown = json.loads(await fetched(f"http://127.0.0.1:{port}/progress/"))
    assert {(one["stage"], one["state"]) for one in shown} == {(f"{stage}-one", "running"), (f"{stage}-two", "running")}
    assert sum(one["records"] for one in shown) == 600
    assert all(one["lag"] == 0 for one in shown), "markers behind the last record are no lag"
    metrics = (await fetched(f"http://127.0.0.1:{port}/metrics/")).decode()
    counted = [line for line in metrics.splitlines() if line.startswith("roadsieve_records_total{") and "-two" in line]
    assert sum(float(line.split()[-1]) for line in counted) == 300
    assert await asyncio.to_thread(worker.terminate) == 0
    assert worker.log.count("counter opened") == worker.log.count("counter closed") == 1


async def test_a_second_worker_on_the_same_disk_takes_over_from_a_frozen_one(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    """The frozen owner holds the locks of its stores; its successor works on spare copies."""
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", numbers(200))
    frozen = workers.start("a")
    await kafka.consumed(stage)
    frozen.freeze()
    heir = workers.start("b", ROADSIEVE_HOME=str(frozen.folder))
    await kafka.send(f"{stage}.in", numbers(200, 200))
    await kafka.consumed(stage)
    assert "another process has this state open" in heir.log
    frozen.thaw()
    await kafka.send(f"{stage}.in", numbers(200, 400))
    await kafka.consumed(stage)
    assert (await verdict(kafka, stage)).exact


async def test_a_row_that_cannot_be_read_ends_the_process_and_blames_no_record(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage, partitions=1)
    worker = workers.start("a")
    await kafka.send(f"{stage}.in", [(b"k", b'{"v": 1}')])
    await kafka.consumed(stage)
    await asyncio.to_thread(worker.terminate)
    path = worker.folder / "state" / f"roadsieve.{stage}" / f"roadsieve.{stage}-sums-changelog" / "0"
    store = PartitionStore(path)
    store.write([(b"k", b"\xff")], store.meta)
    store.close()
    await kafka.send(f"{stage}.in", [(b"k", b'{"v": 2}')])
    worker.start()
    assert await asyncio.to_thread(worker.wait) == 78
    assert f"row 'k' of roadsieve.{stage}-sums-changelog: it cannot be read" in worker.log
    assert not [r for r in await kafka.read("dead.letters") if json.loads(r.value)["stage"] == stage]


def test_a_disk_that_refuses_writes_is_said_with_its_path(tmp_path: Path) -> None:
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=4m tmpfs {tmp_path} 2>/dev/null"):
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        store = PartitionStore(tmp_path / "0")

        def fill() -> None:
            for n in range(100):
                store.write([(b"k%d" % n, os.urandom(1 << 20))], Meta(n, n, 0, b"12345678"))

        with pytest.raises(OSError, match=r"/0: state cannot be written: .*is the disk full\?"):
            fill()
    finally:
        os.system(f"umount -l {tmp_path}")


@pytest.mark.slow
async def test_brokers_that_die_one_after_the_other_lose_and_repeat_nothing(
    cluster3: Cluster, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUM_NAME", stage)
    kafka, workers = Kafka(cluster3.bootstrap), Workers(cluster3.bootstrap, tmp_path)
    await kafka.create_for(stage, partitions=6, replicas=3)
    try:
        for name in ("a", "b"):
            workers.start(name, ROADSIEVE_BATCH_RECORDS="50")
        for start, node in ((0, 1), (2000, 2), (4000, 3)):
            await kafka.send(f"{stage}.in", numbers(2000, start))
            await asyncio.to_thread(cluster3.kill, node)
            workers.restart_dead()
            await asyncio.sleep(3)
            await asyncio.to_thread(cluster3.start_node, node)
        async with asyncio.timeout(90):
            while True:
                workers.restart_dead()
                try:
                    await kafka.consumed(stage, 5)
                    break
                except AssertionError:
                    continue
        found = await verdict(kafka, stage)
        assert found.exact, found
        assert found.outputs == 6000
    finally:
        for worker in workers.all.values():
            worker.send(signal.SIGKILL)
        workers.kill_all()
