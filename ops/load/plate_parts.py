"""Parts of plate results, drawn once and used often: cars with their guesses, countries, boxes, confidences."""

from __future__ import annotations

import json
import random
from typing import Any, Literal

from ops.load.plate_words import BODY_STYLES, COLORS, COUNTRIES, MODELS, falling

CARS, BOXES, SCORES = 997, 499, 211
"""How many of each; cars in a prime number, so that plates and cars are not in step."""

FRAME_WH = (1920, 1080)
LONGEST_TEXT = 10


class PlateParts:
    """Hold parts as JSON text; a vehicle has the same car and countries at every visit."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        cars = [_car(chance) for _ in range(CARS)]
        self._cars = [_text(one) for one in cars]
        self._masked = [_text(_trial(one)) for one in cars]
        self._bare = [_text({name: one[name] for name in ("confidence", "warpedBox")}) for one in cars]
        self._countries = [_text(_countries(chance)) for _ in range(CARS)]
        self._boxes = {
            where: [_text(_box(chance, where)) for _ in range(BOXES)] for where in ("inside", "outside")
        }  # fmt: skip
        self._scores = [[_text(_scores(chance, length)) for _ in range(SCORES)] for length in range(LONGEST_TEXT + 1)]

    def car(self, kind: str, vehicle: int) -> str:
        """Return the car of a vehicle as a kind of result has it."""
        cars = {"trial": self._masked, "no-guesses": self._bare, "car-alone": self._bare}.get(kind, self._cars)
        return cars[vehicle % CARS]

    def countries(self, vehicle: int) -> str:
        """Return where a vehicle's plate comes from."""
        return self._countries[vehicle % CARS]

    def box(self, where: Literal["inside", "outside"]) -> str:
        """Return a plate's box, inside the picture or partly outside."""
        return self._boxes[where][int(self._chance.random() * BOXES)]

    def confidences(self, characters: int) -> str:
        """Return confidences of a plate: of the reading (the least of its characters), of the detection, of each."""
        return self._scores[characters][int(self._chance.random() * SCORES)]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _car(chance: random.Random) -> dict[str, Any]:
    makes = [(make, model) for make, models in MODELS.items() for model in models]
    picked = chance.sample(range(len(makes)), 5)
    top = chance.uniform(40, 95) if chance.random() < 0.7 else chance.uniform(2, 10)  # two humps, as in real results
    return {
        "bodyStyle": _named(chance, BODY_STYLES, chance.uniform(85, 99)),
        "color": _named(chance, COLORS, 100 - 10 * chance.betavariate(1, 4)),
        "confidence": round(chance.uniform(85, 100), 5),
        "makeModelYear": [
            {"confidence": sure, "klass": place, "make": makes[place][0], "model": makes[place][1],
             "year": chance.choice(("0-9", 2001, 2007, 2012, 2019))}
            for place, sure in zip(picked, falling(chance, top), strict=True)
        ],
        "warpedBox": _box(chance, "inside"),
    }  # fmt: skip


def _named(chance: random.Random, names: tuple[str, ...], top: float) -> list[dict[str, Any]]:
    classes = chance.sample(range(len(names)), 5)
    sures = falling(chance, top)
    return [{"confidence": sure, "klass": one, "name": names[one]} for one, sure in zip(classes, sures, strict=True)]


def _trial(car: dict[str, Any]) -> dict[str, Any]:
    """Return a car as the trial version tells it: classes and all names but the make are hidden."""

    def masked(guess: dict[str, Any]) -> dict[str, Any]:
        hidden: dict[str, Any] = {key: f"{guess[key][0]}*****" for key in ("name", "model") if key in guess}
        return {**guess, **hidden, "klass": -1}

    lists = ("bodyStyle", "color", "makeModelYear")
    return {key: [masked(one) for one in value] if key in lists else value for key, value in car.items()}


def _countries(chance: random.Random) -> list[dict[str, Any]]:
    classes = chance.sample(range(len(COUNTRIES)), 5)
    found = []
    for one, sure in zip(classes, falling(chance, chance.uniform(97, 100)), strict=True):
        code, name, state = COUNTRIES[one]
        found.append(
            {"code": code, "confidence": sure, "klass": one, "name": name} | ({"state": state} if state else {})
        )
    return found


def _box(chance: random.Random, where: str) -> list[float]:
    width, height = FRAME_WH
    wide = chance.uniform(60, 200)
    x0, y0 = chance.uniform(0, width - wide), chance.uniform(0, height - 60)
    if where == "outside":
        y0 += height
    x1, y1 = x0 + wide, y0 + wide * 0.3
    return [round(one, 4) for one in (x0, y0, x1, y0, x1, y1, x0, y1)]


def _scores(chance: random.Random, characters: int) -> list[float]:
    each = [round(chance.uniform(80, 92) if chance.random() < 0.9 else chance.uniform(40, 80), 5)
            for _ in range(characters)]  # fmt: skip
    return [min(each, default=round(chance.uniform(60, 92), 5)), 99.60938, *each]
