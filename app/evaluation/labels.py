"""One labelled picture, and what was odd about the file it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.records import SeenObject

DEFAULT_WH = (1280, 720)


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of one picture; attributes and measures only where they are known."""

    name: str
    clip: str
    attributes: Mapping[str, str]
    objects: tuple[SeenObject, ...]
    measures: Mapping[str, float] = field(default_factory=dict)
    size_wh: tuple[int, int] = DEFAULT_WH


@dataclass(slots=True)
class Findings:
    """Count what could not be used as it stood, with an example of each: shown beside the result, never silent."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, example: str) -> None:
        """Count one more case."""
        self.counts[what] += 1
        self.examples.setdefault(what, example)

    def lines(self) -> list[str]:
        """Return a line for each kind of case, the most frequent first."""
        return [f"{count} x {what}, first: {self.examples[what]}" for what, count in self.counts.most_common()]
