"""A detector's errors: what it says of a picture, drawn from what is true by a table of how it confuses."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.curation.identity import chance
from app.errors import OperatorError
from app.evaluation.labels import Label

Confusion = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Attribute -> true value -> said value -> ratio; for `objects`, class -> class, and what is missing of 1 is missed."""


def read_confusion(path: Path) -> Confusion:
    """Read a confusion table: {"weather": {"rainy": {"rainy": 0.8, "overcast": 0.2}}}. Raises OperatorError."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"confusion {path}", str(error), "name a readable JSON file") from error
    if not isinstance(content, dict):
        raise OperatorError(f"confusion {path}", "is no object", "map attributes to true values to said values")
    for attribute, rows in content.items():
        if not isinstance(rows, dict):
            raise OperatorError(f"confusion {path}, key {attribute}", "is no object", "map true values to said values")
        for value, row in rows.items():
            key = f"confusion {path}, key {attribute}.{value}"
            if not isinstance(row, dict) or not all(_is_ratio(one) for one in row.values()):
                raise OperatorError(key, "is no object of ratios from 0 to 1", "map said values to ratios")
            total = math.fsum(row.values())
            if total > 1 + 1e-6 or (attribute != "objects" and total < 1 - 1e-6):
                raise OperatorError(key, f"the ratios sum to {total:.6g}, not to 1", "correct the row")
    return content


def confused(labels: Sequence[Label], confusion: Confusion, seed: int) -> list[Label]:
    """Return what the detector says of each picture; chance belongs to the picture, the attribute and the seed."""
    return [_confuse(label, confusion, seed) for label in labels]


def _confuse(label: Label, confusion: Confusion, seed: int) -> Label:
    attributes = {
        name: _draw(confusion.get(name, {}).get(value), f"{seed}/{label.name}/{name}", value)
        for name, value in label.attributes.items()
    }
    table = confusion.get("objects", {})
    objects = []
    for number, one in enumerate(label.objects):
        said = _draw(table.get(one.label), f"{seed}/{label.name}/{number}", "" if one.label in table else one.label)
        if said:
            objects.append(replace(one, label=said))
    return replace(label, attributes=attributes, objects=tuple(objects))


def _draw(row: Mapping[str, float] | None, name: str, otherwise: str) -> str:
    if row is None:
        return otherwise
    draw = chance(name)
    for said, ratio in row.items():
        draw -= ratio
        if draw < 0:
            return said
    return otherwise


def _is_ratio(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1
