"""The rows of a result as a person would write them down, one after another: what the fast way is held to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.lake.contract import MakeModelYear
from app.lake.reading import Result
from app.lake.rows import Row
from app.lake.tables import LAKE_TABLES, RESULT_TABLES


def rows_of(result: Result) -> dict[str, list[Row]]:
    """Return the rows of a result by table, guesses in the order of their ranks."""
    found: dict[str, list[Row]] = {name: [] for name in RESULT_TABLES}

    def add(name: str, **values: Any) -> None:
        columns = LAKE_TABLES[name].column_names
        assert set(values) == set(columns)
        found[name].append(tuple(values[column] for column in columns))

    said = {"resultId": result.result_id, "sourceId": result.source_id, "seenAt": result.at_us}
    of = {**said, "imageUri": result.image_uri, "frameId": result.said.frame_id}
    for place, entry in enumerate(result.said.plates or ()):
        car = entry.car
        plate_id = f"{result.result_id}-p{place}" if entry.has_plate else None
        car_id = f"{result.result_id}-c{place}" if car is not None else None
        if plate_id is not None:
            text, sures = entry.text or "", entry.confidences
            add("plate", **of, plateId=plate_id, carId=car_id, plateText=text, masked=text.endswith("*"),
                confidence=sures[0] if sures else None, detectionConfidence=sures[1] if len(sures) > 1 else None,
                characterConfidences=sures[2:], cornersPx=entry.corners_px)  # fmt: skip
            for rank, one in ranked(entry.countries):
                add("country", **said, plateId=plate_id, rank=rank, code=one.code, country=one.name, state=one.state,
                    other=one.other, klass=one.klass, confidence=one.confidence)  # fmt: skip
        if car is not None:
            make, makes, model, models = fused(car.makes)
            add("car", **of, carId=car_id, plateId=plate_id, confidence=car.confidence, cornersPx=car.corners_px,
                makeFused=make, makeFusedConfidence=makes, modelFused=model, modelFusedConfidence=models)  # fmt: skip
            for name, guesses in (("bodyStyle", car.body_styles), ("color", car.colors)):
                for rank, one in ranked(guesses):
                    add(name, **said, carId=car_id, rank=rank, klass=one.klass, confidence=one.confidence,
                        **{name: one.name})  # fmt: skip
            for rank, one in ranked(car.makes):
                add("makeModelYear", **said, carId=car_id, rank=rank, make=one.make, model=one.model,
                    year=str(one.year), klass=one.klass, confidence=one.confidence)  # fmt: skip
    return found


def ranked(guesses: Iterable[Any]) -> Iterable[tuple[int, Any]]:
    return enumerate(guesses, start=1)


def fused(guesses: Sequence[MakeModelYear]) -> tuple[str, float | None, str, float | None]:
    """Return make, its sum of confidences, model within that make, its sum; of equal sums the one guessed first."""
    if not guesses:
        return "", None, "", None
    makes: dict[str, float] = {}
    for one in guesses:
        makes[one.make] = makes.get(one.make, 0.0) + one.confidence
    make = max(makes, key=makes.__getitem__)
    models: dict[str, float] = {}
    for one in guesses:
        if one.make == make:
            models[one.model] = models.get(one.model, 0.0) + one.confidence
    model = max(models, key=models.__getitem__)
    return make, makes[make], model, models[model]
