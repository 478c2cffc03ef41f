"""Reads the BDD100K dialects: det_20 and Scalabel lists, 2018 lists and single images, and one JSON object per line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.errors import OperatorError
from app.evaluation.labels import DEFAULT_WH, Findings, Label
from schemas.records import SeenObject

NOT_KNOWN = frozenset({"undefined", "unknown", ""})
WITHOUT_BOX = ("area/", "lane/", "drivable area", "lane")
"""Categories of roads and lanes: polygons, no objects."""


def read_scalabel(path: Path, findings: Findings) -> Iterator[Label]:
    """Yield the labels of a file; raises OperatorError when it is not JSON of a dialect that is known."""
    seen: set[str] = set()
    for number, entry in enumerate(_entries(path), start=1):
        if not isinstance(entry, dict):
            findings.add("entry that is no object", f"number {number}")
            continue
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            findings.add("entry without a name", f"number {number}")
            continue
        if name in seen:
            findings.add("picture listed again, left out", name)
            continue
        seen.add(name)
        yield _label(name, entry, findings)


def _entries(path: Path) -> Iterator[Any]:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        raise OperatorError(f"labels {path}", "the file is empty", "name a file with labels")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as whole:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if len(lines) < 2:
            raise OperatorError(f"labels {path}", f"not JSON: {whole}", "name a JSON or JSON Lines file") from whole
        yield from _lines(path, lines)
        return
    match content:
        case list():
            yield from content
        case {"frames": [{"objects": _}, *_]}:
            yield content
        case {"frames": list(frames)}:
            yield from frames
        case {"name": _}:
            yield content
        case _:
            raise OperatorError(
                f"labels {path}", "neither a list of pictures nor a picture", "name det_20, Scalabel or 2018 labels"
            )


def _lines(path: Path, lines: list[tuple[int, str]]) -> Iterator[Any]:
    for number, line in lines:
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            raise OperatorError(
                f"labels {path}, line {number}", f"not JSON: {error}", "correct or remove the line"
            ) from error


def _label(name: str, entry: Mapping[str, Any], findings: Findings) -> Label:
    attributes, found = entry.get("attributes") or {}, entry.get("labels") or []
    if not isinstance(attributes, dict):
        findings.add("attributes that are no object, left out", name)
        attributes = {}
    match entry.get("frames"):
        case [{"objects": list(objects)}, *_]:
            found = objects
    if not isinstance(found, list):
        findings.add("labels that are no list, left out", name)
        found = []
    words: dict[str, str] = {}
    for key, value in attributes.items():
        if not isinstance(value, str):
            findings.add(f"attribute {key} that is no word", f"{name}: {value!r}")
        elif value not in NOT_KNOWN:
            words[key] = value
    match entry.get("size"):
        case {"width": int(width), "height": int(height)} if width > 0 and height > 0:
            size_wh = (width, height)
        case _:
            size_wh = DEFAULT_WH
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return Label(
        name=name,
        clip=str(entry.get("videoName") or stem),
        attributes=words,
        objects=tuple(_objects(name, found, findings)),
        size_wh=size_wh,
    )


def _objects(name: str, found: list[Any], findings: Findings) -> Iterator[SeenObject]:
    for one in found:
        category = one.get("category") if isinstance(one, dict) else None
        if not isinstance(category, str) or not category:
            findings.add("object without a category", name)
            continue
        box = one.get("box2d")
        if not isinstance(box, dict):
            if not category.startswith(WITHOUT_BOX):
                findings.add("object without a box, left out", f"{name}: {category}")
            continue
        try:
            x1, y1, x2, y2 = (float(box[corner]) for corner in ("x1", "y1", "x2", "y2"))
            score = float(one.get("score", 1.0))
        except (KeyError, TypeError, ValueError):
            findings.add("box that is not four numbers, left out", f"{name}: {category}")
            continue
        if not all(map(math.isfinite, (x1, y1, x2, y2, score))):
            findings.add("box that is not finite, left out", f"{name}: {category}")
            continue
        yield SeenObject(category, score, x1, y1, x2 + 1.0, y2 + 1.0)  # Scalabel boxes include their last pixel
