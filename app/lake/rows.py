"""Results to rows in their six tables: every guess a row, every row with the ids that join it; pure.

Rows are kept as columns: a result has some twenty, and a tuple for each would cost more than all the rest. What a guess
says of its result is said once, by the car or the plate that it is of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Generic, TypeVar

from app.lake.contract import Car, Country, Entry, MakeModelYear, Named
from app.lake.reading import Result
from app.lake.tables import LAKE_TABLES, RESULT_TABLES

Columns = dict[str, Sequence[Any]]
"""Column of a table -> its values, all of one length."""

Row = tuple[Any, ...]
"""Values in the order of a table's columns."""

Thing = TypeVar("Thing", Entry, Car)
Guess = TypeVar("Guess", Named, MakeModelYear, Country)

TRIAL_MARK = "*"
FUSED = ("makeFused", "makeFusedConfidence", "modelFused", "modelFusedConfidence")
NOTHING_FUSED: tuple[str, float | None, str, float | None] = "", None, "", None
GUESSES_OF = {"bodyStyle": "car", "color": "car", "country": "plate", "makeModelYear": "car"}
"""Table of ranked guesses -> table of what they are of."""


@dataclass(frozen=True, slots=True)
class Guessed:
    """The ranked guesses of a table: how many each row of the table that they are of has, and their own columns."""

    counts: list[int]
    columns: Columns


class LakeRows:
    """Collect the rows of results; gives them as columns, each made in one go."""

    def __init__(self) -> None:
        self._plates, self._cars = _Parents[Entry](), _Parents[Car]()

    def add(self, result: Result) -> None:
        """Add the rows of a result; a result without plates and cars has none."""
        for place, entry in enumerate(result.said.plates or ()):
            car = entry.car
            plate_id = f"{result.result_id}-p{place}" if entry.has_plate else None
            car_id = f"{result.result_id}-c{place}" if car is not None else None
            if plate_id is not None:
                self._plates.add(entry, result, plate_id, car_id)
            if car is not None and car_id is not None:
                self._cars.add(car, result, car_id, plate_id)

    def things(self) -> Mapping[str, Columns]:
        """Return the columns of plates and cars."""
        plates, cars = self._plates.of, self._cars.of
        sures = [one.confidences for one in plates]
        sums = zip(*(fused(car.makes) for car in cars), strict=True) if cars else repeat((), 4)
        return {
            "car": self._cars.columns("carId", "plateId") | {
                "confidence": [car.confidence for car in cars], "cornersPx": [car.corners_px for car in cars],
                **dict(zip(FUSED, sums, strict=True)),
            },
            "plate": self._plates.columns("plateId", "carId") | {
                "plateText": [one.text or "" for one in plates],
                "masked": [one.text is not None and one.text.endswith(TRIAL_MARK) for one in plates],
                "confidence": [sure[0] if sure else None for sure in sures],
                "detectionConfidence": [sure[1] if len(sure) > 1 else None for sure in sures],
                "characterConfidences": [sure[2:] for sure in sures],
                "cornersPx": [one.corners_px for one in plates],
            },
        }  # fmt: skip

    def guesses(self) -> Mapping[str, Guessed]:
        """Return the guesses of each table, in the order of the plates or cars that they are of."""
        cars, plates = self._cars.of, self._plates.of
        styles, colors = _flat([car.body_styles for car in cars]), _flat([car.colors for car in cars])
        makes, countries = _flat([car.makes for car in cars]), _flat([one.countries for one in plates])
        return {
            "bodyStyle": styles.told({"bodyStyle": [one.name for one in styles.of]}),
            "color": colors.told({"color": [one.name for one in colors.of]}),
            "country": countries.told({
                "code": [one.code for one in countries.of], "country": [one.name for one in countries.of],
                "state": [one.state for one in countries.of], "other": [one.other for one in countries.of],
            }),
            "makeModelYear": makes.told({
                "make": [one.make for one in makes.of], "model": [one.model for one in makes.of],
                "year": [str(one.year) for one in makes.of],
            }),
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


@dataclass(frozen=True, slots=True)
class _Flat(Generic[Guess]):
    """Ranked guesses, and how many each plate or car has."""

    of: list[Guess]
    counts: list[int]

    def told(self, own: Columns) -> Guessed:
        sures = [one.confidence for one in self.of]
        return Guessed(self.counts, {**own, "klass": [one.klass for one in self.of], "confidence": sures})


def _flat(guesses: list[tuple[Guess, ...]]) -> _Flat[Guess]:
    return _Flat(list(chain.from_iterable(guesses)), list(map(len, guesses)))


def rows_of(result: Result) -> dict[str, list[Row]]:
    """Return the rows of one result by table."""
    rows = LakeRows()
    rows.add(result)
    columns = dict(rows.things())
    for name, guessed in rows.guesses().items():
        columns[name] = _with_parents(name, guessed, columns[GUESSES_OF[name]])
    return {name: list(zip(*(columns[name][one] for one in LAKE_TABLES[name].column_names), strict=True))
            for name in RESULT_TABLES}  # fmt: skip


def _with_parents(name: str, guessed: Guessed, parents: Columns) -> Columns:
    """Return all columns of guesses: those of what they are of for each, their ranks, their own."""
    shared = [one for one in LAKE_TABLES[name].column_names if one not in guessed.columns and one != "rank"]
    each = {one: [*chain.from_iterable(map(repeat, parents[one], guessed.counts))] for one in shared}
    return {**each, "rank": [rank for count in guessed.counts for rank in range(1, count + 1)], **guessed.columns}


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
        return NOTHING_FUSED
    if len({one.make for one in guesses}) == len(guesses):  # most often no two share a make: the surest wins alone
        sures = [one.confidence for one in guesses]
        best = guesses[sures.index(max(sures))]
        return best.make, best.confidence, best.model, best.confidence
    makes: dict[str, float] = {}
    for one in guesses:
        makes[one.make] = makes.get(one.make, 0.0) + one.confidence
    models: dict[str, float] = {}
    make = max(makes, key=makes.__getitem__)
    for one in guesses:
        if one.make == make:
            models[one.model] = models.get(one.model, 0.0) + one.confidence
    model = max(models, key=models.__getitem__)
    return make, makes[make], model, models[model]
