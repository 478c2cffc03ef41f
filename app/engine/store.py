"""One RocksDB per source partition: a cache of the changelog, never ahead of it and never the truth."""

from __future__ import annotations

import asyncio
import shutil
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from rocksdict import (
    AccessType,
    BlockBasedIndexType,
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from app import telemetry

_ROW, _META = b"k", b"m"
#: Changelog offset, source position, time of the write in ms, incarnation of the changelog.
_META_ROW = struct.Struct(">qqq8s")

CACHE_BYTES = 64 << 20
MEMTABLE_BYTES = 64 << 20
WRITE_BUFFER_BYTES = 8 << 20  # what a kill -9 can cost a partition in replay
MEMTABLE_FILTER_RATIO = 0.01
FILTER_PIECE_BYTES = 64 << 10
OPEN_FILES = 128
HAND_OVER_S = 3.0
SPARE = ".spare"


class _Shared:
    """Memory of all stores of the process: bounded together, however many partitions there are."""

    lock = threading.Lock()
    cache: Cache | None = None
    memtables: WriteBufferManager | None = None

    @classmethod
    def get(cls) -> tuple[Cache, WriteBufferManager]:
        with cls.lock:
            if cls.cache is None or cls.memtables is None:
                cls.cache, cls.memtables = Cache(CACHE_BYTES), WriteBufferManager(MEMTABLE_BYTES, False)
            return cls.cache, cls.memtables


@dataclass(frozen=True, slots=True)
class Meta:
    """How far a store is: both offsets are the NEXT ones to read."""

    changelog_offset: int = 0
    position: int = -1
    """-1: nothing was ever committed."""
    written_ms: int = 0
    incarnation: bytes = b""


class StoreInUse(OSError):
    """Another process has the store open."""


async def open_store(path: Path) -> PartitionStore:
    """Open the store of a partition, or a spare copy when another process keeps it open for longer than a hand-over.

    A frozen former owner on the same disk holds the lock of its store for as long as it is frozen.
    """
    deadline_s = time.monotonic() + HAND_OVER_S
    while True:
        try:
            return await asyncio.to_thread(PartitionStore, path)
        except StoreInUse as error:
            if time.monotonic() > deadline_s:
                path = path.with_name(path.name + SPARE)
                telemetry.rebuilding(str(path), f"{error}; this is a spare copy")
        await asyncio.sleep(HAND_OVER_S / 20)


class PartitionStore:
    """State rows, changelog offset and source position, always in step.

    One write batch carries rows and meta, and there is no WAL: a crash loses the unflushed memtable, so it takes
    rows AND meta back to an older common point, and recovery replays the rest of the changelog.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._no_wal = WriteOptions()
        self._no_wal.disable_wal = True  # type: ignore[method-assign,assignment]  # a property; the stub is wrong
        self._open_or_rebuild()

    def _open_or_rebuild(self) -> None:
        try:
            self._db = _open(self.path)
        except Exception as error:  # rocksdict raises bare Exception for a damaged store
            if "lock" in str(error).lower():
                raise StoreInUse(f"{self.path}: another process has this state open: {error}") from error
            telemetry.rebuilding(str(self.path), f"it cannot be opened ({error})")
            shutil.rmtree(self.path)
            self._db = _open(self.path)
        raw = self._db.get(_META)
        self.meta = Meta(*_META_ROW.unpack(cast(bytes, raw))) if raw else Meta()
        if self.meta.incarnation == bytes(8):  # written before it was known
            self.meta = replace(self.meta, incarnation=b"")

    def get(self, key: bytes) -> bytes | None:
        """Return a committed row."""
        raw: bytes | None = self._db.get(_ROW + key)
        return raw

    def apply(self, rows: Mapping[bytes, bytes | None], changelog_offset: int, position: int) -> None:
        """Take over committed rows and both offsets in one write batch."""
        self.write(rows.items(), Meta(changelog_offset, position, int(time.time() * 1000), self.meta.incarnation))

    def write(self, rows: Iterable[tuple[bytes, bytes | None]], meta: Meta) -> None:
        """Write rows and meta together; rows of a key in their order."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in rows:
            if value is None:
                delete(_ROW + key)
            else:
                put(_ROW + key, value)
        put(_META, _META_ROW.pack(meta.changelog_offset, meta.position, meta.written_ms, meta.incarnation))
        try:
            self._db.write(batch, write_opt=self._no_wal)
        except Exception as error:  # rocksdict raises bare Exception
            raise OSError(f"{self.path}: state cannot be written: {error}; is the disk full?") from error
        self.meta = meta

    @property
    def size(self) -> tuple[int, int]:
        """Bytes in files and memory, and rows as RocksDB estimates them."""
        asked = ("rocksdb.total-sst-files-size", "rocksdb.cur-size-all-mem-tables", "rocksdb.estimate-num-keys")
        files, memory, rows = (int(self._db.property_int_value(name) or 0) for name in asked)
        return files + memory, rows

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over all rows in key order."""
        for key, value in cast("Iterator[tuple[bytes, bytes]]", self._db.items(from_key=_ROW)):
            if key[:1] != _ROW:
                break
            yield key[1:], value

    def wipe(self) -> None:
        """Forget everything; the changelog has it."""
        self._db.close()
        shutil.rmtree(self.path)
        self._open_or_rebuild()

    def touch(self) -> None:
        """Note that the copy is current: said by an owner that is about to close it."""
        meta = self.meta
        self.write((), Meta(meta.changelog_offset, meta.position, int(time.time() * 1000), meta.incarnation))

    def close(self) -> None:
        """Flush and close; the next start finds everything committed."""
        self._db.flush()
        self._db.close()


def _open(path: Path) -> Rdict:
    cache, memtables = _Shared.get()
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_max_open_files(OPEN_FILES)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_manager(memtables)
    # As the files have: to miss a key that is not there took three times as long without.
    options.set_memtable_whole_key_filtering(True)
    options.set_memtable_prefix_bloom_ratio(MEMTABLE_FILTER_RATIO)
    options.set_keep_log_file_num(2)
    table = BlockBasedOptions()
    table.set_block_cache(cache)
    table.set_bloom_filter(10, False)
    table.set_cache_index_and_filter_blocks(True)
    # In pieces: the whole filter of a million keys is too large for a shard of the cache, and was read for every get.
    table.set_index_type(BlockBasedIndexType.two_level_index_search())
    table.set_partition_filters(True)
    table.set_metadata_block_size(FILTER_PIECE_BYTES)
    table.set_pin_top_level_index_and_filter(True)
    options.set_block_based_table_factory(table)
    # Named, for what is there already has the library's own cache and no filters unless its options are given.
    return Rdict(str(path), options, {"default": options}, AccessType.read_write())
