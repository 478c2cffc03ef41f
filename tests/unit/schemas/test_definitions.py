"""The .avsc files and the dataclasses say the same, field by field, and every field says what it means."""

from __future__ import annotations

import dataclasses
import inspect
import json
import typing

import fastavro
import pytest

from schemas import records
from schemas.definitions import definition, file_of, names

CLASSES = {name: held_as for name, held_as in vars(records).items() if dataclasses.is_dataclass(held_as)}
PYTHON = {
    "string": "str",
    "int": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "boolean": "bool",
    "bytes": "bytes",
}


def as_annotation(kind):
    """Return how a dataclass must write the type of an .avsc field."""
    match kind:
        case str():
            return PYTHON.get(kind, kind)
        case ["null", inner]:
            return f"{as_annotation(inner)} | None"
        case {"type": "array", "items": inner}:
            return f"tuple[{as_annotation(inner)}, ...]"
        case {"type": "map", "values": inner}:
            return f"Mapping[str, {as_annotation(inner)}]"
        case {"type": "enum", "name": name}:
            return name
    raise AssertionError(kind)


def raw(name):
    return json.loads(file_of(name).read_text())


def test_every_file_has_its_dataclass_and_every_dataclass_its_file():
    assert sorted(CLASSES) == names()


@pytest.mark.parametrize("name", names())
def test_the_dataclass_has_the_fields_of_the_file_with_their_types_in_their_order(name):
    wanted = {field["name"]: as_annotation(field["type"]) for field in raw(name)["fields"]}
    assert list(inspect.get_annotations(CLASSES[name]).items()) == list(wanted.items())


@pytest.mark.parametrize("name", names())
def test_the_dataclass_is_frozen_and_has_slots_only(name):
    held_as = CLASSES[name]
    assert held_as.__dataclass_params__.frozen
    assert held_as.__slots__ == tuple(field.name for field in dataclasses.fields(held_as))


@pytest.mark.parametrize("name", names())
def test_every_record_and_field_says_what_it_is(name):
    content = raw(name)
    assert (content["namespace"], content["name"]) == ("roadsieve", name)
    assert content["doc"].endswith(".")
    assert [field["name"] for field in content["fields"] if not field.get("doc", "").endswith(".")] == []


@pytest.mark.parametrize("name", names())
def test_times_are_whole_microseconds(name):
    times = {field["name"]: field["type"] for field in raw(name)["fields"] if field["name"].endswith("_us")}
    assert set(times.values()) <= {"long"}


@pytest.mark.parametrize("name", names())
def test_a_definition_needs_no_other_file(name):
    parsed = fastavro.parse_schema(json.loads(definition(name)), named_schemas={})
    assert parsed["name"] == f"roadsieve.{name}"


def test_an_enumeration_is_the_same_in_both():
    field = next(field for field in raw("SegmentFacts")["fields"] if field["name"] == "time_source")
    assert set(typing.get_args(records.TimeSource)) == set(field["type"]["symbols"])


def test_an_unknown_record_is_named():
    with pytest.raises(KeyError, match="no record 'SegmentLost'"):
        definition("SegmentLost")
