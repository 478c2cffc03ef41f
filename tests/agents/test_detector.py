"""Laws of the detector: what is on a frame, where and when, in source pixels; poison pictures are letters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents import detector
from app import telemetry
from app.curation.sketch import sketch
from app.errors import DataError, ObjectVanished, PreflightError, UnusableVideo
from app.settings import Settings
from tests.agents.one_batch import settings_in, staged
from tests.agents.records import recorded, stored
from tests.networks import STANDIN, write_standin_mirror
from tests.word_network import write_word_network

SEGMENT = recorded()[0]


def with_standin(folder: Path) -> Settings:
    manifest = write_standin_mirror(folder / "networks")
    return settings_in(
        folder, cache=folder / "cache", network=STANDIN, network_manifest=manifest, model_mirror=str(manifest.parent),
        network_size="160x96",
    )  # fmt: skip


async def test_painted_objects_are_found_where_they_were_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(detector, with_standin(tmp_path), monkeypatch) as stage:
        await detector.objects().put(stored(SEGMENT).object_key, SEGMENT.video)
        (detected,) = (await stage.run([stored(SEGMENT)]))["segments.detected"]
    assert detected.networks == {"objects": f"{STANDIN}@1"} and len(detected.frames) == 2
    for frame in detected.frames:
        (thing,) = frame.objects
        assert (thing.y1_px, thing.y2_px) == pytest.approx((30, 70), abs=1.5)
        assert thing.x2_px - thing.x1_px == pytest.approx(44, abs=2)
        assert frame.attributes["region"] == "California, United States"
        assert frame.attributes["timeofday"] in ("daytime", "night", "dawn/dusk")
        assert frame.attributes["weather"] == frame.attributes["scene"] == "unknown"
        assert frame.at_us >= SEGMENT.facts.recorded_at_us
        assert all((edge * 16).is_integer() for edge in (thing.x1_px, thing.y1_px, thing.x2_px, thing.y2_px))


async def test_every_role_that_has_a_network_is_told_with_its_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = with_standin(tmp_path).model_copy(update={"network_embedding": "words", "network_timeofday": "words"})
    mirror = Path(chosen.model_mirror)
    with (mirror / "manifest.toml").open("a") as manifest:
        manifest.write(write_word_network(mirror))
    async with staged(detector, chosen, monkeypatch) as stage:
        await detector.objects().put(stored(SEGMENT).object_key, SEGMENT.video)
        (detected,) = (await stage.run([stored(SEGMENT)]))["segments.detected"]
        assert b'roadsieve_network{network="words@3",provider="cpu"} 1.0' in telemetry.exposition()
    assert detected.networks == {"objects": f"{STANDIN}@1", "embedding": "words@3", "timeofday": "words@3"}
    for frame in detected.frames:
        vector = np.frombuffer(frame.embedding, "<f4")
        assert vector.size == 4 and np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)
        assert len(sketch(frame.embedding)) == 64
        assert frame.attributes["timeofday"] == ("daytime", "night", "dawn/dusk")[int(vector[:3].argmax())]
        assert frame.objects and frame.attributes["scene"] == "unknown"


async def test_the_same_segment_is_the_same_record_alone_or_among_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = recorded()[:3]
    async with staged(detector, with_standin(tmp_path), monkeypatch) as stage:
        for segment in segments:
            await detector.objects().put(stored(segment).object_key, segment.video)
        together = (await stage.run([stored(segment) for segment in segments]))["segments.detected"]
        alone = [(await stage.run([stored(segment)]))["segments.detected"][0] for segment in segments]
    assert together == alone


async def test_a_vanished_object_and_an_unreadable_video_are_the_records_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(detector, with_standin(tmp_path), monkeypatch) as stage:
        with pytest.raises(ObjectVanished):
            await stage.run([stored(SEGMENT)])
        await detector.objects().put(stored(SEGMENT).object_key, b"no video")
        with pytest.raises(UnusableVideo) as caught:
            await stage.run([stored(SEGMENT)])
        assert isinstance(caught.value, DataError) and SEGMENT.facts.clip_name in str(caught.value)


@pytest.mark.parametrize(
    ("size", "scaled_wh"), [("", (416, 234)), ("640x384", (640, 360)), ("96x160", (96, 54))], ids=str
)
async def test_a_frame_is_seen_at_the_size_of_the_manifest_unless_another_is_set(
    size: str, scaled_wh: tuple[int, int], tmp_path: Path
) -> None:
    chosen = with_standin(tmp_path).model_copy(update={"network_size": size})
    async with detector.detector_sight(chosen) as sight:
        assert sight.scaled_whs((1280, 720)) == (scaled_wh,)


@pytest.mark.parametrize(
    "change",
    [
        {"network": "nobody"},
        {"model_mirror": "/nowhere"},
        {"network_size": "161x97"},
        {"network_weather": STANDIN},
        {"inference_providers": "tpu"},
        {"inference_providers": "tensorrt"},
    ],
    ids=str,
)
async def test_a_network_that_cannot_be_had_is_said_before_any_work(
    change: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_standin(tmp_path).model_copy(update=change)
    with pytest.raises(PreflightError):
        async with staged(detector, settings, monkeypatch):
            pass
