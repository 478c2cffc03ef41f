"""Which value of an attribute a frame shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.curation.attributes import CategoryAttribute, NumericAttribute, PresenceAttribute
from tests.unit.curation.records import POLICY, extracted, frame, run

CLOSED = CategoryAttribute(kind="category", values=("clear", "rainy"), aliases={"wet": "rainy"})


@pytest.mark.parametrize(
    ("said", "value"), [("clear", "clear"), ("wet", "rainy"), ("hail", "other"), ("unknown", "unknown")]
)
def test_a_closed_vocabulary_takes_aliases_and_calls_the_rest_other(said: str, value: str) -> None:
    assert CLOSED.value_of(said) == value


def test_an_open_vocabulary_takes_every_value_and_a_missing_one_is_unknown() -> None:
    toml = POLICY + '[attributes.region]\nkind = "category"\n'
    states, _ = run([extracted([frame(attributes=one)]) for one in ({"region": "Utah"}, {}, {"region": "Utah"})], toml)
    assert {one.value: one.seen for one in states["a"].attributes["region"]} == {"Utah": 2, "unknown": 1}


@pytest.mark.parametrize(
    ("speed_mps", "value"),
    [
        (-1.0, "below 0.5"), (0.5, "0.5 to 8"), (7.9, "0.5 to 8"), (8.0, "from 8"),
        (float("nan"), "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_a_number_falls_into_the_bin_that_begins_at_or_below_it(speed_mps: float | None, value: str) -> None:
    speed = NumericAttribute(kind="numeric", measure="speed_mps", edges=(0.5, 8.0))
    measures = {} if speed_mps is None else {"speed_mps": speed_mps}
    assert speed.value_of(replace(frame(), measures=measures)) == value
    assert value == "unknown" or value in speed.vocabulary()


def test_presence_counts_a_class_once_above_its_score_under_its_own_name() -> None:
    rule = PresenceAttribute(kind="presence", values=("car", "person"), aliases={"pedestrian": "person"}, min_score=0.5)
    seen = frame(objects=("car", "car", "pedestrian", "boat"))
    assert {rule.class_of(label) for label in rule.labels_of(seen)} == {"car", "person", None}
    faint = replace(seen, objects=tuple(replace(one, score=0.4) for one in seen.objects))
    assert not rule.labels_of(faint)
