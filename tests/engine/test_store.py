"""What a store is opened with holds for one that was there before, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.engine.store import CACHE_BYTES, Meta, PartitionStore

ROWS = 1000
MANY, AT_ONCE, ASKED = 1_500_000, 10_000, 2000


def test_a_store_that_is_opened_again_filters_new_files_and_keeps_to_the_shared_cache(tmp_path: Path) -> None:
    for opened in range(1, 4):
        store = PartitionStore(tmp_path / "0")
        store.write(((b"%d/%d" % (opened, number), b"row") for number in range(ROWS)), Meta(position=opened))
        store.close()  # writes a file
        store = PartitionStore(tmp_path / "0")
        told = str(store._db.property_value("rocksdb.aggregated-table-properties"))
        assert re.search(rf"entries for filter={opened * (ROWS + 1)};", told), f"all rows and positions: {told}"
        assert store._db.property_int_value("rocksdb.block-cache-capacity") == CACHE_BYTES
        assert store.get(b"1/7") == b"row" and store.meta.position == opened
        store.close()


def read_bytes() -> int:
    told = re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())
    assert told
    return int(told[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="this system does not count the bytes that are read")
def test_a_key_that_is_not_there_is_missed_without_reading_files_however_many_keys_are_there(tmp_path: Path) -> None:
    store = PartitionStore(tmp_path / "0")
    for start in range(0, MANY, AT_ONCE):
        store.write(
            ((b"%016x" % (one * 0x9E3779B97F4A7C15 % 2**64), b"") for one in range(start, start + AT_ONCE)), Meta()
        )
    store._db.compact_range(None, None)  # into one file with a large filter
    store.close()
    store = PartitionStore(tmp_path / "0")
    absent = [b"%016x" % (-one * 0x9E3779B97F4A7C15 % 2**64) for one in range(1, ASKED + 1)]
    for key in absent:
        assert store.get(key) is None
    before = read_bytes()
    for key in absent:
        assert store.get(key) is None
    assert (read_bytes() - before) / ASKED < 4096
    store.close()
