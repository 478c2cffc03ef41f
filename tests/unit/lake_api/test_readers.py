"""Readers stay open while they are used: one thread has each at a time, few are kept, removed files are let go."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.lake_api import readers
from app.lake_api.readers import Readers


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Return some files."""
    made = [f"{tmp_path}/{number}.parquet" for number in range(4)]
    for path in made:
        pq.write_table(pa.table({"path": [path]}), path)
    return made


def opening(path: str, opened: list[pq.ParquetFile]) -> pq.ParquetFile:
    opened.append(pq.ParquetFile(path))
    return opened[-1]


def test_a_file_is_opened_once_unless_two_have_it_at_once(paths: list[str]) -> None:
    kept, opened, path = Readers(), list[pq.ParquetFile](), paths[0]
    for _ in range(3):
        with kept.lent(path, lambda: opening(path, opened)) as reader:
            assert reader.read()["path"].to_pylist() == [path]
    assert len(opened) == 1
    with (
        kept.lent(path, lambda: opening(path, opened)) as one,
        kept.lent(path, lambda: opening(path, opened)) as other,
    ):
        assert one is not other
    assert [reader.closed for reader in opened].count(False) == 1, "one of a file is enough"


def test_those_used_longest_ago_are_closed(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_OPEN", 2)
    kept, opened = Readers(), list[pq.ParquetFile]()
    for path in (*paths[:2], paths[0], paths[2]):
        with kept.lent(path, lambda path=path: opening(path, opened)):
            pass
    assert [reader.closed for reader in opened] == [False, True, False]


def test_a_reader_that_failed_and_those_of_removed_files_are_closed(paths: list[str]) -> None:
    kept, opened = Readers(), list[pq.ParquetFile]()
    with pytest.raises(OSError, match="gone"), kept.lent(paths[0], lambda: opening(paths[0], opened)):
        raise OSError("gone")
    with kept.lent(paths[1], lambda: opening(paths[1], opened)):
        kept.close(paths)
    kept.close([*paths, "never opened"])
    assert all(reader.closed for reader in opened) and len(opened) == 2
