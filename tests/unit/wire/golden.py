"""Writes the golden bytes of a schema's present version where they are missing: `python -m tests.unit.wire.golden`;
never replaces any."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.stores.registry import canonical
from app.wire import codec_of
from tests.unit.wire.values import CLASSES, fixed_value

FOLDER = Path(__file__).parent / "golden"


def versions_of(name: str) -> list[Path]:
    """Return the files that tell of each version of a record, oldest first."""
    return sorted(FOLDER.glob(f"{name}.v*.json"), key=lambda path: int(path.suffixes[-2][2:]))


def as_json(value: Any) -> Any:
    """Return plain dicts, with bytes as base64, to compare values across versions."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {key: as_json(one) for key, one in value.items()}
        case list() | tuple():
            return [as_json(one) for one in value]
    return value


def main() -> None:
    """Add what is missing."""
    for held_as in CLASSES:
        codec = codec_of(held_as)
        before = versions_of(codec.name)
        if before and canonical(json.dumps(json.loads(before[-1].read_text())["definition"])) == canonical(
            codec.definition
        ):
            continue
        stem = FOLDER / f"{codec.name}.v{len(before) + 1}"
        value = fixed_value(codec.shape, "")
        told = {"definition": json.loads(canonical(codec.definition)), "value": as_json(asdict(value))}
        stem.with_name(stem.name + ".json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        stem.with_name(stem.name + ".bin").write_bytes(codec.encode(value))


if __name__ == "__main__":
    main()
