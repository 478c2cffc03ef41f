"""Labels are read in every dialect, and what is odd about them is said."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import OperatorError
from app.evaluation.labels import Findings, Label
from app.evaluation.reading import compare_with, read_labels
from app.policy_files import read_policy

BOX = {"x1": 1, "y1": 2, "x2": 30, "y2": 40}
NESTED = {"name": "a", "attributes": {"weather": "rainy"}}
PICTURE = {"name": "a.jpg", "attributes": {"weather": "rainy"}, "labels": [{"category": "car", "box2d": BOX}]}


def read(tmp_path: Path, content: object, name: str = "labels.json") -> tuple[list[Label], Findings]:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    findings = Findings()
    return read_labels(path, findings), findings


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ([PICTURE], "det_20.json"),
        ({"frames": [PICTURE], "config": {}}, "scalabel.json"),
        (json.dumps(PICTURE) + "\n\n", "one.jsonl"),
        (json.dumps(PICTURE) + "\n" + json.dumps(PICTURE | {"name": "b.jpg"}), "two.jsonl"),
        (NESTED | {"frames": [{"timestamp": 1, "objects": PICTURE["labels"]}]}, "2018.json"),
    ],
)  # fmt: skip
def test_every_dialect_says_the_same(tmp_path: Path, content: object, name: str) -> None:
    labels, findings = read(tmp_path, content, name)
    assert labels[0].clip == "a"
    assert labels[0].attributes == {"weather": "rainy"}
    assert [one.label for one in labels[0].objects] == ["car"]
    assert labels[0].objects[0].x2_px == 31.0
    assert not findings.counts


def test_a_csv_gives_words_as_attributes_and_numbers_as_measures(tmp_path: Path) -> None:
    text = "image_name,weather,brightness\na.jpg,rainy,0.25\nb.jpg,undefined,nan\na.jpg,clear,1\n,clear,1\n"
    labels, findings = read(tmp_path, text, "attributes.csv")
    assert [(one.name, one.attributes, one.measures) for one in labels] == [
        ("a.jpg", {"weather": "rainy"}, {"brightness": 0.25}),
        ("b.jpg", {}, {}),
    ]
    assert findings.counts == {
        "measure brightness that is not finite, left out": 1,
        "picture listed again, left out": 1,
        "row without a name": 1,
    }


def boxed(**corners: object) -> dict[str, object]:
    return {"name": "b.jpg", "labels": [{"category": "car", "box2d": BOX | corners}]}


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        ({"attributes": {}}, "entry without a name"),
        (["no object"], "entry that is no object"),
        (PICTURE, "picture listed again, left out"),
        (boxed(x1=float("nan")), "box that is not finite"),
        (boxed(x1="wide"), "box that is not four numbers"),
        ({"name": "b.jpg", "labels": [{"category": "car"}]}, "object without a box"),
        ({"name": "b.jpg", "labels": [{"box2d": BOX}]}, "object without a category"),
        ({"name": "b.jpg", "attributes": {"weather": 3}}, "attribute weather that is no word"),
        ({"name": "b.jpg", "attributes": ["rainy"]}, "attributes that are no object"),
        ({"name": "b.jpg", "labels": {"car": 1}}, "labels that are no list"),
    ],
)  # fmt: skip
def test_what_is_odd_is_counted_and_the_rest_is_read(tmp_path: Path, picture: object, found: str) -> None:
    labels, findings = read(tmp_path, [PICTURE, picture])
    assert labels[0].name == "a.jpg"
    assert [what for what in findings.counts if what.startswith(found)]
    assert findings.lines()[0].startswith("1 x ")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("b.jpg,rainy,nan", "measure speed that is not finite"),
        ("b.jpg,rainy", "row with more or fewer columns"),
        ("b.jpg,rainy,1,2", "row with more or fewer columns"),
        (",rainy,1", "row without a name"),
        ("a.jpg,rainy,1", "picture listed again"),
    ],
)
def test_what_is_odd_in_a_csv_is_counted_too(tmp_path: Path, row: str, found: str) -> None:
    labels, findings = read(tmp_path, f"name,weather,speed\na.jpg,clear,1\n{row}\n", "labels.csv")
    assert labels[0].name == "a.jpg"
    assert [what for what in findings.counts if what.startswith(found)]


words = st.sampled_from(["name", "attributes", "labels", "frames", "objects", "box2d", "category", "x1", "weather", ""])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=50)
@given(st.lists(anything, min_size=1, max_size=4))
def test_whatever_json_holds_it_is_read_counted_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    with contextlib.suppress(OperatorError):  # refused in words; nothing else may come out
        labels, _ = read(tmp_path_factory.mktemp("any"), content)
        assert all(label.name for label in labels)


def test_roads_and_lanes_are_no_objects_and_no_oddity(tmp_path: Path) -> None:
    lane = {"category": "lane/road curb", "poly2d": []}
    labels, findings = read(tmp_path, [PICTURE | {"labels": [lane]}])
    assert labels[0].objects == ()
    assert not findings.counts


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        ("", "empty.json", "is empty"),
        ("[]", "none.json", "no picture that can be used"),
        ("{", "broken.json", "not JSON"),
        (json.dumps(PICTURE) + "\n{\n", "broken.jsonl", "not JSON"),
        ("7", "number.json", "neither a list"),
        ("weather\nclear\n", "nameless.csv", "no column names the pictures"),
        ("x", "labels.xml", "no labels are read from .xml"),
        ([{"labels": []}], "nameless.json", "no picture that can be used"),
    ],
)
def test_a_file_that_holds_no_labels_is_refused_by_name(tmp_path: Path, content: object, name: str, why: str) -> None:
    with pytest.raises(OperatorError, match=why) as caught:
        read(tmp_path, content, name)
    assert name in str(caught.value)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no such file"):
        read_labels(tmp_path / "none.json", Findings())


def test_what_the_policy_does_not_name_is_reported() -> None:
    _, policy = read_policy(None)
    findings = Findings()
    label = Label("a", "a", {"weather": "hail", "mood": "good"}, (), {"tilt": 1.0})
    compare_with(policy, [label], findings)
    assert sorted(findings.counts) == [
        "attribute mood that the policy does not name: plays no part",
        "measure tilt that the policy does not name: plays no part",
        "value weather=hail outside the vocabulary: counted as other",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "pictures"),
    [
        ("native/det_20_sample.json", 2),
        ("native/0a0a0b1a-27d9fc44.json", 1),
        ("native/scalabel_track_sample_anns.json", 202),
        ("native/scalabel_bbox_predictions.json", 202),
        ("attributes_val_A.csv", 4965),
        ("det_val_A.jsonl", 4965),
    ],
)
def test_real_files_are_read_whole(shared_data: Path, name: str, pictures: int) -> None:
    findings = Findings()
    labels = read_labels(shared_data / "bdd100k" / name, findings)
    assert len(labels) == pictures
    assert not [what for what in findings.counts if "box" in what]
