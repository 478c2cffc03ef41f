"""What a run of the plate lake's bench has done so far, kept beside it: one that was stopped goes on from there."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.errors import OperatorError
from ops.load.plates import PlateTruth


@dataclass(frozen=True, slots=True)
class Part:
    """What one part showed; rates are of the results that it sent."""

    results_so_far: int
    per_core_s: float
    """Results per CPU second of the worker with both stages, from topic to committed tables."""
    per_s: float
    sent_per_core_s: float
    """Results per CPU second of `alpr load`."""
    rss_bytes: int
    files: int
    lake_bytes: int
    right: bool
    """Every table has the rows of the truth, and every unusable result is a dead letter."""
    whole: bool
    """The run was not stopped in its middle: its rates are of all of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one command on the loaded lake took."""

    command: str
    took_s: float
    cpu_s: float
    rss_bytes: int
    right: bool
    """It ended as it should: `lake check` with integrity True."""
    files: int
    """Of all tables, after it."""


class LakeNotes:
    """Note parts and steps in a file as they end."""

    def __init__(self, file: Path) -> None:
        noted: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self._file = file
        self.parts = [Part(**one) for one in noted.get("parts", ())]
        self.steps = [Step(**one) for one in noted.get("steps", ())]
        self.rows: Counter[str] = Counter(noted.get("rows", {}))
        """Of each table, that the parts so far made."""
        self.unusable = int(noted.get("unusable", 0))
        self.begun: int | None = noted.get("begun")
        """The part that was being loaded when it was written last."""
        self._plan: list[int] | None = noted.get("plan")

    def hold_to(self, plan: list[int]) -> None:
        """Note how many results the parts have; raises OperatorError where another run was begun in the folder."""
        if self._plan not in (None, plan):
            why = "a run of another size was begun there"
            raise OperatorError(f"folder {self._file.parent}", why, "name the same --times, or another --folder")
        self._plan = plan
        self._write()

    def begin(self, number: int) -> bool:
        """Note that a part is loaded now; tell whether that had not been begun before."""
        new, self.begun = self.begun != number, number
        self._write()
        return new

    def end(self, part: Part, truth: PlateTruth) -> None:
        """Note that a part is loaded, and what it added."""
        self.parts.append(part)
        self.rows += truth.rows
        self.unusable += truth.unusable_lines
        self._write()

    def did(self, step: Step) -> None:
        """Note what a command took."""
        self.steps.append(step)
        self._write()

    def _write(self) -> None:
        noted = {
            "parts": [asdict(one) for one in self.parts], "steps": [asdict(one) for one in self.steps],
            "rows": self.rows, "unusable": self.unusable, "begun": self.begun, "plan": self._plan,
        }  # fmt: skip
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(noted, indent=1), "utf-8")
        new.replace(self._file)
