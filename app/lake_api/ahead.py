"""Asks the disk for the groups of all files of a question before the first is read: it fetches many as fast as one.

A year of plates is seldom in memory. A group is then thirteen short reads, one after the other, of each file: ten files
took twice the time that they take when they are asked for at once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

import pyarrow.parquet as pq


def ask_ahead(path: str, footer: pq.FileMetaData, groups: Sequence[int]) -> None:
    """Ask for groups of a file, where the system knows such a thing; waits for nothing, and raises nothing."""
    if not hasattr(os, "posix_fadvise"):
        return
    with suppress(OSError):  # who reads it says what is wrong, or has it open since before it was removed
        file = os.open(path, os.O_RDONLY)
        try:
            for group in groups:
                os.posix_fadvise(file, *span_of(footer, group), os.POSIX_FADV_WILLNEED)
        finally:
            os.close(file)


def span_of(footer: pq.FileMetaData, group: int) -> tuple[int, int]:
    """Return where a group begins in its file and how many bytes it has, of the last one 0: all that is left."""
    begin = _begin(footer, group)
    return begin, (_begin(footer, group + 1) - begin if group + 1 < footer.num_row_groups else 0)


def _begin(footer: pq.FileMetaData, group: int) -> int:
    first = footer.row_group(group).column(0)
    return int(first.dictionary_page_offset or first.data_page_offset)
