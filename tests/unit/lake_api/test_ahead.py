"""What the disk is asked for ahead is all of the groups that will be read, and asking is never why a question fails."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.lake_api.ahead import ask_ahead, span_of

ROWS = pa.table({
    "text": [f"plate {number // 3}" for number in range(100)], "confidence": [float(number) for number in range(100)],
    "numbers": [[1.5 * number] * (number % 4) for number in range(100)],
})  # fmt: skip


def written(path: Path, repeated: Sequence[str]) -> pq.FileMetaData:
    pq.write_table(ROWS, path, row_group_size=30, use_dictionary=repeated)
    return pq.read_metadata(path)


@pytest.mark.parametrize("repeated", [[], ["text"], ["text", "confidence"]])
def test_the_span_of_a_group_holds_all_its_columns(tmp_path: Path, repeated: list[str]) -> None:
    footer = written(tmp_path / "file", repeated)
    size_bytes = (tmp_path / "file").stat().st_size
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        columns = [group.column(place) for place in range(group.num_columns)]
        begin, count = span_of(footer, number)
        end = begin + count if count else size_bytes
        assert begin == min(one.dictionary_page_offset or one.data_page_offset for one in columns)
        assert sum(one.total_compressed_size for one in columns) <= end - begin
    assert count == 0, "the last one has all that is left"


def test_each_group_is_asked_for_and_a_file_that_is_gone_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    footer = written(path, [])
    asked = list[tuple[int, int, int]]()
    monkeypatch.setattr(os, "posix_fadvise", lambda _, *what: asked.append(what), raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_WILLNEED", 3, raising=False)
    ask_ahead(str(path), footer, [1, 3])
    assert asked == [(*span_of(footer, 1), 3), (*span_of(footer, 3), 3)]
    path.unlink()
    ask_ahead(str(path), footer, [0])
    assert len(asked) == 2
