"""Reading labels: every dialect of names, inclusive boxes made half-open, what is ignored, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import TruthError
from models.truth import read_truths

BOX = {"x1": 10.5, "y1": 20, "x2": 30, "y2": 40}
HALF_OPEN = (10.5, 20.0, 31.0, 41.0)


def written(folder: Path, *entries: object, as_list: bool = False) -> Path:
    file = folder / "labels.json"
    file.write_text(json.dumps(entries) if as_list else "\n".join(json.dumps(entry) for entry in entries) + "\n")
    return file


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize(
    ("category", "boxes", "ignored"),
    [
        ("car", {"car"}, set()),
        ("person", {"pedestrian"}, set()),
        ("motor", {"motorcycle"}, set()),
        ("bike", {"bicycle"}, set()),
        ("rider", {"rider"}, set()),
        ("other person", set(), {"pedestrian", "rider"}),
        ("trailer", set(), {"car", "truck", "bus", "train"}),
        ("lane/crosswalk", set(), set()),
    ],
)
def test_names_of_every_year_are_understood(
    tmp_path: Path, category: str, boxes: set[str], ignored: set[str], as_list: bool
) -> None:
    file = written(tmp_path, {"name": "a.jpg", "labels": [{"category": category, "box2d": BOX}]}, as_list=as_list)
    (truth,) = read_truths(file, ["a.jpg"])
    assert truth.boxes == dict.fromkeys(boxes, (HALF_OPEN,))
    assert truth.ignored == dict.fromkeys(ignored, (HALF_OPEN,))


def test_words_are_those_that_the_label_names(tmp_path: Path) -> None:
    said = {"weather": "rainy", "scene": "undefined", "timeofday": "unknown", "occluded": True}
    file = written(tmp_path, {"name": "a.jpg", "attributes": said}, {"name": "b.jpg", "attributes": None})
    assert [dict(truth.words) for truth in read_truths(file, ["a.jpg", "b.jpg"])] == [{"weather": "rainy"}, {}]
    file = written(tmp_path, {"name": "c.jpg", "attributes": {"weather": None, "scene": "tunnel"}})
    assert dict(read_truths(file, ["c.jpg"])[0].words) == {"scene": "tunnel"}


def test_only_the_pictures_asked_for_are_read_and_one_without_labels_is_empty(tmp_path: Path) -> None:
    lane = {"category": "lane/road curb", "poly2d": []}
    file = written(tmp_path, {"name": "a.jpg", "labels": None}, {"name": "b.jpg"}, {"name": "c.jpg", "labels": [lane]})
    truths = read_truths(file, ["a.jpg", "c.jpg", "d.jpg"])
    assert [(truth.name, dict(truth.boxes)) for truth in truths] == [("a.jpg", {}), ("c.jpg", {})]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "JSONDecodeError"),
        ('{"labels": []}', "KeyError: 'name'"),
        ("[1]", "TypeError"),
        ('{"name": "a.jpg", "labels": [{"category": "car", "box2d": {"x1": 1}}]}', "KeyError: 'y1'"),
        (
            '{"name": "a.jpg", "labels": [{"category": "car", "box2d": {"x1": NaN, "y1": 1, "x2": 2, "y2": 3}}]}',
            "not finite",
        ),
        ('{"name": "b.jpg", "labels": []}', "no label for any of 1 pictures"),
        ("", "no label for any of 1 pictures"),
    ],
)
def test_labels_that_cannot_be_used_are_told(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(content)
    with pytest.raises(TruthError, match=told):
        read_truths(file, ["a.jpg"])


def test_labels_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"labels .*gone\.json: FileNotFoundError.*; give a BDD100K det file"):
        read_truths(tmp_path / "gone.json", ["a.jpg"])
