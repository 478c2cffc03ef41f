"""One result to its rows in the six tables: every guess a row, every row with the ids that join it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.lake.contract import Car, Entry, MakeModelYear
from app.lake.reading import Result
from app.lake.tables import LAKE_TABLES

Row = tuple[Any, ...]
"""Values in the order of a table's columns."""

TRIAL_MARK = "*"


def rows_of(result: Result) -> Mapping[str, list[Row]]:
    """Return the rows of a result by table; a result without plates and cars has none."""
    rows: dict[str, list[Row]] = {name: [] for name in LAKE_TABLES}
    for place, entry in enumerate(result.said.plates or ()):
        plate_id = f"{result.result_id}-p{place}" if entry.has_plate else None
        car_id = f"{result.result_id}-c{place}" if entry.car is not None else None
        if plate_id is not None:
            _add_plate(rows, result, entry, plate_id, car_id)
        if entry.car is not None and car_id is not None:
            _add_car(rows, result, entry.car, car_id, plate_id)
    return rows


def _add_plate(rows: Mapping[str, list[Row]], result: Result, entry: Entry, plate_id: str, car_id: str | None) -> None:
    text, sure = entry.text or "", entry.confidences
    rows["plate"].append((
        plate_id, result.result_id, car_id, result.source_id, result.at_us, result.image_uri, result.said.frame_id,
        text, text.endswith(TRIAL_MARK), sure[0] if sure else None, sure[1] if len(sure) > 1 else None,
        list(sure[2:]), _corners(entry.corners_px),
    ))  # fmt: skip
    rows["country"] += [
        (result.result_id, plate_id, result.source_id, result.at_us, rank,
         one.code, one.name, one.state, one.other, one.klass, one.confidence)
        for rank, one in enumerate(entry.countries, start=1)
    ]  # fmt: skip


def _add_car(rows: Mapping[str, list[Row]], result: Result, car: Car, car_id: str, plate_id: str | None) -> None:
    rows["car"].append((
        car_id, result.result_id, plate_id, result.source_id, result.at_us, result.image_uri, result.said.frame_id,
        car.confidence, _corners(car.corners_px), *fused(car.makes),
    ))  # fmt: skip
    beginning = (result.result_id, car_id, result.source_id, result.at_us)
    for name, guesses in (("color", car.colors), ("bodyStyle", car.body_styles)):
        rows[name] += [
            (*beginning, rank, one.name, one.klass, one.confidence) for rank, one in enumerate(guesses, start=1)
        ]
    rows["makeModelYear"] += [
        (*beginning, rank, one.make, one.model, str(one.year), one.klass, one.confidence)
        for rank, one in enumerate(car.makes, start=1)
    ]


def fused(guesses: Iterable[MakeModelYear]) -> tuple[str, float | None, str, float | None]:
    """Return make, its sum of confidences, model within that make, its sum; the SDK's guide calls it fuse and defuse.

    Guesses that share a make add up, so that a make split over its models is not outvoted by a rarer one; of equal
    sums the one guessed first. Without guesses ("", None, "", None).
    """
    makes: dict[str, float] = {}
    models: dict[tuple[str, str], float] = {}
    for one in guesses:
        makes[one.make] = makes.get(one.make, 0.0) + one.confidence
        models[one.make, one.model] = models.get((one.make, one.model), 0.0) + one.confidence
    if not makes:
        return "", None, "", None
    make = max(makes, key=lambda name: makes[name])
    model = max((pair for pair in models if pair[0] == make), key=lambda pair: models[pair])
    return make, makes[make], model[1], models[model]


def _corners(corners_px: tuple[float, ...] | None) -> list[float] | None:
    return None if corners_px is None else list(corners_px)
