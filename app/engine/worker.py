"""One process, one or several stages: their apps under a single Faust worker."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import NoReturn

import faust

from app.engine.app import StageApp
from app.engine.faust_internals import quiet_libraries
from app.settings import settings

#: Records in flight are young and many, and free of cycles: collecting every 700 objects cost a seventh of the CPU.
YOUNG_OBJECTS = 20_000


def run_worker(apps: Sequence[StageApp]) -> NoReturn:
    """Run the apps until SIGTERM or SIGINT, then drain and exit 0; exit 70, 75 or 78 with a line that says why."""
    first, *others = apps
    for app in others:
        app.conf.web_enabled = False  # one server per process; its pages tell of all stages
    gc.collect()
    gc.freeze()  # modules live as long as the process: the collector need not walk them again and again
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    worker = faust.Worker(first, *others, loglevel=settings().log_level, redirect_stdouts=False)
    quiet_libraries()
    worker.execute_from_commandline()
    raise SystemExit(0)
