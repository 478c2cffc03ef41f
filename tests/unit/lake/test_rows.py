"""Every guess becomes a row, and every row joins."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from app.lake.dictionary import dictionary
from app.lake.tables import RESULT_TABLES
from tests.house.tree import ROOT
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, NOTHING, PLATE_ALONE, result, results


def as_dicts(said: Any) -> dict[str, list[dict[str, Any]]]:
    rows = rows_of(result(said))
    columns = {name: RESULT_TABLES[name].column_names for name in rows}
    return {name: [dict(zip(columns[name], row, strict=True)) for row in rows[name]] for name in rows}


def test_a_full_result_gives_the_rows_that_a_person_would_write() -> None:
    rows = as_dicts(FULL)
    (plate,), (car,) = rows["plate"], rows["car"]
    assert (plate["plateText"], plate["masked"], plate["confidence"], plate["detectionConfidence"]) == (
        "粤BDX503*", True, 87.0, 99.6,
    )  # fmt: skip
    assert (plate["characterConfidences"], plate["sourceId"], plate["seenAt"]) == ((90.1, 87.0), "gate-3", AT_US)
    assert (plate["carId"], car["plateId"]) == (car["carId"], plate["plateId"])
    assert [(one["rank"], one["color"]) for one in rows["color"]] == [(1, "white"), (2, "black")]
    assert [(one["rank"], one["bodyStyle"], one["klass"]) for one in rows["bodyStyle"]] == [(1, "suv", 0)]
    assert [(one["make"], one["year"]) for one in rows["makeModelYear"]][:2] == [
        ("renault", "2012"),
        ("renault", "0-9"),
    ]
    assert [(one["code"], one["state"]) for one in rows["country"]] == [("CHN", ""), ("USA", "Iowa")]


def test_guesses_of_one_make_add_up_as_the_guide_of_the_sdk_has_it() -> None:
    (car,) = as_dicts(FULL)["car"]
    assert (car["makeFused"], car["modelFused"]) == ("renault", "clio")
    assert abs(car["makeFusedConfidence"] - 82.9) < 1e-9
    assert abs(car["modelFusedConfidence"] - 81.8) < 1e-9


def test_a_plate_alone_and_a_car_alone_name_no_partner() -> None:
    assert as_dicts(PLATE_ALONE)["plate"][0]["carId"] is None
    assert as_dicts(PLATE_ALONE)["car"] == []
    assert as_dicts(CAR_ALONE)["car"][0]["plateId"] is None
    assert as_dicts(CAR_ALONE)["plate"] == []
    assert not any(as_dicts(NOTHING).values())


@pytest.mark.slow
@given(results)
def test_every_row_joins_to_its_result_its_car_and_its_plate(said: dict[str, Any]) -> None:
    rows = as_dicts(said)
    keys = {name: [tuple(row[one] for one in RESULT_TABLES[name].key) for row in rows[name]] for name in rows}
    assert all(len(set(found)) == len(found) for found in keys.values())
    cars, plates = {row["carId"] for row in rows["car"]}, {row["plateId"] for row in rows["plate"]}
    for name, found in rows.items():
        for row in found:
            assert row["resultId"] == result(said).result_id
            assert row.get("carId") in {*cars, None} or name == "car"
            assert row.get("plateId") in {*plates, None} or name == "plate"
    assert {row["carId"] for name in ("color", "bodyStyle", "makeModelYear") for row in rows[name]} <= cars
    assert {row["plateId"] for row in rows["country"]} <= plates


@given(results)
def test_the_same_result_gives_the_same_rows(said: dict[str, Any]) -> None:
    assert rows_of(result(said)) == rows_of(result(said))


def test_the_data_dictionary_is_what_the_tables_say() -> None:
    assert (ROOT / "ops" / "plate_lake.md").read_text() == dictionary()
