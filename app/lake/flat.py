"""What many results say, flat: the values of one result after another, and how many each has; pure.

A result has some twenty guesses of five values each, most of them said a thousand times: what guesses say is numbered
as it first comes, so that a guess is one number and how sure it is. All loops over guesses are the interpreter's own.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, count
from operator import attrgetter
from struct import pack
from typing import Any

from msgspec.structs import astuple

from app.lake.contract import Car, Country, Entry, MakeModelYear, Named
from app.lake.reading import Result

TRIAL_MARK = "*"
"""What the trial version shows for the last character."""
SURE_PLACE = 1
"""Of `confidence` in every kind of guess."""
Numbered = defaultdict[Any, int]
"""What was said -> its number, in the order of the numbers."""

_result = attrgetter("result_id", "at_us", "image_uri", "source_id", "said.frame_id", "said.plates")
_plate = attrgetter("text", "confidences", "countries", "corners_px")
_car = attrgetter("confidence", "corners_px", "body_styles", "colors", "makes")


def numbered() -> Numbered:
    """Return what gives anything that it is asked for the first time the next number."""
    return defaultdict(count().__next__)


def whole() -> array[int]:
    """Return whole numbers of 64 bits; they can be none yet."""
    return array("q")


def numbers() -> array[float]:
    """Return numbers; they can be none yet."""
    return array("d")


def extend(column: array[Any], more: Iterable[float]) -> None:
    """Add numbers to a column. Its own `extend` parses each as the argument of a call, at six times the cost."""
    some = (*more,)
    column.frombytes(pack(f"{len(some)}{column.typecode}", *some))


@dataclass(slots=True)
class Lists:
    """Lists of numbers, and how long each is."""

    counts: array[int] = field(default_factory=whole)
    values: array[float] = field(default_factory=numbers)

    def add(self, lists: Sequence[Sequence[float]]) -> None:
        """Add the lists of some more things."""
        extend(self.counts, map(len, lists))
        extend(self.values, chain.from_iterable(lists))


@dataclass(slots=True)
class Guesses:
    """Ranked guesses: how many each thing has, what each says by number, how sure it is."""

    counts: array[int] = field(default_factory=whole)
    codes: array[int] = field(default_factory=whole)
    sures: array[float] = field(default_factory=numbers)
    known: Numbered = field(default_factory=numbered)
    """What guesses say beside how sure they are, in the order of their contract."""

    def add(self, guesses: Sequence[Sequence[Named | MakeModelYear | Country]]) -> None:
        """Add the guesses of some more things."""
        extend(self.counts, map(len, guesses))
        if columns := [*zip(*map(astuple, chain.from_iterable(guesses)), strict=True)]:
            extend(self.sures, columns.pop(SURE_PLACE))
            extend(self.codes, map(self.known.__getitem__, zip(*columns, strict=True)))


class Flat:
    """Collect what results say."""

    def __init__(self) -> None:
        self.result_ids: list[str] = []
        self.image_uris: list[str] = []
        self.times_us, self.frame_ids, self.source_codes = whole(), whole(), whole()
        self.sources = numbered()
        self.entries = whole()
        """How many entries of `plates` each result has: a plate, a car, or both."""
        self.has_plate, self.has_car = array("b"), array("b")
        """Of each entry 1 or 0."""
        self.texts: list[str] = []
        self.sures, self.plate_corners = Lists(), Lists()
        self.car_sures, self.car_corners = numbers(), Lists()
        self.guesses = {name: Guesses() for name in ("bodyStyle", "color", "country", "makeModelYear")}

    def add(self, results: Sequence[Result]) -> None:
        """Add some more results."""
        if not results:
            return
        ids, times_us, image_uris, sources, frame_ids, plates = zip(*map(_result, results), strict=True)
        self.result_ids += ids
        extend(self.times_us, times_us)
        self.image_uris += image_uris
        extend(self.source_codes, map(self.sources.__getitem__, sources))
        extend(self.frame_ids, frame_ids)
        lists: list[Sequence[Entry]] = [one or () for one in plates]
        extend(self.entries, map(len, lists))
        entries = [*chain.from_iterable(lists)]
        has_plate = [one.has_plate for one in entries]
        extend(self.has_plate, has_plate)
        self._add_plates(compress(entries, has_plate))
        cars = [one.car for one in entries]
        extend(self.has_car, [car is not None for car in cars])
        self._add_cars(filter(None, cars))

    def _add_plates(self, plates: Iterable[Entry]) -> None:
        if said := [*map(_plate, plates)]:
            texts, sures, countries, corners = zip(*said, strict=True)
            self.texts += [text or "" for text in texts]
            self.sures.add(sures)
            self.guesses["country"].add(countries)
            self.plate_corners.add([one or () for one in corners])

    def _add_cars(self, cars: Iterable[Car]) -> None:
        if said := [*map(_car, cars)]:
            sures, corners, styles, colors, makes = zip(*said, strict=True)
            extend(self.car_sures, sures)
            self.car_corners.add([one or () for one in corners])
            self.guesses["bodyStyle"].add(styles)
            self.guesses["color"].add(colors)
            self.guesses["makeModelYear"].add(makes)
