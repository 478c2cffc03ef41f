"""Reads a CSV of attributes: a column with the picture's name, and one per attribute; numbers become measures."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from app.errors import OperatorError
from app.evaluation.labels import Findings, Label
from app.evaluation.scalabel import NOT_KNOWN

NAME_COLUMNS = ("image_name", "name", "file_name", "filename")


def read_attribute_csv(path: Path, findings: Findings) -> Iterator[Label]:
    """Yield the labels of a file; raises OperatorError without a heading that names the pictures."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        column = next((one for one in NAME_COLUMNS if one in (rows.fieldnames or ())), None)
        if column is None:
            raise OperatorError(f"labels {path}", "no column names the pictures", f"head one of them {NAME_COLUMNS[0]}")
        seen: set[str] = set()
        for row in rows:
            name = row[column]
            if not name:
                findings.add("row without a name", f"line {rows.line_num}")
            elif name in seen:
                findings.add("picture listed again, left out", name)
            else:
                seen.add(name)
                if None in row or None in row.values():
                    findings.add("row with more or fewer columns than the heading", f"line {rows.line_num}")
                words = {key: value for key, value in row.items() if key and key != column and isinstance(value, str)}
                yield _label(name, words, findings)


def _label(name: str, words: dict[str, str], findings: Findings) -> Label:
    measures: dict[str, float] = {}
    attributes: dict[str, str] = {}
    for key, value in words.items():
        try:
            number = float(value)
        except ValueError:
            if value not in NOT_KNOWN:
                attributes[key] = value
            continue
        if math.isfinite(number):
            measures[key] = number
        else:
            findings.add(f"measure {key} that is not finite, left out", name)
    return Label(name=name, clip=name.rsplit(".", 1)[0], attributes=attributes, objects=(), measures=measures)
