"""What a store is opened with holds for one that was there before, too."""

from __future__ import annotations

import re
from pathlib import Path

from app.engine.store import CACHE_BYTES, Meta, PartitionStore

ROWS = 1000


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
