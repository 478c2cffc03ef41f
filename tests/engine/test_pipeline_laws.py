"""Laws of one partition's pipeline, without Kafka: whatever happens, outputs and rows are those of a plain loop."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.batch import Batch
from app.engine.poison import StageDefect
from app.engine.ports import Fenced
from tests.engine.memory import Broker, MemoryTransactor, Steps, run_virtual
from tests.engine.pipeline_rig import (
    OUT,
    POISON,
    Plan,
    drain,
    numbered,
    pipeline_of,
    plain_loop,
    plans,
    results,
    run_with_crashes,
    stage_of,
)  # fmt: skip

values = st.lists(
    st.one_of(st.integers(0, 99), st.integers(0, 99), st.sampled_from(sorted(POISON.values()))), max_size=25
)


@settings(max_examples=120, deadline=None)
@given(values, plans, st.lists(st.integers(1, 60), max_size=6))
def test_batch_size_linger_ask_order_and_crashes_do_not_show_in_outputs_rows_and_letters(given_values, plan, crashes):
    records = numbered(given_values)
    outputs, rows, dead = plain_loop(records, plan.asks)
    broker = run_with_crashes(plan, records, crashes)
    assert results(broker) == (sorted(outputs), rows, dead)


def test_a_crash_at_any_single_await_repeats_the_same_result():
    records = numbered([1, 2, POISON["apply"], 3, 4, POISON["undecodable"], 5, 6, 7, POISON["oversize"], 8, 9])
    plan = Plan(asks=True, fetch=2, batch_records=3)
    expected = results(run_with_crashes(plan, records, []))
    assert len(expected[0]) == 9
    for crash_at in range(1, 45):
        assert results(run_with_crashes(plan, records, [crash_at])) == expected, crash_at


@pytest.mark.parametrize("asks", [False, True])
def test_outputs_of_a_key_keep_the_order_of_its_records(asks):
    broker = run_with_crashes(Plan(asks=asks, flaky=0.3), numbered(list(range(60))), [25, 31])
    for (topic, _), records in broker.outputs.items():
        offsets = [json.loads(value)[0] for _, value in records]
        assert topic == "out"
        assert offsets == sorted(offsets)


@pytest.mark.parametrize("which", sorted(POISON))
@pytest.mark.parametrize("place", [0, 3, 7])
def test_poison_is_isolated_wherever_it_lies_and_its_letter_names_the_reason(which, place):
    given_values: list[Any] = list(range(8))
    given_values[place] = POISON[which]
    broker = run_with_crashes(
        Plan(batch_records=8, fetch=8, ahead_bytes=1 << 20, linger_s=9, asks=which == "ask"), numbered(given_values), []
    )
    (letter,) = [json.loads(v) for (topic, _), rs in broker.outputs.items() if topic == "letters" for _, v in rs]
    assert bytes.fromhex(letter["value"]) == POISON[which]
    assert letter["source_topic"] == "in"
    expected = {
        "undecodable": "MalformedRecord",
        "apply": "TypeError",
        "ask": "DataError",
        "oversize": "OutputTooLarge",
    }
    assert letter["error"] == expected[which]
    if which == "oversize":
        assert "400" in letter["reason"]
        assert str(OUT.max_message_bytes) in letter["reason"]
    assert broker.commits == 1, "the rest of the batch is applied as one batch"


def test_a_batch_that_fails_only_as_a_whole_is_a_defect_of_the_stage_and_dead_letters_nothing():
    async def only_pairs(batch: Batch[Any, Any]) -> None:
        if len(batch) > 1:
            raise ValueError("too many")

    async def main() -> None:
        broker = Broker()
        for key, value in numbered([1, 2, 3, 4]):
            broker.append(value, key)
        plan = Plan(batch_records=4, fetch=4)
        pipeline, _ = pipeline_of(stage_of(plan, apply=only_pairs), plan, broker, Steps())
        with pytest.raises(StageDefect):
            await pipeline.run()
        assert not broker.outputs

    run_virtual(main)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(1, 3000))
def test_what_is_held_stays_within_its_bounds_of_count_and_bytes(records, size_bytes):
    async def main() -> None:
        broker = Broker()
        for n in range(60):
            broker.append(json.dumps({"v": n, "fill": "y" * (n * 7 % 200)}).encode(), b"k")
        plan = Plan(batch_records=5, ahead_records=records, ahead_bytes=size_bytes, commit_s=1.0)
        pipeline, _ = pipeline_of(stage_of(plan), plan, broker, Steps())
        ahead = pipeline.ahead
        highest = [0, 0]
        release = ahead.release

        def measured(records: int, size_bytes: int) -> None:
            highest[:] = max(highest[0], ahead.held_records), max(highest[1], ahead.held_bytes)
            release(records, size_bytes)

        ahead.release = measured  # type: ignore[method-assign]  # a spy
        await drain(pipeline, broker, lambda: broker.end)
        assert highest[0] <= records
        assert highest[1] < size_bytes + 300, "the last record read may pass the bound, no other"

    run_virtual(main)


def test_a_fenced_pipeline_commits_nothing_and_says_so():
    async def main() -> None:
        broker = Broker()
        for key, value in numbered([1, 2, 3]):
            broker.append(value, key)
        plan = Plan()
        pipeline, _ = pipeline_of(stage_of(plan), plan, broker, Steps())
        MemoryTransactor(broker, Steps())  # a newer owner
        with pytest.raises(Fenced):
            await pipeline.run()
        assert not broker.outputs

    run_virtual(main)
