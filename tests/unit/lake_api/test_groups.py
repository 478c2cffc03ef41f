"""A row group that holds what a question names is never left out, in whatever order a file's rows are."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, EqualTo, GreaterThan, In, Not, Or

from app.lake_api.groups import bounds_of, columns_in_order, groups_for, values_named

TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=4), st.sampled_from(["", "A", "é", "粤B"]))


def footer_of(texts: list[str | None], group: int, kind: pa.DataType) -> pq.FileMetaData:
    body = io.BytesIO()
    pq.write_table(pa.table({"other": range(len(texts)), "text": pa.array(texts, kind)}), body, group)
    return pq.read_metadata(body)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@given(texts=st.lists(TEXTS, min_size=1, max_size=30), group=st.integers(1, 7), in_order=st.booleans())
def test_a_group_with_a_named_text_is_read(
    texts: list[str | None], group: int, in_order: bool, kind: pa.DataType
) -> None:
    if in_order:
        texts = sorted(texts, key=lambda one: (one is None, one or ""))
    bounds = bounds_of(footer_of(texts, group, kind), "text")
    for place, text in enumerate(texts):
        if text is not None:
            assert place // group in groups_for(bounds, [text, "no such text"])


def test_groups_of_other_texts_are_not_read_and_what_is_not_told_is() -> None:
    texts: list[str | None] = ["A", "B", "C", "D", None, None]
    footer = footer_of(texts, 2, pa.string())
    assert groups_for(bounds_of(footer, "text"), ["C"]) == [1, 2], "a group of nulls alone has no bounds"
    assert groups_for(bounds_of(footer, "other"), ["C"]) == [0, 1, 2]
    assert groups_for(bounds_of(footer, "newer"), ["C"]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        (AlwaysTrue(), None),
        (EqualTo("text", "A"), ["A"]),
        (EqualTo("other", "A"), None),
        (In("text", ["A", "B"]), ["A", "B"]),
        (In("text", [str(number) for number in range(50)]), None),
        (And(GreaterThan("other", 3), And(EqualTo("text", "A"), GreaterThan("other", 4))), ["A"]),
        (Or(EqualTo("text", "A"), GreaterThan("other", 3)), None),
        (Not(EqualTo("text", "A")), None),
    ],
)
def test_only_what_must_hold_names_values(expression: BooleanExpression, values: list[str] | None) -> None:
    found = values_named(expression, "text")
    assert (None if found is None else sorted(found)) == values


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ([("make", "ascending"), ("seenAt", "ascending"), ("model", "ascending")], 2),
        ([("make", "ascending"), ("model", "ascending"), ("seenAt", "ascending")], 1),
        ([("make", "ascending"), ("seenAt", "descending")], 1), ([("make", "ascending")], 1),
        ([("make", "descending"), ("seenAt", "ascending")], 0), ([("seenAt", "ascending"), ("make", "ascending")], 0),
        ([], 0),
    ],
)  # fmt: skip
def test_a_file_tells_by_how_many_columns_it_is_sorted(order: list[tuple[str, str]], told: int) -> None:
    rows, body = pa.table({"model": ["a", "b"], "make": ["a", "b"], "seenAt": [1, 2]}), io.BytesIO()
    sorting = pq.SortingColumn.from_ordering(rows.schema, order) if order else None
    pq.write_table(rows, body, 1, sorting_columns=sorting)
    assert columns_in_order(pq.read_metadata(body), ["make", "seenAt"]) == told
