"""The C library's heap in a process of many threads: few arenas, so that what one thread frees the others use.

By default glibc gives each thread an arena of its own (up to eight per core), and what is freed in one is not used by
another: a worker that decodes in eight threads grew by hundreds of megabytes of nothing (ops/bench, section memory).
Figures: mallopt(3).
"""

from __future__ import annotations

import ctypes

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
ARENAS = 2


def share_arenas() -> None:
    """Bound the arenas of this process, before its threads start; a C library without the call is left alone."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, ARENAS)
