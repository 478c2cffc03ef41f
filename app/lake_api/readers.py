"""Readers of files that stay open: to open a file again costs a lookup a third of what it reads of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow.parquet as pq

MOST_OPEN = 400
"""Files that stay open; many systems let a process have 1,024."""


@dataclass(slots=True)
class Readers:
    """Lend readers, each to one thread at a time; the ones used last stay open."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _idle: OrderedDict[str, pq.ParquetFile] = field(default_factory=OrderedDict)

    @contextmanager
    def lent(self, path: str, opened: Callable[[], pq.ParquetFile]) -> Iterator[pq.ParquetFile]:
        """Lend the reader of a file, opened when there is none or another has it; one that failed is closed."""
        with self._lock:
            reader = self._idle.pop(path, None)
        reader = opened() if reader is None else reader
        try:
            yield reader
        except BaseException:
            reader.close(force=True)
            raise
        with self._lock:
            too_many = [self._idle.pop(path)] if path in self._idle else []
            self._idle[path] = reader
            if len(self._idle) > MOST_OPEN:
                too_many.append(self._idle.popitem(last=False)[1])
        for one in too_many:
            one.close(force=True)

    def close(self, paths: Collection[str]) -> None:
        """Close what is idle of some files: one that was removed keeps its bytes on the disk while it is open."""
        with self._lock:
            found = [self._idle.pop(path) for path in paths if path in self._idle]
        for one in found:
            one.close(force=True)
