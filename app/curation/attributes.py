"""The attributes a policy may name, and which values of them a frame shows."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

from schemas.records import SeenFrame

_LABEL = attrgetter("label")
UNKNOWN = "unknown"
OTHER = "other"
"""Where values outside a closed vocabulary are counted."""


class Tempered(BaseModel):
    """A target between uniform (0) and the supply as it is (1): in proportion to seen ** tempered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tempered: Annotated[float, Field(ge=0.0, le=1.0)]


Target = Literal["uniform"] | Tempered | dict[str, Annotated[float, Field(ge=0.0, allow_inf_nan=False)]]


class _Attribute(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 1.0
    target: Target = "uniform"
    unknown: Literal["apart", "value"] = "apart"
    """apart: counted and shown, but no part of the target. value: a value like any other."""
    floor: Annotated[int, Field(ge=0)] = 0
    """Frames of each value that are kept before anything else."""

    @model_validator(mode="after")
    def _given_target_sums(self) -> _Attribute:
        if isinstance(self.target, dict):
            if abs(math.fsum(self.target.values()) - 1.0) > 1e-6:
                raise ValueError(f"target: the ratios sum to {math.fsum(self.target.values()):.6g}, not to 1")
            if (allowed := self.vocabulary()) and (strange := set(self.target) - set(allowed) - {UNKNOWN}):
                raise ValueError(f"target: {sorted(strange)[0]!r} is not in the vocabulary")
        return self

    def vocabulary(self) -> tuple[str, ...]:
        """Return the values the attribute can have; empty where the vocabulary is open."""
        return ()


class CategoryAttribute(_Attribute):
    """One word per frame, such as the weather."""

    kind: Literal["category"]
    values: tuple[str, ...] = ()
    """Closed vocabulary; without it every value that turns up counts."""
    aliases: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _distinct_values(self) -> CategoryAttribute:
        _refuse_repeated("values", self.values)
        return self

    @override
    def vocabulary(self) -> tuple[str, ...]:
        return self.values

    def value_of(self, word: str) -> str:
        """Return the value that a frame with this word has; `other` outside a closed vocabulary."""
        value = self.aliases.get(word, word)
        if value == UNKNOWN or not self.values or value in self.values:
            return value
        return OTHER


class PresenceAttribute(_Attribute):
    """The classes of objects that a frame shows, however many of each."""

    kind: Literal["presence"]
    values: tuple[str, ...] = ()
    """Closed vocabulary: classes outside it do not count; without it every class does."""
    aliases: Mapping[str, str] = {}
    min_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0

    @model_validator(mode="after")
    def _distinct_values(self) -> PresenceAttribute:
        _refuse_repeated("values", self.values)
        return self

    @override
    def vocabulary(self) -> tuple[str, ...]:
        return self.values

    def labels_of(self, frame: SeenFrame) -> frozenset[str]:
        """Return what the network calls the objects in the frame that score enough."""
        if self.min_score <= 0.0:
            return frozenset(map(_LABEL, frame.objects))
        floor = self.min_score
        return frozenset([one.label for one in frame.objects if one.score >= floor])

    def class_of(self, label: str) -> str | None:
        """Return the class that the network's label counts as; None outside a closed vocabulary."""
        found = self.aliases.get(label, label)
        return found if not self.values or found in self.values else None


class NumericAttribute(_Attribute):
    """A measured number, sorted into bins: below the first edge, between edges, from the last edge on."""

    kind: Literal["numeric"]
    measure: str
    edges: tuple[Annotated[float, Field(allow_inf_nan=False)], ...]

    @model_validator(mode="after")
    def _rising_edges(self) -> NumericAttribute:
        if not self.edges or any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("edges: needs at least one, each greater than the one before")
        return self

    @override
    def vocabulary(self) -> tuple[str, ...]:
        between = tuple(f"{low:g} to {high:g}" for low, high in zip(self.edges, self.edges[1:], strict=False))
        return (f"below {self.edges[0]:g}", *between, f"from {self.edges[-1]:g}")

    def value_of(self, frame: SeenFrame) -> str:
        """Return the frame's bin; `unknown` where the measure is missing or not finite."""
        number = frame.measures.get(self.measure)
        if number is None or not math.isfinite(number):
            return UNKNOWN
        return self.vocabulary()[bisect.bisect_right(self.edges, number)]


class JointAttribute(_Attribute):
    """The combination of other attributes, such as weather and time of day; its vocabulary is what turns up."""

    kind: Literal["joint"]
    of: Annotated[tuple[str, ...], Field(min_length=2)]
    unknown: Literal["apart", "value"] = "value"


Attribute = Annotated[
    CategoryAttribute | PresenceAttribute | NumericAttribute | JointAttribute,
    Field(discriminator="kind"),
]


def _refuse_repeated(key: str, values: tuple[str, ...]) -> None:
    for value in values:
        if not value or values.count(value) > 1 or value == UNKNOWN:
            raise ValueError(f"{key}: {value!r} is empty, repeated or the reserved word {UNKNOWN!r}")
