"""What is answered is what DuckDB finds in the same files: conditions, windows, orders, joins, counts, every form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.lake.open import open_blocking
from app.lake.tables import LAKE_TABLES
from app.settings import Settings
from tests.unit.lake_api.small_lake import COLORS, PLATES, TIMES, Caller

SQL = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
FEW = hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES: dict[str, list[Any]] = {
    "plateText": [*PLATES[:6], "", "ZZ", "粤B"], "confidence": [30.0, 55.5, 90, 99], "frameId": [10_003, 20_050, -1],
    "masked": [False, True], "sourceId": ["gate-0", "gate-3", "gate-"], "seenAt": TIMES,
}  # fmt: skip


@pytest.fixture(scope="session")
def duck(lake: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = open_blocking(lake)
    paths = {name: sorted(warehouse.paths(name)) for name in LAKE_TABLES}
    warehouse.close()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, found in paths.items():
            if found:
                files = [path.removeprefix("file://") for path in found]
                connection.read_parquet(files, hive_partitioning=False).create(name)
        yield connection


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, Any, str, list[Any]]:
    """Return a column, what the API is asked of it, the same as SQL with marks, and its values."""
    column = draw(st.sampled_from(sorted(VALUES)))
    value = st.sampled_from(VALUES[column])
    kind = draw(st.sampled_from(["plain", "in", "null", "range", *SQL]))
    if kind == "plain":
        one = draw(value)
        return column, one, f'"{column}" = ?', [one]
    if kind == "in":
        some = draw(st.lists(value, min_size=1, max_size=3))
        return column, {"in": some}, f'"{column}" IN ({", ".join("?" * len(some))})', some
    if kind == "null":
        empty = draw(st.booleans())
        return column, {"null": empty}, f'"{column}" IS {"" if empty else "NOT "}NULL', []
    if kind == "range":
        low, high = draw(value), draw(value)
        return column, {"ge": low, "lt": high}, f'"{column}" >= ? AND "{column}" < ?', [low, high]
    one = draw(value)
    return column, {kind: one}, f'"{column}" {SQL[kind]} ?', [one]


@pytest.mark.slow
@given(
    asked=st.lists(comparisons(), max_size=3, unique_by=lambda one: one[0]),
    order=st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True), descending=st.booleans(),
    limit=st.integers(1, 60),
)  # fmt: skip
@FEW
def test_rows_and_their_number_are_what_duckdb_finds(
    reader: Caller, duck: duckdb.DuckDBPyConnection, asked: list[tuple[str, Any, str, list[Any]]], order: list[str],
    descending: bool, limit: int,
) -> None:  # fmt: skip
    where = " AND ".join(sql for _, _, sql, _ in asked) or "true"
    values = [value for *_, some in asked for value in some]
    sorts = [f'"{name}" {"DESC" if descending else "ASC"} NULLS LAST' for name in order] or ['"seenAt" ASC']
    wanted = duck.execute(
        f'SELECT "plateId" FROM plate WHERE {where} ORDER BY {", ".join([*sorts, chr(34) + "plateId" + chr(34)])} '
        f"LIMIT {limit}", values,
    ).fetchall()  # fmt: skip
    filters = {column: test for column, test, _, _ in asked}
    signed = [f"-{name}" if descending else name for name in order]
    found = reader.rows("plate", filters=filters, order=signed, limit=limit, columns=["plateId"])
    assert [one["plateId"] for one in found] == [one for (one,) in wanted]
    [(total,)] = duck.execute(f"SELECT count(*) FROM plate WHERE {where}", values).fetchall()
    assert reader.count("plate", filters=filters) == total


@pytest.mark.slow
@pytest.mark.parametrize("color", COLORS)
def test_joined_rows_are_what_duckdb_joins(reader: Caller, duck: duckdb.DuckDBPyConnection, color: str) -> None:
    wanted = duck.execute(
        'SELECT p."plateId", k."color", k."rank", c."code", m."make" FROM plate p JOIN color k USING ("carId") '
        'JOIN country c ON c."plateId" = p."plateId" JOIN "makeModelYear" m ON m."carId" = p."carId" '
        'WHERE k."color" = ? AND c."code" = ? AND p."seenAt" < ? ORDER BY p."seenAt", p."plateId", k."rank"',
        [color, "RUS", "2025-11-27T00:00:00Z"],
    ).fetchall()  # fmt: skip
    question: dict[str, Any] = {
        "join": ["color", "country", "makeModelYear"], "to": "2025-11-27",
        "filters": {"color.color": color, "country.code": {"in": ["RUS"]}},
    }  # fmt: skip
    columns = ["plateId", "color.color", "color.rank", "country.code", "makeModelYear.make"]
    found = reader.rows("plate", columns=columns, order=["seenAt"], limit=1000, **question)
    assert [tuple(one.values()) for one in found] == wanted
    assert len(wanted) == reader.count("plate", **question) > 0


@pytest.mark.slow
def test_what_is_joined_can_be_ordered_by_and_asked_from_either_side(reader: Caller) -> None:
    first = reader.rows("car", join=["color"], order=["-color.confidence", "color.color"], limit=1000)
    sures = [one["color.confidence"] for one in first]
    assert sures == sorted(sures, reverse=True)
    other = reader.rows("color", join=["car"], limit=1000)
    assert sorted(one["carId"] for one in other) == sorted(one["color.carId"] for one in first)
    assert {one["carId"] for one in other} == {one["car.carId"] for one in other}


def test_the_form_of_the_earlier_system_is_understood(reader: Caller) -> None:
    every = reader.rows("color")
    assert len(every) == 100, "its limit, when none was named"
    white = reader.rows("color", filters={"color": "white", "rank": 1}, limit=1000)
    assert {(one["color"], one["rank"]) for one in white} == {("white", 1)}


@pytest.mark.parametrize(("since", "until", "rows"), [
    ("2025-11-26", "2025-11-27", 1), ("2025-11-26T00:00:00+00:00", "2025-11-27T00:00Z", 1),
    ("2025-11-25T23:59:59.999999Z", "2025-11-26T12:00:00Z", 0), (None, "2025-11-25", 0), ("2025-11-28", None, 0),
])  # fmt: skip
def test_a_window_takes_its_beginning_and_leaves_its_end(
    reader: Caller, since: str | None, until: str | None, rows: int
) -> None:
    window = {"from": since, "to": until}
    found = reader.rows("plate", limit=1000, **window)
    assert {one["seenAt"][:10] for one in found} == ({"2025-11-26"} if rows else set())
    assert reader.count("plate", **window) == len(found)


def test_every_form_says_the_same(reader: Caller) -> None:
    question: dict[str, Any] = {"table_name": "plate", "limit": 50, "order": ["-confidence"]}
    plain = reader.post("/query", **question).json()
    comma = reader.post("/query", format="csv", **question)
    told = list(csv.DictReader(io.StringIO(comma.text)))
    assert [{name: "" if value is None else value for name, value in one.items()} for one in told] == [
        {name: text_of(value) for name, value in one.items()} for one in plain
    ]
    stream = pa.ipc.open_stream(reader.post("/query", format="arrow", **question).content).read_all()
    assert polars.from_arrow(stream).get_column("plateId").to_list() == [one["plateId"] for one in plain]
    assert comma.headers["content-type"].startswith("text/csv")


def text_of(value: Any) -> str:
    if isinstance(value, bool | list):
        return json.dumps(value, separators=(",", ":"))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
