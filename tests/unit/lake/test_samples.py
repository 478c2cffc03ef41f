"""Published results, read by a person and written down here: they parse to this, and come out of the lake as this."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest

from app.lake.reading import Result, read_result
from app.lake.rows import Row
from app.lake.tables import RESULT_TABLES
from app.lake.warehouse import Warehouse
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import AT_US

#: In the order of the files: two pictures, the frames of a video, the one plate with everything.
VIDEO_FRAMES = [3, 9, 21, 25, 29, 31, 40, 43, 46, 49, 52, 53, 57, 70, 74, 75, 82, 86, 92, 95, 99, 3]
RESULTS = [("official", 178, None), ("single", 0, 180), *(("video", frame, 53 if frame == 99 else None)
           for frame in VIDEO_FRAMES), ("trial", 0, None)]  # fmt: skip
VIDEO_SURE = (89.91418, 99.84826, [90.13089, 89.91418, 90.18127, 90.65147, 90.49564, 90.35191, 91.2173])
#: source -> text, hidden by the trial, reading, detection, characters, x and y of the first corner.
PLATES: dict[str, tuple[str, bool, float, float, list[float], float, float]] = {
    "official": ("K643ET10", False, 86.99596, 99.60938, [], 61.73531, 819.796),
    "single": ("3PEDLM*", True, 89.93234, 99.60938,
               [90.45452, 90.46402, 89.93234, 89.96776, 90.43755, 90.58742, 90.51079], 821.1327, 337.2377),
    "video": ("3PEDLM*", True, *VIDEO_SURE, 820.0174, 343.1933),
    "trial": ("DK08X683*", True, 90.23438, 99.6582,
              [89.84375, 89.45312, 84.61914, 43.28613, 90.23438, 90.77148, 91.11328, 91.35742, 91.50391],
              378.4375, 246.2812),
}  # fmt: skip
#: source -> confidence, last corner's y, make and model that the sums name, with the sums.
CARS: dict[str, tuple[float, float, str, float | None, str, float | None]] = {
    "official": (89.45312, 897.6935, "ford", 5.859375, "f150", 3.90625),  # three guesses of 1.953125
    "single": (99.60938, 619.1255, "", None, "", None),
    "video": (99.9999, 607.6826, "", None, "", None),
    "trial": (100.0, 413.8438, "suzuki", 77.613766, "a*****", 73.87769),
}
COLORS = {
    "official": [("white", 11, 59.76562), ("black", 0, 27.73438), ("silver", 9, 11.32812), ("gray", 4, 0.390625),
                 ("green", 5, 0.390625)],
    "trial": [("r*****", -1, 100.0), ("b*****", -1, 1.344041e-06), ("b*****", -1, 8.701949e-08),
              ("g*****", -1, 5.382095e-08), ("y*****", -1, 4.929254e-08)],
}  # fmt: skip
BODY_STYLES = {
    "trial": [("s*****", -1, 45.98983), ("m*****", -1, 25.80444), ("h*****", -1, 25.12477), ("s*****", -1, 2.659326),
              ("c*****", -1, 0.3086638)],
}  # fmt: skip
MAKES = {
    "official": [("nissan", "nv", "2012", 8072, 5.46875), ("gmc", "yukon 1500", "2007", 4885, 3.90625),
                 ("ford", "f150", "2001", 3950, 1.953125), ("ford", "ranger", "2008", 4401, 1.953125),
                 ("ford", "f150", "2005", 3954, 1.953125)],
    "trial": [("suzuki", "a*****", "0-9", -1, 73.87769), ("toyota", "v*****", "0-9", -1, 4.039661),
              ("suzuki", "r*****", "0-9", -1, 3.736076), ("smart", "f*****", "0-9", -1, 2.450179),
              ("daihatsu", "x*****", "0-9", -1, 2.450179)],
}  # fmt: skip
#: Child, parent, key, rows that have a parent.
JOINS = [
    ("country", "plate", "plateId", 10), ("color", "car", "carId", 10), ("bodyStyle", "car", "carId", 5),
    ("makeModelYear", "car", "carId", 10), ("plate", "car", "carId", 24), ("car", "plate", "plateId", 24),
]  # fmt: skip
USA, UK = "United States of America", "United Kingdom of Great Britain and Northern Ireland"
COUNTRIES = {
    "official": [("RUS", "Russian Federation", "Republic of Karelia", "Private vehicle", 65, 99.60938),
                 ("USA", USA, "Iowa", "", 88, 0.0), ("USA", USA, "Connecticut", "", 80, 0.0),
                 ("USA", USA, "Delaware", "", 81, 0.0), ("USA", USA, "Florida", "", 82, 0.0)],
    "trial": [("IND", "India", "", "", 43, 100.0), ("DNK", "Denmark", "", "", 33, 2.304221e-06),
              ("GBR", UK, "", "", 38, 2.884072e-07), ("ARE", "United Arab Emirates", "Dubai", "", 4, 8.934437e-08),
              ("AZE", "Azerbaijan", "", "", 12, 4.457561e-08)],
}  # fmt: skip


@pytest.fixture
def samples(shared_data: Path) -> list[Result]:
    """Return the published results under the name of their kind; the plate with everything was logged alone."""
    folder = shared_data / "alpr"
    alone = json.loads((folder / "plate_full_vmmr_vcr_vbsr_lpci.json").read_text())
    raw = [
        ("official", (folder / "official_comment_sample.json").read_bytes()),
        ("single", (folder / "result_single_image.json").read_bytes()),
        *(("video", line) for line in (folder / "results_video.jsonl").read_bytes().splitlines()),
        ("trial", json.dumps({"frame_id": 0, "plates": [alone]}).encode()),
    ]
    return [read_result(one, source, at_us=AT_US + place) for place, (source, one) in enumerate(raw)]


def rows_by_name(samples: list[Result]) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {name: [] for name in RESULT_TABLES}
    for one in samples:
        for name, found in rows_of(one).items():
            rows[name] += found
    return rows


@pytest.fixture
def lake(samples: list[Result], tmp_path: Path) -> Iterator[dict[str, polars.DataFrame]]:
    """Return the six tables as Polars reads them after a way through Iceberg, rows in the order of the files."""
    warehouse = Warehouse(f"sqlite:///{tmp_path}/catalog.sqlite", f"file://{tmp_path}/warehouse")
    warehouse.create()
    for name, rows in rows_by_name(samples).items():
        files = warehouse.write(name, rows, "0000-000000000000")
        warehouse.add(name, [(place, file.path) for place, file in enumerate(files)])
    yield {
        name: polars.scan_iceberg(warehouse.table(name)).collect().sort("seenAt", *table.key)
        for name, table in RESULT_TABLES.items()
    }  # fmt: skip
    warehouse.close()


def test_every_sample_is_a_result_of_its_frame(samples: list[Result]) -> None:
    assert [(one.source_id, one.said.frame_id, one.said.duration_ms) for one in samples] == RESULTS


@pytest.mark.slow
def test_the_lake_says_what_a_person_read(lake: dict[str, polars.DataFrame]) -> None:
    def told(name: str, *columns: str) -> list[tuple[Any, ...]]:
        return lake[name].select(columns).rows()

    seen = [source for source, _, duration_ms in RESULTS if duration_ms != 53]
    sure = ("confidence", "detectionConfidence", "characterConfidences", "cornersPx")
    plates = told("plate", "sourceId", "plateText", "masked", *sure)
    assert [(*row[:-1], *row[-1][:2]) for row in plates] == [(one, *PLATES[one]) for one in seen]
    fused = ("makeFused", "makeFusedConfidence", "modelFused", "modelFusedConfidence")
    cars = told("car", "sourceId", "confidence", "cornersPx", *fused)
    assert [(*row[:2], row[2][-1], *row[3:]) for row in cars] == [
        (one, *(pytest.approx(value) if isinstance(value, float) else value for value in CARS[one])) for one in seen
    ]
    for name, wanted, columns in (
        ("color", COLORS, ("color", "klass", "confidence")),
        ("bodyStyle", BODY_STYLES, ("bodyStyle", "klass", "confidence")),
        ("makeModelYear", MAKES, ("make", "model", "year", "klass", "confidence")),
        ("country", COUNTRIES, ("code", "country", "state", "other", "klass", "confidence")),
    ):
        ranked = [(one, rank, *guess) for one, found in wanted.items() for rank, guess in enumerate(found, start=1)]
        assert told(name, "sourceId", "rank", *columns) == ranked


@pytest.mark.slow
def test_two_engines_join_without_a_miss_and_agree(lake: dict[str, polars.DataFrame], tmp_path: Path) -> None:
    with duckdb.connect() as duck:
        for name in RESULT_TABLES:
            files = f"{tmp_path}/warehouse/plates/{name}/data/*/*.parquet"
            duck.execute(f'create view "{name}" as from read_parquet($${files}$$, hive_partitioning = false)')
        for child, parent, key, rows in JOINS:
            assert lake[child].join(lake[parent], on=[key, "resultId"], how="inner").height == rows
            assert lake[child].join(lake[parent], on=[key, "resultId"], how="anti").is_empty()
            query = f'select count(*), count(b.seenAt) from "{child}" a left join "{parent}" b using ({key}, resultId)'
            assert duck.execute(query).fetchone() == (rows, rows)
