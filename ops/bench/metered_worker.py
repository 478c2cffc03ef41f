"""`roadsieve worker` with meters: python -m ops.bench.metered_worker FILE [STAGE …]

Every second FILE gets, as JSON, the requests made to the object store and what the pictures of the detector waited.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from agents import STAGES
from app.engine import run_worker
from app.errors import OperatorError
from models.judge import BatchTimes

EVERY_S = 1.0
_NUMBER = re.compile(r"[-_ (]\S*\d.*")
OBJECT_STAGES = ("porter", "detector", "librarian")


def thread_cpu_s() -> dict[str, float]:
    """Return CPU seconds of this process by kind of thread; `native`: those that libraries started."""
    names = {thread.native_id: _NUMBER.sub("", thread.name) for thread in threading.enumerate()}
    spent_s: dict[str, float] = defaultdict(float)
    for thread in psutil.Process().threads():
        spent_s[names.get(thread.id, "native")] += thread.user_time + thread.system_time
    return dict(spent_s)


class Meters:
    """What this process has counted so far."""

    def __init__(self, file: Path, modules: dict[str, Any]) -> None:
        self._file, self._modules = file, modules
        self._pictures, self._batches = 0, 0
        self._waited_s: list[float] = []
        self._busy_s: Counter[str] = Counter()
        if "detector" in modules:
            modules["detector"].tell_batch = self._on_batch

    def _on_batch(self, times: BatchTimes) -> None:
        self._pictures += times.pictures
        self._batches += 1
        self._waited_s += times.waited_s
        self._busy_s.update({"fill": times.fill_s, "infer": times.infer_s, "decode": times.decode_s})

    def run(self) -> None:
        """Write the figures for ever."""
        while True:
            time.sleep(EVERY_S)
            aside = self._file.with_suffix(".aside")
            aside.write_text(json.dumps(self.figures()))
            aside.replace(self._file)

    def figures(self) -> dict[str, Any]:
        """Return the figures so far."""
        return {
            "requests": dict(self._requests()), "pictures": self._pictures, "batches": self._batches,
            "waited_s": list(self._waited_s), "busy_s": dict(self._busy_s), "thread_cpu_s": thread_cpu_s(),
        }  # fmt: skip

    def _requests(self) -> Counter[str]:
        for stage in [stage for stage in OBJECT_STAGES if stage in self._modules]:
            try:
                requests: Counter[str] = self._modules[stage].objects().requests
            except OperatorError:  # not open yet, or closed again
                continue
            return requests  # one store per process, whatever its stages
        return Counter()


def main(file: Path, stages: list[str]) -> None:
    """Run the stages, all when none is named."""
    modules = {stage: import_module(f"agents.{stage}") for stage in STAGES if stage in stages or not stages}
    threading.Thread(target=Meters(file, modules).run, daemon=True).start()
    run_worker([module.app for module in modules.values()])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
