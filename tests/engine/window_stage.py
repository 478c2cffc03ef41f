"""A stage with windows: at most five numbers, or what came before a marker; each window is one output."""

from __future__ import annotations

import os
from typing import Any

from app.engine import Batch, run_worker, stage_app
from tests.engine.sum_stage import TestTable, TestTopic, open_json

NAME = os.environ.get("SUM_NAME", "win")
SOURCE, OUT = TestTopic(f"{NAME}.in"), TestTopic(f"{NAME}.out")
LINGER_S = float(os.environ.get("SUM_LINGER_S", "2"))

app = stage_app(NAME, codec=open_json)


class UpToFive:
    """Ends with its fifth number or with a marker."""

    def __init__(self) -> None:
        self.numbers = 0

    def add(self, value: dict[str, Any]) -> bool:
        self.numbers += "v" in value
        return "marker_us" in value or self.numbers == 5


@app.agent(
    SOURCE, name=NAME, table=TestTable(f"roadsieve.{NAME}-sums-changelog"), sends=[OUT],
    window=UpToFive, marker=lambda now_us: {"marker_us": now_us}, linger_s=LINGER_S,
)  # fmt: skip
async def windows(batch: Batch[dict[str, Any], None]) -> None:
    """Emit what a window held and where it began."""
    numbers = [item.value["v"] for item in batch if "v" in item.value]
    batch.send(OUT, "w", {"partition": batch.partition, "first": batch.first_offset, "numbers": numbers})


if __name__ == "__main__":
    run_worker([app])
