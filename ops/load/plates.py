"""Plate results by the contract of the SDK, from a seed: any number of JSON lines, with the truth of what is in them.

A visit is one vehicle at one source: a few results within seconds, of which now and then one is misread.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from ops.load.plate_dirt import KINDS, REPEATED, SPOILT
from ops.load.plate_parts import PlateParts
from ops.load.plate_words import misread, plate_text

VISIT_MOST_RESULTS = 7
READING_US = 200_000
MISREAD_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class PlateOrder:
    """What is to be made."""

    results: int
    seed: int
    sources: int
    start_us: int
    days: float
    rates: Mapping[str, float]


@dataclass(slots=True)
class PlateTruth:
    """What was made: rows that a right lake has of it, and lines (counted from 1) that it cannot have."""

    results: int = 0
    lines: int = 0
    visits: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unusable: dict[str, list[int]] = field(default_factory=dict)

    @property
    def unusable_lines(self) -> int:
        """How many lines the lake cannot have."""
        return sum(map(len, self.unusable.values()))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "results": self.results, "usable": self.results - self.unusable_lines, "lines": self.lines,
            "visits": self.visits, "rows": dict(self.rows), "kinds": dict(self.kinds), "unusable": self.unusable,
        }  # fmt: skip


class PlateMaker:
    """Make the lines of an order; `truth` is whole when they are all taken."""

    def __init__(self, order: PlateOrder) -> None:
        self.truth = PlateTruth()
        self._order, self._chance = order, random.Random(order.seed)
        self._parts = PlateParts(random.Random(order.seed + 1))
        self._kinds = (*KINDS, *SPOILT, "full")
        self._edges = list(accumulate(order.rates[kind] for kind in self._kinds[:-1]))
        self._repeated = order.rates[REPEATED]

    def lines(self) -> Iterator[bytes]:
        """Yield every line; the first one is usable: by it a reader knows that the file has lines."""
        chance, truth, order = self._chance, self.truth, self._order
        step_us = order.days * 86_400e6 / order.results
        while truth.results < order.results:
            vehicle, source = chance.randrange(order.results + 20), f"gate-{chance.randrange(order.sources)}"
            again: list[bytes] = []
            truth.visits += 1
            begun_us = order.start_us + int(truth.results * step_us)
            for place in range(min(chance.randint(1, VISIT_MOST_RESULTS), order.results - truth.results)):
                kind = self._kinds[bisect(self._edges, chance.random())] if truth.results else "full"
                line = self._line(kind, vehicle, source, begun_us + place * READING_US)
                truth.results += 1
                truth.lines += 1
                truth.kinds[kind] += 1
                if kind in SPOILT:
                    truth.unusable.setdefault(kind, []).append(truth.lines)
                elif self._repeated and chance.random() < self._repeated:
                    again.append(line)
                yield line
            truth.lines += len(again)
            if again:
                truth.kinds[REPEATED] += len(again)
            yield from again

    def _line(self, kind: str, vehicle: int, source: str, at_us: int) -> bytes:
        at = datetime.fromtimestamp(at_us / 1e6, UTC).isoformat()
        entries = [] if kind == "nothing" else [self._entry(kind, vehicle)]
        if kind == "several":
            entries += [self._entry("full", vehicle + 1 + extra) for extra in range(self._chance.randint(1, 3))]
        told = "lantency" if kind == "old-keys" else "latency"
        plates = f',"plates":[{",".join(entries)}]' if entries else ""
        line = (
            f'{{"frame_id":{self.truth.results % 100_000},"image_uri":"s3://gates/{source}/{at_us}.jpg","{told}":0'
            f'{plates},"source_id":"{source}","timestamp":"{at}"}}'
        ).encode()  # fmt: skip
        return SPOILT[kind](line) if kind in SPOILT else line

    def _entry(self, kind: str, vehicle: int) -> str:
        chance, parts, rows = self._chance, self._parts, self.truth.rows
        car = ""
        if kind != "plate-alone":
            car = f'"car":{parts.car(kind, vehicle)}'
            if kind not in SPOILT:
                rows["car"] += 1
                if kind not in ("no-guesses", "car-alone"):
                    rows["color"] += 5
                    rows["bodyStyle"] += 5
                    rows["makeModelYear"] += 5
        if kind == "car-alone":
            return f"{{{car}}}"
        text = plate_text(vehicle, "unicode" if kind == "unicode" else "latin")
        if chance.random() < MISREAD_SHARE:
            text = misread(text, chance)
        if kind == "trial":
            text = f"{text[:-1]}*"
        countries = ""
        if kind not in SPOILT:
            rows["plate"] += 1
            if kind != "no-guesses":
                rows["country"] += 5
        if kind != "no-guesses":
            countries = f'"country":{parts.countries(vehicle)},'
        few = kind in ("two-confidences", "old-keys")
        sure = parts.confidences(0 if few else len(text))
        box = parts.box("outside" if kind == "outside" else "inside")
        return f'{{{car + "," if car else ""}"confidences":{sure},{countries}"text":"{text}","warpedBox":{box}}}'


def truth_text(order: PlateOrder, truth: PlateTruth) -> str:
    """Return the truth as it is written beside the lines, the order with it."""
    return json.dumps({"seed": order.seed, "rates": dict(order.rates), **truth.as_json()}, indent=1) + "\n"


def truth_in(text: str) -> PlateTruth:
    """Return the truth that was written so."""
    said = json.loads(text)
    return PlateTruth(
        said["results"], said["lines"], said["visits"], Counter(said["rows"]), Counter(said["kinds"]), said["unusable"]
    )
