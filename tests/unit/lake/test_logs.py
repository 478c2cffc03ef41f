"""Results are found in every form of log; what holds none is told, and the rest of the file is read."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
import pyzstd

from app.errors import MalformedRecord
from app.lake import logs
from app.lake.logs import Logged, results_in
from app.lake.sources import log_files
from tests.unit.lake.results import CAR_ALONE, FULL, PLATE_ALONE

THREE = [FULL, PLATE_ALONE, CAR_ALONE]
LINES = "\n\n".join(json.dumps(one, ensure_ascii=False) for one in THREE).encode()


def found(path: Path, body: bytes) -> list[object]:
    path.write_bytes(body)
    return [json.loads(one.raw) if isinstance(one, Logged) else one for one in results_in(path)]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.jsonl", LINES),
        ("a.jsonl", b"\n\n" + LINES + b"\r\n"),
        ("a.jsonl", b"\xef\xbb\xbf" + LINES),
        ("a.json", json.dumps(THREE).encode()),
        ("a.json", b" \n " + json.dumps(THREE, indent=1).encode()),
        ("a.jsonl.gz", gzip.compress(LINES)),
        ("a.jsonl.zst", pyzstd.compress(LINES)),
        ("a.json.gz", gzip.compress(LINES[:1]) + gzip.compress(LINES[1:])),
    ],
)
def test_lines_and_arrays_packed_or_not_hold_the_same_results(tmp_path: Path, name: str, body: bytes) -> None:
    assert found(tmp_path / name, body) == THREE


def test_one_result_may_be_written_over_many_lines(tmp_path: Path) -> None:
    assert found(tmp_path / "a.json", json.dumps(FULL, indent=2).encode()) == [FULL]


def test_a_line_that_is_broken_is_handed_on_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json.dumps(FULL).encode() + b'\n{"plates": [\n' + json.dumps(CAR_ALONE).encode())
    places = [one.place for one in results_in(tmp_path / "a.jsonl") if isinstance(one, Logged)]
    assert places == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("more_bytes", [2, 20_000])
def test_a_line_beyond_the_limit_is_told_and_all_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, more_bytes: int
) -> None:
    monkeypatch.setattr(logs, "RESULT_LIMIT_BYTES", 4000)
    lines = [json.dumps(FULL).encode(), b'{"frame_id": 9}']
    lines.insert(place, b'{"frame_id": 1, "x": "'.ljust(3999 + more_bytes, b"y"))
    read = found(tmp_path / "a.jsonl", b"\n".join(lines))
    [told] = [one for one in read if isinstance(one, MalformedRecord)]
    assert [one for one in read if one is not told] == [FULL, {"frame_id": 9}]
    assert f"line {place + 1}" in told.what


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b"[{", "no JSON array"),
        (LINES.decode().encode("utf-16"), "UTF-16"),
        (LINES.decode().encode("utf-16-be"), "UTF-16"),
        (b'{"frame_id": 1,\n' + b" " * 5000, "longer than"),
        (b"[" + b"1," * 5000 + b"1]", "longer than"),
        (gzip.compress(LINES)[:-20], "cannot be read"),
        (pyzstd.compress(LINES * 50)[:-20], "cannot be read"),
    ],
    ids=["no bytes", "blank", "torn array", "UTF-16", "UTF-16 without a mark", "endless result", "endless array",
         "torn gzip", "torn zstd"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, told: str
) -> None:
    monkeypatch.setattr(logs, "RESULT_LIMIT_BYTES", 4000)
    monkeypatch.setattr(logs, "ARRAY_LIMIT_BYTES", 4000)
    with pytest.raises(MalformedRecord, match=told):
        found(tmp_path / "a", body)


def test_folders_are_searched_and_what_is_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "none").mkdir()
    for name in ("deep/b.jsonl", "a.JSON", "readme.txt"):
        (tmp_path / name).write_text("{}")
    files, missing = log_files([tmp_path, tmp_path / "readme.txt", tmp_path / "gone", tmp_path / "none"])
    assert [file.name for file in files] == ["a.JSON", "b.jsonl", "readme.txt"]
    assert [one.what.split("/")[-1] for one in missing] == ["gone", "none"]


@pytest.mark.slow
@pytest.mark.parametrize("begun", [b"", b"[", b'{"frame_id": 1, "x": "\n', b'{"frame_id": 1}\n'])
def test_a_gigabyte_without_an_end_is_told_and_not_held_in_memory(tmp_path: Path, begun: bytes) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.write(begun + b" 1, 2, 3,")
        file.truncate(1 << 30)
    tracemalloc.start()
    told = []
    try:
        told = [one for one in results_in(tmp_path / "huge.json") if isinstance(one, MalformedRecord)]
    except MalformedRecord as error:
        told = [error]
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than" in told[0].why
    assert peak_bytes < 3 * logs.ARRAY_LIMIT_BYTES


def test_a_name_that_is_not_the_files_is_the_one_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"")
    with pytest.raises(MalformedRecord, match=r"log s3://gates/a\.jsonl: it is empty"):
        list(results_in(tmp_path / "log", "s3://gates/a.jsonl"))
