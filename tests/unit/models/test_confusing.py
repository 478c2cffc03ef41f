"""The table of confusion counts what a network says of what is true, and is one that `evaluate` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.evaluation.confusion import read_confusion
from models.confusing import MISSED, said_of_things, table_of
from models.reading import Found

BOX = (0.0, 0.0, 10.0, 10.0)
NEAR = (0.0, 0.0, 10.0, 8.0)
FAR = (50.0, 0.0, 60.0, 10.0)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], MISSED),
        ([Found("car", 0.9, FAR)], MISSED),
        ([Found("car", 0.4, NEAR)], "car"),
        ([Found("truck", 0.5, NEAR), Found("bus", 0.4, NEAR)], "truck"),
        ([Found("truck", 0.9, BOX), Found("car", 0.4, NEAR)], "car"),
    ],
)
def test_a_thing_is_what_covers_it_its_own_class_first(told: list[Found], said: str) -> None:
    assert said_of_things({"car": [BOX]}, told) == [("car", said)]


def test_rows_are_ratios_and_lack_what_was_missed(tmp_path: Path) -> None:
    table = table_of([("car", "car"), ("car", "truck"), ("car", MISSED), ("car", "car"), ("bus", MISSED)])
    assert table == {"bus": {}, "car": {"car": 0.5, "truck": 0.25}}
    (tmp_path / "confusion.json").write_text(json.dumps({"objects": table, "weather": table_of([("a", "b")])}))
    assert read_confusion(tmp_path / "confusion.json")["objects"]["car"]["truck"] == 0.25
