"""Laws of the tracker: one file of sightings a window, the same for the same window, and a note while someone waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from agents import tracker
from schemas.records import LakeFile, PlatesRead, WatchChanged, WindowMarker
from tests.agents.one_batch import settings_in, staged
from tests.unit.lake.results import AT_US
from tests.unit.lake.test_tracks import read

MARKERS = [WindowMarker("", AT_US + at_s * 1_000_000) for at_s in (60, 120)]


def seen(sent: dict[str, list[Any]]) -> list[dict[str, Any]]:
    files: list[LakeFile] = sent.get("lake.files", [])
    return [row for file in files for row in pq.read_table(file.path.removeprefix("file://")).to_pylist()]


async def test_a_vehicle_is_one_sighting_when_it_left_whatever_window_its_readings_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tracker, settings_in(tmp_path), monkeypatch) as stage:
        tracker.warehouse().create()
        first = await stage.run([PlatesRead("gate-3", (read("AB12CD"), read("A812CD", 1, 50)))])
        assert first == {"plates.read": [PlatesRead("gate-3", ())]}
        again = await stage.run([PlatesRead("gate-3", ()), PlatesRead("gate-3", (read("AB12CD", 2),)), MARKERS[0]])
        assert again == {"plates.read": [PlatesRead("gate-3", ())]}
        last = await stage.run([PlatesRead("gate-3", ()), MARKERS[1]])
        assert [(row["plateText"], row["readings"], row["sourceId"]) for row in seen(last)] == [("AB12CD", 3, "gate-3")]
        assert "plates.read" not in last and stage.rows == {}


async def test_a_window_that_is_repeated_after_a_crash_gives_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tracker, settings_in(tmp_path), monkeypatch) as stage:
        tracker.warehouse().create()
        values = [PlatesRead("gate-3", tuple(read(text, at_s) for at_s, text in enumerate(("AB12CD", "XY98ZW") * 40)))]
        values.append(PlatesRead("gate-3", (read("QQ11QQ", 600),)))
        first = await stage.run(values)
        body = [Path(file.path.removeprefix("file://")).read_bytes() for file in first["lake.files"]]
        stage.rows.clear()
        stage.offset = 0
        assert await stage.run(values) == first
        assert [Path(file.path.removeprefix("file://")).read_bytes() for file in first["lake.files"]] == body
        assert [(row["plateText"], row["readings"]) for row in seen(first)] == [("AB12CD", 40), ("XY98ZW", 40)]


async def test_a_vehicle_that_is_looked_for_is_told_once_however_long_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tracker, settings_in(tmp_path), monkeypatch) as stage:
        tracker.warehouse().create()
        add = WatchChanged("A812CD", "add", 1, "stolen")
        first = await stage.run([PlatesRead("gate-3", (read("AB12CD"),)), add])  # it holds for its window
        [event] = first["plates.watched"]
        assert (event.plate, event.text, event.distance, event.difference) == ("A812CD", "AB12CD", 0.25, "B for 8")
        assert (event.reason, event.source_id, event.plate_id) == ("stolen", "gate-3", f"{0:032x}-p0")
        assert event.track_id == f"{0:032x}-t0"
        again = await stage.run([PlatesRead("gate-3", (read("AB12CD", 1),)), WatchChanged("QQ11QQ", "add", 0, "")])
        assert "plates.watched" not in again
        other = await stage.run([PlatesRead("gate-3", (read("AB12CD", 600), read("XY98ZW", 601)))])
        [later] = other["plates.watched"]
        assert later.event_id != event.event_id
        gone = await stage.run([WatchChanged("A812CD", "remove", 0, ""), PlatesRead("a", (read("AB12CD", 1200),))])
        assert "plates.watched" not in gone


async def test_a_change_that_the_list_has_no_room_for_is_a_dead_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.lake.watchlist.MOST_PLATES", 1)
    async with staged(tracker, settings_in(tmp_path), monkeypatch) as stage:
        tracker.warehouse().create()
        await stage.run([WatchChanged("AB12CD", "add", 0, ""), WatchChanged("QQ11QQ", "add", 0, "")])
        told = await stage.run([PlatesRead("a", (read("QQ11QQ", 0), read("AB12CD", 1)))])
        assert [event.plate for event in told["plates.watched"]] == ["AB12CD"]
