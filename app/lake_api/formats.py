"""Rows to JSON, CSV and Arrow; plates masked for those who may not read them, and never more bytes than allowed."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from datetime import UTC
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

MASK = "***"
"""Stands for every plate alike: neither length nor equality of what is masked can be seen."""

MEDIA_TYPES = {
    "json": "application/json", "csv": "text/csv; charset=utf-8", "arrow": "application/vnd.apache.arrow.stream",
}  # fmt: skip
_encoder = msgspec.json.Encoder()


def masked(rows: pa.Table, columns: Collection[str]) -> pa.Table:
    """Return rows with the mask in some columns, also where there was nothing."""
    for place, name in enumerate(rows.column_names):
        if name in columns:
            rows = rows.set_column(place, name, pa.array([MASK] * len(rows), pa.string()))
    return rows


def encoded(rows: pa.Table, form: str, most_bytes: int) -> tuple[bytes, int]:
    """Return as many of the first rows as fit into so many bytes, and how many; one row always does."""
    count, encode = len(rows), _ENCODERS[form]
    while True:
        body = encode(rows.slice(0, count))
        if len(body) <= most_bytes or count <= 1:
            return body, count
        count = max(1, min(count - 1, int(count * most_bytes / len(body) * 0.95)))


def _json(rows: pa.Table) -> bytes:
    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            rows = rows.set_column(place, field.name, _iso_column(rows.column(place)))
    return _encoder.encode(rows.to_pylist())


def _iso_column(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as `iso` has them; a column of Python's times would cost twice all else."""
    with_t = pc.replace_substring(moments.cast(pa.string()), " ", "T")
    return pc.replace_substring(with_t, ".000000", "")


def iso(moment: Any) -> str | None:
    """Return a time as 2026-11-25T18:23:00.5Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _csv(rows: pa.Table) -> bytes:
    for place, field in enumerate(rows.schema):
        if pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
            texts = [None if one is None else _encoder.encode(one).decode() for one in rows.column(place).to_pylist()]
            rows = rows.set_column(place, field.name, pa.array(texts, pa.string()))
        elif pa.types.is_timestamp(field.type):
            rows = rows.set_column(place, field.name, _iso_column(rows.column(place)))
    body = io.BytesIO()
    pa_csv.write_csv(rows, body)
    return body.getvalue()


def _arrow(rows: pa.Table) -> bytes:
    body = io.BytesIO()
    with pa.ipc.new_stream(body, rows.schema) as stream:
        stream.write_table(rows)
    return body.getvalue()


_ENCODERS: dict[str, Callable[[pa.Table], bytes]] = {"json": _json, "csv": _csv, "arrow": _arrow}
