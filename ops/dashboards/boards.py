"""All boards, in the order in which one opens them, and their JSON beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ops.dashboards import broker, diversity, flow, models, plates, stores
from ops.dashboards.board import Board

FOLDER = Path(__file__).parent / "json"
BOARDS: tuple[Board, ...] = (diversity.BOARD, flow.BOARD, models.BOARD, stores.BOARD, broker.BOARD, plates.BOARD)


def file_of(board: Board) -> Path:
    """Return where the JSON of a board lies."""
    return FOLDER / f"{board.name}.json"


def write_boards() -> list[Path]:
    """Write the JSON of every board; return the files that changed."""
    FOLDER.mkdir(exist_ok=True)
    changed = []
    for board in BOARDS:
        file, text = file_of(board), board.as_json()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    return changed


def read_boards() -> dict[str, dict[str, Any]]:
    """Return name -> board as Grafana reads it."""
    return {board.name: json.loads(file_of(board).read_text(encoding="utf-8")) for board in BOARDS}
