"""What is collected from many results is what each one says, in the order of the files."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake import collected
from app.lake.collected import Collected
from app.lake.parquet import order_of
from app.lake.rows import columns_of
from app.lake.tables import LAKE_TABLES, RESULT_TABLES
from app.lake.warehouse import arrow_table, by_day
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, NOTHING, PLATE_ALONE, result, results

DAY_US = 86_400_000_000
times_us = st.sampled_from([AT_US, AT_US + 1, AT_US + DAY_US, AT_US - DAY_US, 5 * DAY_US + AT_US])
sources = st.sampled_from(["gate-3", "gate-10", "ворота"])


def id_of(one: tuple[Any, str, int]) -> str:
    return result(*one).result_id


def in_order(said: list[tuple[Any, str, int]], name: str) -> list[tuple[str, pa.Table]]:
    """Return a table's rows by day, sorted as its files say that they are."""
    rows = [row for one, source_id, at_us in said for row in rows_of(result(one, source_id, at_us))[name]]
    return list(by_day(arrow_table(LAKE_TABLES[name], columns_of(name, rows)).sort_by(order_of(name))))


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.one_of(results, st.sampled_from([FULL, PLATE_ALONE, CAR_ALONE, NOTHING])), sources, times_us),
        max_size=12, unique_by=id_of,
    ),
    st.sampled_from([1, 3, 1000]),
)  # fmt: skip
def test_the_files_of_a_window_hold_the_rows_of_its_results_sorted(said: list[tuple[Any, str, int]], part: int) -> None:
    before, collected.PART_RESULTS = collected.PART_RESULTS, part
    try:
        rows = Collected()
        for one in said:
            rows.add(result(*one))
        found: dict[str, list[tuple[str, pa.Table]]] = {name: [] for name in RESULT_TABLES}
        for name, day, table in rows.tables():
            table.validate(full=True)
            found[name].append((day, table))
    finally:
        collected.PART_RESULTS = before
    for name in RESULT_TABLES:
        assert [(day, some.to_pylist()) for day, some in found[name]] == [
            (day, some.to_pylist()) for day, some in in_order(said, name)
        ]
