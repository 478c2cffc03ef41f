"""Rows of many results in Arrow's compact form, given as the files have them: a day each, sorted.

As Python's objects those of a window would take a gigabyte. Texts that repeat stay numbers into a dictionary up to the
Parquet file; rows are sorted by such numbers, of which few are different, by radix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.lake.flat import TRIAL_MARK, Flat, Guesses, Lists
from app.lake.fusing import Numbers, Places, surest
from app.lake.reading import Result
from app.lake.tables import LAKE_TABLES, RESULT_TABLES, LakeTable

PART_RESULTS = 32
"""Results that are Python's objects at a time: as many as the processor's own memory holds."""
TIME, RANK, CLASS, SURE = "seenAt", "rank", "klass", "confidence"

GUESSES_OF = {"bodyStyle": "car", "color": "car", "country": "plate", "makeModelYear": "car"}
"""Table of ranked guesses -> table of what they are of."""
TOLD = {"bodyStyle": ("bodyStyle",), "color": ("color",), "country": ("code", "country", "state", "other"),
        "makeModelYear": ("make", "model", "year")}  # fmt: skip
"""Table of guesses -> columns of what each says, before its class."""

Codes = npt.NDArray[np.integer[Any]]
Columns = dict[str, pa.Array]


class Collected:
    """Collect the rows of results; `tables` gives each table's."""

    def __init__(self) -> None:
        self._flat, self._results = Flat(), list[Result]()

    def add(self, result: Result) -> None:
        """Add the rows of a result."""
        self._results.append(result)
        if len(self._results) >= PART_RESULTS:
            self._pack()

    def tables(self) -> Iterator[tuple[str, str, pa.Table]]:
        """Yield table, day and rows, as one file each is to have them."""
        self._pack()
        guesses = {name: _Guessed(name, one) for name, one in self._flat.guesses.items()}
        things = _things(self._flat, guesses["makeModelYear"])
        for name in RESULT_TABLES:
            files = things[name].files() if name in things else things[GUESSES_OF[name]].files_of_guesses(guesses[name])
            for day, rows in files:
                yield name, day, rows

    def _pack(self) -> None:
        self._flat.add(self._results)
        self._results = []


class _Texts:
    """Texts as numbers that are in their order, into the different ones."""

    def __init__(self, texts: pa.Array) -> None:
        coded = texts.dictionary_encode()
        places = pc.sort_indices(coded.dictionary)
        self._different = coded.dictionary.take(places)
        # Numbers of 16 bits are sorted by radix.
        ranks: Codes = np.empty(len(places), np.uint16 if len(places) <= 1 << 16 else np.int32)
        ranks[places.to_numpy()] = np.arange(len(places))
        self.codes: Codes = ranks[coded.indices.to_numpy()]

    def texts(self, codes: Codes) -> pa.Array:
        """Return the texts of some numbers."""
        return self._different.take(pa.array(codes))

    def column(self, codes: Codes) -> pa.DictionaryArray:
        """Return the texts of some numbers, with a dictionary that has no other."""
        there = np.zeros(len(self._different), np.bool_)
        there[codes] = True
        places = np.cumsum(there, dtype=np.int32) - 1
        return pa.DictionaryArray.from_arrays(places[codes], self._different.filter(pa.array(there)))


class _Guessed:
    """The guesses of a table, in the order of what they are of."""

    def __init__(self, name: str, guesses: Guesses) -> None:
        self.name, self.counts, self.codes = name, np.asarray(guesses.counts), np.asarray(guesses.codes)
        self.sures = np.asarray(guesses.sures)
        *texts, classes = zip(*guesses.known, strict=True) if guesses.known else [()] * (len(TOLD[name]) + 1)
        self.classes = pa.array(classes, pa.int64())
        self.texts = {
            column: _Texts(pa.array([*map(str, told)], pa.string()))
            for column, told in zip(TOLD[name], texts, strict=True)
        }

    def texts_of(self, column: str, places: Places) -> pa.Array:
        """Return what some guesses say."""
        return self.texts[column].texts(self.codes_of(column)[places])

    def codes_of(self, column: str) -> Codes:
        """Return numbers that are in the order of the texts of a column."""
        codes: Codes = self.texts[column].codes[self.codes]
        return codes

    def columns(self, places: Places) -> Columns:
        """Return the columns of what some guesses say."""
        codes = self.codes[places]
        told: Columns = {name: one.column(one.codes[codes]) for name, one in self.texts.items()}
        return told | {CLASS: self.classes.take(pa.array(codes)), SURE: pa.array(self.sures[places])}


class _Things:
    """Plates or cars in the order of their time and ids; so each day is one stretch of them."""

    def __init__(self, name: str, columns: Columns) -> None:
        rows = _table(LAKE_TABLES[name], columns)
        key = LAKE_TABLES[name].key[0]
        order = pc.sort_indices(rows, [(TIME, "ascending"), (key, "ascending")])
        self._name, self._order = name, order.to_numpy().astype(np.int64)
        self._rows = rows.take(order).combine_chunks()
        self._times = self._rows.column(TIME)
        days = self._times.cast(pa.date32()).cast(pa.int32()).to_numpy()  # of UTC, as the partitions are
        self._starts = [*np.flatnonzero(np.diff(days, prepend=-1 if len(days) == 0 else days[0] - 1)), len(days)]
        self._days = [str(np.datetime64(int(days[place]), "D")) for place in self._starts[:-1]]

    def files(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield the things themselves by day."""
        by = [one for one in LAKE_TABLES[self._name].sorted_by if one != TIME]
        codes = [_Texts(self._rows.column(one).combine_chunks()).codes for one in by]
        for day, (start, end) in zip(self._days, pairwise(self._starts), strict=True):
            yield day, self._rows.slice(start, end - start).take(_sorted(codes, start, end))

    def files_of_guesses(self, guessed: _Guessed) -> Iterator[tuple[str, pa.Table]]:
        """Yield their guesses by day."""
        starts = (np.cumsum(guessed.counts) - guessed.counts)[self._order]
        count = guessed.counts[self._order]
        ends = np.cumsum(count)
        of_thing = np.repeat(np.arange(len(count)), count)
        rank = np.arange(len(of_thing)) - np.repeat(ends - count, count)
        places = np.repeat(starts, count) + rank
        table = LAKE_TABLES[guessed.name]
        codes = [guessed.codes_of(one)[places] for one in table.sorted_by if one != TIME]
        bounds = [int(ends[place - 1]) if place else 0 for place in self._starts]
        for number, (start, end) in enumerate(pairwise(bounds)):
            if start == end:
                continue
            order = start + _sorted(codes, start, end)
            own = guessed.columns(places[order]) | {RANK: pa.array(rank[order] + 1)}
            shared = [one for one in table.column_names if one not in own]
            yield self._days[number], _table(table, own | self._shared(number, shared, of_thing[order]))

    def _shared(self, day: int, names: Sequence[str], things: Places) -> Columns:
        """Return columns that some things of a day share with what is guessed of them."""
        begin, end = self._starts[day : day + 2]
        rows, places = self._rows.slice(begin, end - begin), pa.array(things - begin)
        columns: Columns = {}
        for name in names:
            column = rows.column(name).combine_chunks()
            if pa.types.is_string(column.type):  # each text once a thing, not once a guess
                coded = column.dictionary_encode()
                columns[name] = pa.DictionaryArray.from_arrays(coded.indices.take(places), coded.dictionary)
            else:
                columns[name] = column.take(places)
        return columns


def _table(table: LakeTable, columns: Columns) -> pa.Table:
    arrays = [columns[one.name] for one in table.columns]
    fields = [
        pa.field(one.name, array.type, nullable=not one.required)
        for one, array in zip(table.columns, arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _sorted(codes: list[Codes], start: int, end: int) -> Places:
    """Return the places of rows from start to end, which are in the order of their time, in that of codes and time."""
    order = np.arange(end - start)
    for one in reversed(codes):
        order = order[np.argsort(one[start:end][order], kind="stable")]
    return order


def _things(flat: Flat, makes: _Guessed) -> Mapping[str, _Things]:
    entries = np.asarray(flat.entries)
    of_result = np.repeat(np.arange(len(entries)), entries)
    place = np.arange(len(of_result)) - np.repeat(np.cumsum(entries) - entries, entries)
    results: Columns = {
        "resultId": pa.array(flat.result_ids, pa.string()),
        "sourceId": pa.array([*flat.sources], pa.string()).take(pa.array(np.asarray(flat.source_codes))),
        TIME: pa.array(np.asarray(flat.times_us), pa.timestamp("us", tz="UTC")),
        "imageUri": pa.array(flat.image_uris, pa.string()), "frameId": pa.array(np.asarray(flat.frame_ids)),
    }  # fmt: skip
    ids, there = {}, {}
    for name, has in (("plate", flat.has_plate), ("car", flat.has_car)):
        there[name] = np.asarray(has) != 0
        at = np.flatnonzero(there[name])
        of = results["resultId"].take(pa.array(of_result[at]))
        ids[name] = pc.binary_join_element_wise(of, pa.array(place[at]).cast(pa.string()), f"-{name[0]}")
    said = {"plate": _plates(flat), "car": _cars(flat, makes)}
    things = {}
    for name, partner in (("plate", "car"), ("car", "plate")):
        has = there[partner][there[name]]
        partners = (np.cumsum(there[partner]) - 1)[there[name]]
        of = pa.array(of_result[there[name]])
        columns = {one: column.take(of) for one, column in results.items()} | said[name]
        columns |= {f"{name}Id": ids[name], f"{partner}Id": ids[partner].take(pa.array(partners, mask=~has))}
        things[name] = _Things(name, columns)
    return things


def _plates(flat: Flat) -> Columns:
    counts, values = np.asarray(flat.sures.counts), np.asarray(flat.sures.values)
    starts = np.cumsum(counts) - counts
    sures = pa.array(values)
    texts = pa.array(flat.texts, pa.string())
    of_characters = np.arange(len(values)) - np.repeat(starts, counts) >= 2  # after those of reading and detection
    return {
        "plateText": texts, "masked": pc.ends_with(texts, TRIAL_MARK),
        SURE: sures.take(pa.array(starts, mask=counts < 1)),
        "detectionConfidence": sures.take(pa.array(starts + 1, mask=counts < 2)),
        "characterConfidences": _lists(np.maximum(counts - 2, 0), values[of_characters]),
        "cornersPx": _corners(flat.plate_corners),
    }  # fmt: skip


def _cars(flat: Flat, makes: _Guessed) -> Columns:
    """Return what cars say; `makeFused` is surest among the makes, `modelFused` among the models of that make."""
    things = np.repeat(np.arange(len(makes.counts)), makes.counts)
    said = makes.codes_of("make").astype(np.int64)
    make = surest(things, said, makes.sures)
    chosen = np.full(len(makes.counts), -1)
    chosen[make.things] = said[make.guesses]
    left = np.flatnonzero(chosen[things] == said)
    model = surest(things[left], makes.codes_of("model").astype(np.int64)[left], makes.sures[left])
    columns: Columns = {SURE: pa.array(np.asarray(flat.car_sures)), "cornersPx": _corners(flat.car_corners)}
    for name, found, guesses in (("make", make, make.guesses), ("model", model, left[model.guesses])):
        places = np.full(len(chosen), -1)
        places[found.things] = np.arange(len(found.things))
        of = pa.array(places, mask=places < 0)
        columns[f"{name}Fused"] = makes.texts_of(name, guesses).take(of).fill_null("")
        columns[f"{name}FusedConfidence"] = pa.array(found.sums).take(of)
    return columns


def _corners(lists: Lists) -> pa.Array:
    counts = np.asarray(lists.counts)
    return _lists(counts, np.asarray(lists.values), counts == 0)


def _lists(counts: Places, values: Numbers, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    mask = None if missing is None else pa.array(missing)
    return pa.ListArray.from_arrays(offsets, pa.array(values), mask=mask)
