"""Laws of the keyed job that all engines run, and of how its outputs are judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.bench.keyed_job.input import segments
from ops.bench.keyed_job.job import oracle, output_name, step
from ops.bench.keyed_job.metered import Run, metered, spent
from ops.bench.verdict import judge

RECORDS = list(segments(300, 2, cameras=7))
RIGHT = oracle(RECORDS)


def test_the_input_is_always_the_same() -> None:
    assert list(segments(300, 2, cameras=7)) == RECORDS


def test_every_output_names_its_record() -> None:
    assert len({output_name(output) for output in RIGHT}) == len(RECORDS)
    assert all(output.startswith(output_name(value[:40])) for output, (_, value) in zip(RIGHT, RECORDS, strict=True))


@pytest.mark.parametrize("place", [0, 40, 200])
def test_a_lost_update_makes_later_outputs_of_its_camera_wrong(place: int) -> None:
    camera = RECORDS[place][0]
    later = oracle([*RECORDS[:place], *RECORDS[place + 1 :]])
    pairs = zip(RECORDS[place + 1 :], later[place:], RIGHT[place + 1 :], strict=True)
    assert {key for (key, _), found, right in pairs if found != right} == {camera}


@pytest.mark.parametrize(
    ("change", "lost", "duplicated", "wrong"),
    [
        (lambda outputs: outputs, 0, 0, 0),
        (lambda outputs: outputs[::-1], 0, 0, 0),
        (lambda outputs: outputs[5:], 5, 0, 0),
        (lambda outputs: outputs + outputs[:3], 0, 3, 0),
        (lambda outputs: [outputs[0] + b"!", *outputs[1:]], 0, 0, 1),
        (lambda outputs: [*outputs, outputs[0] + b"!"], 0, 0, 1),
    ],
)
def test_outputs_are_judged_by_what_is_missing_repeated_or_false(
    change: Callable[[list[bytes]], list[bytes]], lost: int, duplicated: int, wrong: int
) -> None:
    found = judge(change(list(RIGHT)), RIGHT)
    assert (found.lost, found.duplicated, found.wrong) == (lost, duplicated, wrong)
    assert found.exact == (found.text() == "exact") == (not lost + duplicated + wrong)


def test_the_meter_changes_no_answer_and_counts_every_call(tmp_path: Path) -> None:
    function = metered(Run("nowhere", "job", tmp_path))
    states: dict[bytes, bytes] = {}
    outputs = []
    for key, value in RECORDS:
        states[key], output = function(states.get(key), value)
        outputs.append(output)
    assert outputs == RIGHT
    calls, cpu_s = spent(tmp_path)
    assert calls == len(RECORDS) and cpu_s > 0
    assert step(None, RECORDS[0][1])[1] == RIGHT[0]
