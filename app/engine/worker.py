"""One process, one or several stages: their apps under a single Faust worker."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any, NoReturn

import faust

from app.engine.app import StageApp
from app.engine.faust_internals import quiet_libraries
from app.settings import settings
from app.telemetry.lines import logging_in

#: Records in flight are young and many, and free of cycles: collecting every 700 objects cost a seventh of the CPU.
YOUNG_OBJECTS = 20_000


def log_lines() -> dict[str, Any] | None:
    """Return how log lines are written, None for Faust's own way: coloured text."""
    chosen = settings()
    return logging_in("json", chosen.log_level) if chosen.log_format == "json" else None


def run_worker(apps: Sequence[StageApp]) -> NoReturn:
    """Run the apps until SIGTERM or SIGINT, then drain and exit 0; exit 70, 75 or 78 with a line that says why."""
    first, *others = apps
    for app in others:
        app.conf.web_enabled = False  # one server per process; its pages tell of all stages
    gc.collect()
    gc.freeze()  # modules live as long as the process: the collector need not walk them again and again
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    level, lines = settings().log_level, log_lines()
    worker = faust.Worker(first, *others, loglevel=level, logging_config=lines, redirect_stdouts=False)
    quiet_libraries()
    worker.execute_from_commandline()
    raise SystemExit(0)
