"""Laws of the set-up: what is wrong is said in one line before any work, with an exit code that tells."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from tests.engine.kafka_io import BIG, COMPACT, Kafka
from tests.engine.workers import ROOT, Workers


async def ended(workers: Workers, code: int, **env: str) -> str:
    """Start a worker, expect it to end with a code; return its last line."""
    worker = workers.start("a", **env)
    assert await asyncio.to_thread(worker.wait, 60) == code, worker.log
    return worker.log.strip().splitlines()[-1]


async def test_a_broker_that_is_not_there_is_said_in_one_line(workers: Workers) -> None:
    line = await ended(workers, 78, ROADSIEVE_KAFKA="127.0.0.1:1")
    assert "Kafka at 127.0.0.1:1" in line
    assert "roadsieve broker start" in line


async def test_missing_topics_are_named_all_at_once(kafka: Kafka, workers: Workers, stage: str) -> None:
    await kafka.create({f"{stage}.out": {}, "dead.letters": BIG})
    line = await ended(workers, 78)
    assert f"topic {stage}.in is missing" in line
    assert f"topic roadsieve.{stage}-sums-changelog is missing" in line
    assert f"topic {stage}.out" not in line
    assert "roadsieve topics create" in line


@pytest.mark.parametrize(
    ("partitions", "changelog", "out", "words"),
    [
        (3, COMPACT, {}, "has 4 partitions"),
        (4, {"cleanup.policy": "delete", "max.message.bytes": "10485760"}, {}, "must be compact"),
        (4, {"cleanup.policy": "compact,delete", "max.message.bytes": "10485760"}, {}, "must be compact"),
        (4, COMPACT, {"max.message.bytes": "1000"}, "takes messages of 1000 bytes, the stage may send 307200"),
    ],
)
async def test_topics_that_would_lose_state_or_refuse_records_are_refused_before_any_work(
    kafka: Kafka,
    workers: Workers,
    stage: str,
    partitions: int,
    changelog: dict[str, str],
    out: dict[str, str],
    words: str,
) -> None:
    await kafka.create({f"{stage}.in": {}, f"{stage}.out": out, "dead.letters": BIG})
    await kafka.create({f"roadsieve.{stage}-sums-changelog": changelog}, partitions)
    assert words in await ended(workers, 78)


async def test_a_budget_that_outlasts_the_watchdog_is_refused(kafka: Kafka, workers: Workers, stage: str) -> None:
    await kafka.create_for(stage)
    line = await ended(workers, 78, ROADSIEVE_STALL_S="10", ROADSIEVE_RETRY_BUDGET_S="10")
    assert "stall_s=10 must exceed" in line


async def test_a_source_created_anew_is_refused_and_not_taken_for_an_empty_one(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", ((b"k%d" % n, b'{"v": 1}') for n in range(100)))
    worker = workers.start("a")
    await kafka.consumed(stage)
    await asyncio.to_thread(worker.terminate)
    await kafka.delete(f"{stage}.in")
    await kafka.create_for(stage)
    assert "it was created anew" in await ended(workers, 78)


async def test_an_agent_that_hangs_is_ended_by_the_watchdog(kafka: Kafka, workers: Workers, stage: str) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", [(b"k", b'{"v": 1}')])
    line = await ended(workers, 70, SUM_PAUSE_S="10000", ROADSIEVE_STALL_S="4", ROADSIEVE_RETRY_BUDGET_S="1")
    assert f"no progress for 4 s: {stage}.in/" in line


async def test_an_idle_worker_is_not_taken_for_a_stalled_one(kafka: Kafka, workers: Workers, stage: str) -> None:
    await kafka.create_for(stage)
    # its own transactions leave a marker behind the last record of a topic: the end is never reached by records alone
    await kafka.send(f"{stage}.in", ((b"k%d" % n, b'{"v": 1}') for n in range(50)))
    worker = workers.start("a", ROADSIEVE_STALL_S="4", ROADSIEVE_RETRY_BUDGET_S="1")
    await kafka.consumed(stage)
    await asyncio.sleep(7)
    assert worker.running
    assert await asyncio.to_thread(worker.terminate) == 0


async def test_a_dependency_that_stays_down_ends_the_process_with_its_name(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", [(b"k", b'{"v": 1, "refuse": true}')])
    line = await ended(workers, 70, SUM_ASK_S="0.01", ROADSIEVE_RETRY_BUDGET_S="1")
    assert "BudgetSpent" in line
    assert "ConnectionRefusedError" in line


async def test_faust_shows_a_stage_like_any_agent() -> None:
    shown = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "faust", "-A", "tests.engine.sum_stage", "--json", "agents"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    agent = {"name": "@sum", "topic": "sum.in", "help": "Emit (count, sum) after every record."}
    assert json.loads(shown.stdout) == [agent], shown.stderr
