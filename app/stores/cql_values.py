"""A row of the catalog as the values that CQL keeps of it, and back: pure."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from math import isfinite
from operator import attrgetter
from typing import Any

import msgspec

from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row, SegmentRow
from schemas.records import SeenObject


def values_of(row: Row) -> dict[str, Any]:
    """Return field -> value as the driver takes it."""
    return {field.name: _to_cql(getattr(row, field.name)) for field in dataclasses.fields(row)}


def row_of(kind: type[Any], values: Sequence[Any]) -> Any:
    """Return the row whose fields were selected, in their order."""
    columns = list(values)
    for number, read in READERS[kind]:
        columns[number] = read(columns[number])
    return MAKERS[kind](*columns)


def columns_of(kind: type[Any]) -> str:
    """Return the columns to select for `row_of`."""
    return ", ".join(field.name for field in dataclasses.fields(kind))


def packed(row: DecisionRow | FrameRow) -> dict[str, Any]:
    """Return column -> value of a row that lies in one cell beside its key."""
    if isinstance(row, FrameRow):
        return {"frame_id": row.frame_id, "seen": _frame_as_text(row)}
    values = values_of(row)
    return {"window_id": row.window_id, "frame_id": row.frame_id, "decided": tuple([values[name] for name in PACKED])}


def unpacked(window_id: str, frame_id: str, decided: Sequence[Any]) -> DecisionRow:
    """Return the decision in a cell."""
    values = list(decided)
    values[_REASONS] = tuple(values[_REASONS])
    row: DecisionRow = MAKERS[DecisionRow](window_id, frame_id, *values)
    return row


def decision_of(values: Sequence[Any]) -> DecisionRow:
    """Return the decision of the columns of `DecisionRow` and its cell: whichever holds the newer version.

    Programs before migration 2 wrote columns and no cell, later ones the cell and no columns.
    """
    *columns, decided = values
    if decided is not None and (columns[-1] is None or columns[-1] <= decided[-1]):
        return unpacked(columns[0], columns[1], decided)
    row: DecisionRow = row_of(DecisionRow, columns)
    return row


def frame_of(values: Sequence[Any]) -> FrameRow:
    """Return the frame of the columns of `FrameRow` and its cell, as `decision_of` does: the cell is of migration 3."""
    *columns, seen = values
    packed_frame = None if seen is None else frame_in(seen)
    if packed_frame is not None and (columns[-1] is None or columns[-1] <= packed_frame.version):
        return packed_frame
    row: FrameRow = row_of(FrameRow, columns)
    return row


def _frame_as_text(row: FrameRow) -> str:
    """Return a frame as JSON; ValueError where a number of it is none, which JSON cannot tell."""
    numbers = (*row.measures.values(), *chain.from_iterable(map(_numbers_of, row.objects)))
    if not all(map(isfinite, numbers)):
        raise ValueError(f"frame {row.frame_id} holds a number that is none")
    return _as_json(row).decode()


def _to_cql(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [dataclasses.astuple(one) if isinstance(one, SeenObject) else one for one in value]
    return value


def _maker(kind: type[Any]) -> Callable[..., Any]:
    """Return what makes instances of a frozen dataclass of their values, at a fifth of what its own __init__ takes.

    That one pays an object.__setattr__ for each field: here a class with the same slots that is not frozen is filled.
    """
    names = [field.name for field in dataclasses.fields(kind)]
    bare: Any = dataclasses.make_dataclass(kind.__name__, names, slots=True)

    def make(*values: Any) -> Any:
        row = bare(*values)
        row.__class__ = kind
        return row

    return make


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    if typing.get_origin(hint) is tuple:
        if typing.get_args(hint)[0] is SeenObject:
            return lambda values: tuple([_seen(*one) for one in values])
        return tuple
    return dict if typing.get_origin(hint) is not None else None


def _readers(kind: type[Any]) -> list[tuple[int, Callable[[Any], Any]]]:
    hints = typing.get_type_hints(kind)
    readers = [(number, _reader(hints[field.name])) for number, field in enumerate(dataclasses.fields(kind))]
    return [(number, reader) for number, reader in readers if reader is not None]


KINDS: tuple[type[Any], ...] = (SegmentRow, FrameRow, DecisionRow, CameraDayRow)
PACKED = [field.name for field in dataclasses.fields(DecisionRow) if field.name not in ("window_id", "frame_id")]
"""The fields of a decision in the order of its cell, the version last."""
_REASONS = PACKED.index("reasons")
_as_json = msgspec.json.Encoder().encode
frame_in = msgspec.json.Decoder(FrameRow).decode
"""Returns the frame in a cell."""
_numbers_of = attrgetter(*(name for name, hint in typing.get_type_hints(SeenObject).items() if hint is float))
MAKERS: dict[type[Any], Callable[..., Any]] = {kind: _maker(kind) for kind in KINDS}
READERS: dict[type[Any], list[tuple[int, Callable[[Any], Any]]]] = {kind: _readers(kind) for kind in KINDS}
"""Number of a column -> what makes of it what the row has; the driver gives all others as they are."""
_seen = _maker(SeenObject)
