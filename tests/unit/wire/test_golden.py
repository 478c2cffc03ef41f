"""Bytes written once are read for ever: every version of every schema that was ever released."""

from __future__ import annotations

import json

import pytest

from app.stores.registry import canonical
from app.wire import codec_of
from app.wire.evolved import EvolvedCodec
from tests.unit.wire.golden import FOLDER, as_json, versions_of
from tests.unit.wire.values import CLASSES

BY_NAME = {held_as.__name__: held_as for held_as in CLASSES}
VERSIONS = sorted(FOLDER.glob("*.json"))


def contained(told, read):
    """Tell whether everything that was told is in what was read; fields that came later may be there besides."""
    match told:
        case dict():
            return all(key in read and contained(value, read[key]) for key, value in told.items())
        case list():
            return len(told) == len(read) and all(map(contained, told, read))
    return told == read


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_every_released_version_is_read_as_ours(path):
    from dataclasses import asdict

    told = json.loads(path.read_text())
    codec = codec_of(BY_NAME[path.name.split(".")[0]])
    record = EvolvedCodec(codec, json.dumps(told["definition"])).decode(path.with_suffix(".bin").read_bytes(), 0)
    assert contained(told["value"], as_json(asdict(record)))


@pytest.mark.parametrize("held_as", CLASSES, ids=lambda held_as: held_as.__name__)
def test_the_present_version_is_the_newest_golden_one_byte_for_byte(held_as):
    """A changed schema fails here until `python -m tests.unit.wire.golden` has added its new version."""
    codec = codec_of(held_as)
    newest = versions_of(codec.name)[-1]
    assert canonical(json.dumps(json.loads(newest.read_text())["definition"])) == canonical(codec.definition)
    body = newest.with_suffix(".bin").read_bytes()
    assert codec.encode(codec.decode(body)) == body
