"""Results to rows in the six tables: every guess a row, every row with the ids that join it; pure.

Rows are kept as columns: a result has some twenty, and a tuple for each would cost more than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Generic, TypeVar

from app.lake.contract import Car, Country, Entry, MakeModelYear, Named
from app.lake.reading import Result
from app.lake.tables import LAKE_TABLES

Columns = dict[str, Sequence[Any]]
"""Column of a table -> its values, all of one length."""

Row = tuple[Any, ...]
"""Values in the order of a table's columns."""

Thing = TypeVar("Thing", Entry, Car)
Guess = TypeVar("Guess", Named, MakeModelYear, Country)

TRIAL_MARK = "*"
FUSED = ("makeFused", "makeFusedConfidence", "modelFused", "modelFusedConfidence")


class LakeRows:
    """Collect the rows of results; `tables` gives them as columns, each made in one go."""

    def __init__(self) -> None:
        self._plates, self._cars = _Parents[Entry](), _Parents[Car]()
        self._countries, self._makes = _Guesses[Country](), _Guesses[MakeModelYear]()
        self._colors, self._body_styles = _Guesses[Named](), _Guesses[Named]()

    def add(self, result: Result) -> None:
        """Add the rows of a result; a result without plates and cars has none."""
        for place, entry in enumerate(result.said.plates or ()):
            car = entry.car
            plate_id = f"{result.result_id}-p{place}" if entry.has_plate else None
            car_id = f"{result.result_id}-c{place}" if car is not None else None
            if plate_id is not None:
                self._plates.add(entry, result, plate_id, car_id)
                self._countries.add(entry.countries)
            if car is not None and car_id is not None:
                self._cars.add(car, result, car_id, plate_id)
                self._colors.add(car.colors)
                self._body_styles.add(car.body_styles)
                self._makes.add(car.makes)

    def tables(self) -> Mapping[str, Columns]:
        """Return the columns of each table."""
        plates, cars, makes, countries = self._plates, self._cars, self._makes.of, self._countries.of
        colors, styles = self._colors, self._body_styles
        sums = [fused(car.makes) for car in cars.of]
        return {
            "bodyStyle": styles.columns("carId", cars, {"bodyStyle": [one.name for one in styles.of]}),
            "car": cars.columns("carId", "plateId") | {
                "confidence": [car.confidence for car in cars.of],
                "cornersPx": [car.corners_px for car in cars.of],
                **{name: [one[place] for one in sums] for place, name in enumerate(FUSED)},
            },
            "color": colors.columns("carId", cars, {"color": [one.name for one in colors.of]}),
            "country": self._countries.columns("plateId", plates, {
                "code": [one.code for one in countries], "country": [one.name for one in countries],
                "state": [one.state for one in countries], "other": [one.other for one in countries],
            }),
            "makeModelYear": self._makes.columns("carId", cars, {
                "make": [one.make for one in makes], "model": [one.model for one in makes],
                "year": [str(one.year) for one in makes],
            }),
            "plate": plates.columns("plateId", "carId") | {
                "plateText": [one.text or "" for one in plates.of],
                "masked": [one.text is not None and one.text.endswith(TRIAL_MARK) for one in plates.of],
                "confidence": [one.confidences[0] if one.confidences else None for one in plates.of],
                "detectionConfidence": [one.confidences[1] if len(one.confidences) > 1 else None for one in plates.of],
                "characterConfidences": [one.confidences[2:] for one in plates.of],
                "cornersPx": [one.corners_px for one in plates.of],
            },
        }  # fmt: skip


@dataclass(slots=True)
class _Parents(Generic[Thing]):
    """Plates or cars with the results they are of, their ids, and the ids of their cars or plates."""

    of: list[Thing] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    partners: list[str | None] = field(default_factory=list)

    def add(self, one: Thing, result: Result, own_id: str, partner_id: str | None) -> None:
        self.of.append(one)
        self.results.append(result)
        self.ids.append(own_id)
        self.partners.append(partner_id)

    def columns(self, key: str, partner: str) -> Columns:
        results = self.results
        return {
            key: self.ids, "resultId": [one.result_id for one in results], partner: self.partners,
            "sourceId": [one.source_id for one in results], "seenAt": [one.at_us for one in results],
            "imageUri": [one.image_uri for one in results], "frameId": [one.said.frame_id for one in results],
        }  # fmt: skip


@dataclass(slots=True)
class _Guesses(Generic[Guess]):
    """Ranked guesses, and how many each plate or car has."""

    of: list[Guess] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, guesses: tuple[Guess, ...]) -> None:
        self.of += guesses
        self.counts.append(len(guesses))

    def columns(self, key: str, parents: _Parents[Any], own: Columns) -> Columns:
        def each(values: Iterable[Any]) -> list[Any]:
            return list(chain.from_iterable(map(repeat, values, self.counts)))

        results = parents.results
        return {
            "resultId": each(one.result_id for one in results), key: each(parents.ids),
            "sourceId": each(one.source_id for one in results), "seenAt": each(one.at_us for one in results),
            "rank": [rank for count in self.counts for rank in range(1, count + 1)], **own,
            "klass": [one.klass for one in self.of], "confidence": [one.confidence for one in self.of],
        }  # fmt: skip


def rows_of(result: Result) -> dict[str, list[Row]]:
    """Return the rows of one result by table."""
    rows = LakeRows()
    rows.add(result)
    return {
        name: list(zip(*(columns[one] for one in LAKE_TABLES[name].column_names), strict=True))
        for name, columns in rows.tables().items()
    }


def columns_of(name: str, rows: Sequence[Row]) -> Columns:
    """Return rows of a table as columns."""
    names = LAKE_TABLES[name].column_names
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())


def fused(guesses: Sequence[MakeModelYear]) -> tuple[str, float | None, str, float | None]:
    """Return make, its sum of confidences, model within that make, its sum; the SDK's guide calls it fuse and defuse.

    Guesses that share a make add up, so that a make split over its models is not outvoted by a rarer one; of equal
    sums the one guessed first. Without guesses ("", None, "", None).
    """
    if not guesses:
        return "", None, "", None
    makes: dict[str, float] = {}
    models: dict[str, float] = {}
    for one in guesses:
        makes[one.make] = makes.get(one.make, 0.0) + one.confidence
    make = max(makes, key=makes.__getitem__)
    for one in guesses:
        if one.make == make:
            models[one.model] = models.get(one.model, 0.0) + one.confidence
    model = max(models, key=models.__getitem__)
    return make, makes[make], model, models[model]
