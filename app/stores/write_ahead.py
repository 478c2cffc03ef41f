"""Turns on the write-ahead log of an SQLite file that others may open at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import stamina


def write_ahead(execute: Callable[[str], object], busy_s: float) -> None:
    """Let many read a file while one writes it; raises what SQLite says when it stays locked.

    SQLite waits for nobody here: of those that open a new file at once, all but one are told that it is locked.
    """
    again = stamina.retry(on=_is_locked, attempts=None, timeout=busy_s, wait_initial=0.02, wait_max=0.5)
    again(execute)("PRAGMA journal_mode = WAL")


def _is_locked(error: Exception) -> bool:
    return "database is locked" in str(error)
