"""Laws of windows on a real Kafka: their ends are in the log, pending records are its uncommitted tail."""

from __future__ import annotations

import asyncio
import json

from tests.engine.kafka_io import Kafka
from tests.engine.window_stage import UpToFive
from tests.engine.workers import Workers

SCRIPT = "tests/engine/window_stage.py"


async def windows_of(kafka: Kafka, stage: str) -> list[tuple[int, int, list[int]]]:
    """The oracle: every window of the log as it now is."""
    found = []
    by_partition: dict[int, list[tuple[int, dict[str, int]]]] = {}
    for record in await kafka.read(f"{stage}.in"):
        by_partition.setdefault(record.partition, []).append((record.offset, json.loads(record.value)))
    for partition, records in by_partition.items():
        window, first, numbers = UpToFive(), -1, []
        for offset, value in records:
            first = offset if first < 0 else first
            numbers += [value["v"]] if "v" in value else []
            if window.add(value):
                found.append((partition, first, numbers))
                window, first, numbers = UpToFive(), -1, []
    return sorted(found)


async def decided(kafka: Kafka, stage: str) -> list[tuple[int, int, list[int]]]:
    """Return every window that was decided."""
    values = [json.loads(record.value) for record in await kafka.read(f"{stage}.out")]
    return sorted((value["partition"], value["first"], value["numbers"]) for value in values)


async def test_windows_close_by_count_and_after_a_silence_by_a_marker_that_lies_in_the_log(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", ((b"k%d" % n, b'{"v": %d}' % n) for n in range(42)))
    worker = workers.start("a", SCRIPT)
    await kafka.consumed(stage)
    found = await decided(kafka, stage)
    assert found == await windows_of(kafka, stage)
    assert sorted(n for _, _, numbers in found for n in numbers) == list(range(42))
    markers = [record for record in await kafka.read(f"{stage}.in") if b"marker_us" in record.value]
    assert 1 <= len(markers) <= 4, "one for the open window of each partition"
    await asyncio.sleep(5)
    assert len([r for r in await kafka.read(f"{stage}.in") if b"marker_us" in r.value]) == len(markers), (
        "where nothing is pending the timer is silent"
    )
    assert await asyncio.to_thread(worker.terminate) == 0


async def test_a_kill_with_a_window_open_reads_its_records_again_and_decides_it_once(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", ((b"k%d" % n, b'{"v": %d}' % n) for n in range(33)))
    worker = workers.start("a", SCRIPT, SUM_LINGER_S="60")
    await asyncio.to_thread(worker.says, "recovered", times=4)
    await asyncio.sleep(2)
    worker.kill()
    positions = await kafka.positions(stage)
    assert sum(positions.values()) < 33, "open windows are not committed"
    workers.start("a", SCRIPT, SUM_LINGER_S="1")
    await kafka.send(f"{stage}.in", ((b"k%d" % n, b'{"v": %d}' % n) for n in range(33, 40)))
    await kafka.consumed(stage)
    found = await decided(kafka, stage)
    assert found == await windows_of(kafka, stage)
    assert sorted(n for _, _, numbers in found for n in numbers) == list(range(40))
