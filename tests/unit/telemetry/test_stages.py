"""Laws of the stages' figures: bounded labels, and gauges that leave with their partition."""

from __future__ import annotations

from app.errors import OutputTooLarge
from app.telemetry import dead_lettered, gauge, partition_gone, stage_opened, state_size
from app.telemetry.declare import REGISTRY


def samples(stage: str) -> dict[str, float]:
    """Return the values of a stage's series by name and the labels beside the stage."""
    return {
        f"{sample.name}{sorted(v for k, v in sample.labels.items() if k != 'stage')}": sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("stage") == stage
    }


def test_a_partition_that_moved_away_leaves_no_gauge_behind() -> None:
    before = samples("moves")
    gauge("moves", 3, state=2, lag=5, lag_s=1.5, held_records=4, held_bytes=400, asks=1)
    state_size("moves", 3, 1000, 10)
    assert samples("moves")["roadsieve_lag_seconds['3']"] == 1.5
    partition_gone("moves", 3)
    assert {name for name in samples("moves") if "['3']" in name} == set()
    partition_gone("moves", 3)
    assert before == {}


def test_a_dead_letter_is_counted_by_a_class_of_the_error_tree() -> None:
    stage_opened("letters-test")
    shown = {name for name in samples("letters-test") if name.startswith("roadsieve_dead_letters_total")}
    dead_lettered("letters-test", "item", [], OutputTooLarge("a", "b", "c"))
    dead_lettered("letters-test", "item", [], KeyError("x"))
    assert samples("letters-test")["roadsieve_dead_letters_total['OutputTooLarge']"] == 1
    assert samples("letters-test")["roadsieve_dead_letters_total['defect']"] == 1
    assert {name for name in samples("letters-test") if name.startswith("roadsieve_dead_letters_total")} == shown
