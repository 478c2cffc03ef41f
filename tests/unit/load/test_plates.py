"""Made plate results are what their truth says: row by row, and every unusable line with its reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import pytest

from app.errors import MalformedRecord, OperatorError
from app.lake.logs import Logged, results_in
from app.lake.reading import read_result
from ops.load.plate_dirt import KINDS, SPOILT, USUAL, plate_rates
from ops.load.plate_file import write_plates
from ops.load.plate_words import plate_text
from ops.load.plates import PlateMaker, PlateOrder
from tests.unit.lake.plain_rows import rows_of

#: Kind of an unusable line -> what its reason says.
WHY = {"torn": "SDK writes", "nan": "malformed", "too-sure": "<= 100.01", "latin-1": "utf-8", "short-box": "warpedBox",
       "no-time": "says when", "1970": "2000 to 2099", "2106": "2000 to 2099"}  # fmt: skip


def order(results: int = 2000, rates: Iterable[str] = (), seed: int = 3) -> PlateOrder:
    return PlateOrder(results, seed, 5, 1_735_689_600_000_000, 2.0, plate_rates(rates))


DIRTY = order(rates=[f"{kind}=0.02" for kind in SPOILT])


def in_a_lake(path: Path) -> tuple[Counter[str], dict[int, str], set[str]]:
    """Return rows by table of what is usable, the reasons of what is not by line, and ids."""
    rows, reasons, ids = Counter[str](), dict[int, str](), set[str]()
    for number, logged in enumerate(results_in(path), start=1):
        assert isinstance(logged, Logged)
        source = re.search(rb'"source_id":"([^"]*)"', logged.raw)
        try:
            result = read_result(logged.raw, source[1].decode() if source else "gate-0")
        except MalformedRecord as error:
            reasons[number] = str(error)
            continue
        if result.result_id not in ids:
            ids.add(result.result_id)
            rows.update({name: len(found) for name, found in rows_of(result).items() if found})
    return rows, reasons, ids


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_rows_and_refusals_are_those_of_the_truth(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"plates{ending}"
    write_plates(path, DIRTY, lambda _: None)
    truth: dict[str, Any] = json.loads((tmp_path / f"plates{ending}.truth").read_text())
    rows, reasons, ids = in_a_lake(path)
    assert rows == truth["rows"]
    assert len(ids) == truth["usable"]
    assert sorted(reasons) == sorted(line for lines in truth["unusable"].values() for line in lines)
    wrong = {kind: reasons[line] for kind, lines in truth["unusable"].items() for line in lines
             if WHY[kind] not in reasons[line]}  # fmt: skip
    assert wrong == {}
    assert {*KINDS, *SPOILT, "full", "repeated"} == truth["kinds"].keys()


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes_and_another_seed_others() -> None:
    first = list(PlateMaker(DIRTY).lines())
    assert list(PlateMaker(DIRTY).lines()) == first
    assert list(PlateMaker(order(seed=4)).lines())[:5] != first[:5]


def test_plain_results_have_each_one_plate_on_one_car() -> None:
    maker = PlateMaker(order(500, ["all=0"]))
    assert len(list(maker.lines())) == 500
    assert maker.truth.kinds == {"full": 500}
    assert (maker.truth.rows["plate"], maker.truth.rows["car"], maker.truth.rows["color"]) == (500, 500, 2500)


@pytest.mark.slow
def test_a_kind_comes_as_often_as_its_share_says() -> None:
    maker = PlateMaker(order(5000, ["all=0", "trial=0.3"]))
    list(maker.lines())
    assert 1350 < maker.truth.kinds["trial"] < 1650


@pytest.mark.parametrize("wrong", ["rain=0.1", "torn", "torn=2", "torn=x"])
def test_a_rate_that_cannot_be_is_refused_with_the_kinds(wrong: str) -> None:
    with pytest.raises(OperatorError, match="two-confidences"):
        plate_rates([wrong])


def test_shares_of_more_than_all_are_refused() -> None:
    with pytest.raises(OperatorError, match="make 9"):
        plate_rates(["all=0.5"])
    assert plate_rates([]) == USUAL


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="rights to write"):
        write_plates(tmp_path / "file" / "plates.jsonl", DIRTY, lambda _: None)


@pytest.mark.parametrize("alphabet", ["latin", "unicode"])
def test_no_two_vehicles_bear_the_same_plate(alphabet: Literal["latin", "unicode"]) -> None:
    numbers = [*range(30_000), *range(0, 23**3 * 10_000, 7_919)]
    assert len({plate_text(number, alphabet) for number in numbers}) == len({*numbers})
