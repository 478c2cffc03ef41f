"""Plate results of our own, made by the contract of the SDK."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from app.lake.reading import Result, read_result
from app.lake.readings import Readings
from app.lake.rows import Row
from app.lake.sightings import sighting_rows
from app.lake.tracks import track_of
from app.wire import codec_of
from schemas.records import PlatesRead
from tests.unit.lake.plain_rows import rows_of

AT_US = 1_764_072_000_000_000  # 2025-11-25T12:00:00Z
BOX = [100.5, 200.0, 180.5, 200.0, 180.5, 220.0, 100.5, 220.0]


def named(*guesses: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"name": name, "klass": place, "confidence": sure} for place, (name, sure) in enumerate(guesses)]


def made(make: str, model: str, sure: float, year: int | str = 2012) -> dict[str, Any]:
    return {"make": make, "model": model, "year": year, "klass": 7, "confidence": sure}


CLIO = [made("renault", "clio", 45.1), made("renault", "clio", 36.7, "0-9"), made("kia", "rio", 4.0),
        made("renault", "megane", 1.1)]  # fmt: skip
FULL: dict[str, Any] = {
    "frame_id": 178, "lantency": 0,
    "plates": [{
        "text": "粤BDX503*", "confidences": [87.0, 99.6, 90.1, 87.0], "warpedBox": BOX,
        "country": [{"code": "CHN", "name": "China", "klass": 4, "confidence": 99.1},
                    {"code": "USA", "name": "United States", "state": "Iowa", "klass": 88, "confidence": 0.5}],
        "car": {"confidence": 89.5, "warpedBox": BOX, "color": named(("white", 59.8), ("black", 27.7)),
                "bodyStyle": named(("suv", 86.0)), "makeModelYear": CLIO},
    }],
}  # fmt: skip
PLATE_ALONE = {"frame_id": 1, "latency": 2, "job_idx": 1, "plates": [{"text": "K643ET10", "confidences": [87, 99]}]}
CAR_ALONE = {"frame_id": 2, "duration": 53, "plates": [{"car": {"confidence": 99.9999, "warpedBox": BOX}}]}
NOTHING = {"duration": 4353, "frame_id": 0}


def result(said: Any, source_id: str = "gate-3", at_us: int | None = AT_US) -> Result:
    return read_result(json.dumps(said).encode(), source_id, at_us=at_us)


def rows_of_all(of: Result) -> dict[str, list[Row]]:
    """Return the rows of a result by table, each of its plates a sighting of its own."""
    readings = Readings()
    readings.add(of)
    read = [(source_id, codec_of(PlatesRead).decode(record.body)) for source_id, record in readings.records()]
    tracks = [(source_id, track_of(reading)) for source_id, one in read for reading in one.readings]
    return {**rows_of(of), "sighting": sighting_rows(tracks)}


sures = st.floats(0, 100, width=32)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
guesses = st.lists(
    st.fixed_dictionaries({"name": words, "klass": st.integers(-1, 12), "confidence": sures}), max_size=5
)
models = st.lists(
    st.fixed_dictionaries(
        {"make": words, "model": words, "year": st.one_of(words, st.integers(1950, 2030)), "confidence": sures}
    ),
    max_size=5,
)
boxes = st.lists(st.floats(-100, 4000, width=32), min_size=8, max_size=8)
cars = st.fixed_dictionaries(
    {"confidence": sures},
    optional={"warpedBox": boxes, "color": guesses, "bodyStyle": guesses, "makeModelYear": models},
)
countries = st.lists(st.fixed_dictionaries({"code": words, "confidence": sures}, optional={"state": words}), max_size=5)
entries = st.fixed_dictionaries(
    {},
    optional={"text": words, "confidences": st.lists(sures, max_size=9), "warpedBox": boxes, "car": cars,
              "country": countries},
)  # fmt: skip
results = st.fixed_dictionaries(
    {"frame_id": st.integers(0, 10**6)},
    optional={"plates": st.lists(entries, max_size=4), "latency": st.integers(0, 9), "duration": st.integers(0, 9999)},
)
"""Whatever the contract allows."""
