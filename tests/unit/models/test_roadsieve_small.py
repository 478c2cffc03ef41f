"""The network that ships: what its table promises, and that it sees what rendered scenes show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.boxes import iou_matrix
from models.fetch import fetch_network, is_verified, shipped_file
from models.letterbox import Letterbox
from models.manifest import shipped_manifest
from models.reading import Judgment, reader
from models.session import Session, open_session
from ops.load.frame import render_frame
from ops.load.spec import EVEN, draw_spec
from ops.load.truth import FrameTruth

pytestmark = pytest.mark.slow

NETWORK = shipped_manifest()["roadsieve_small"]
MOST_BYTES = 5_000_000
NEAR_RATIO = 30 / 416
"""Of a picture's width."""
CLIPS = range(5_100_000, 5_100_016)


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session(NETWORK, shipped_file(NETWORK))


@pytest.fixture(scope="module", params=[NETWORK.input.size_wh, (416, 256)], ids=["its own size", "416x256"])
def letterbox(request: pytest.FixtureRequest) -> Letterbox:
    return Letterbox.fit((1280, 720), request.param, NETWORK.input.place)


@pytest.fixture(scope="module")
def frames(letterbox: Letterbox) -> list[tuple[int, NDArray[np.uint8], FrameTruth]]:
    """Two frames, a second apart, of each of some clips that no training has seen."""
    specs = [(clip, draw_spec(clip, EVEN)) for clip in CLIPS]
    return [(clip, *render_frame(spec, time_s, letterbox.scaled_wh)) for clip, spec in specs for time_s in (10.0, 11.0)]


@pytest.fixture(scope="module")
def told(
    session: Session, letterbox: Letterbox, frames: list[tuple[int, NDArray[np.uint8], FrameTruth]]
) -> list[Judgment]:
    width, height = letterbox.scaled_wh
    slots = np.full(NETWORK.input.shape_of(len(frames), letterbox.input_wh), NETWORK.input.fill, np.uint8)
    slots[:, :height, :width] = [pixels for _, pixels, _ in frames]
    outputs = session.run(slots)
    as_rendered = Letterbox.fit(letterbox.scaled_wh, letterbox.input_wh, NETWORK.input.place)
    readers = {role: reader(role, contract) for role, contract in NETWORK.roles.items()}
    told = {role: read(outputs, [as_rendered] * len(frames)) for role, read in readers.items()}
    return [Judgment(**{role: each[place] for role, each in told.items()}) for place in range(len(frames))]


def test_it_ships_as_its_table_says_and_stays_small() -> None:
    assert is_verified(NETWORK, shipped_file(NETWORK))
    assert NETWORK.size_bytes <= MOST_BYTES


def test_it_is_had_without_any_network(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/nothing"
    assert is_verified(NETWORK, fetch_network(NETWORK, tmp_path / "cache", mirror=nowhere))


@pytest.mark.parametrize("size_wh", [(416, 256), (512, 288), (640, 384)])
def test_a_batch_gives_what_its_pictures_give_one_by_one(session: Session, size_wh: tuple[int, int]) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, NETWORK.input.shape_of(3, size_wh), np.uint8)
    together = session.run(pictures)
    for place in range(3):
        alone = session.run(pictures[place : place + 1])
        for name, output in alone.items():
            np.testing.assert_allclose(together[name][place], output[0], rtol=1e-3, atol=1e-4)


def test_its_embedding_is_of_unit_length(session: Session) -> None:
    pictures = np.random.default_rng(2).integers(0, 256, NETWORK.input.shape_of(4, (416, 256)), np.uint8)
    assert np.linalg.norm(session.run(pictures)["embedding"], axis=1) == pytest.approx(1, abs=1e-4)


def test_scores_are_scores_whatever_it_sees(session: Session) -> None:
    for fill in (0, 114, 255):
        cells = session.run(np.full(NETWORK.input.shape_of(1, (416, 256)), fill, np.uint8))["cells"]
        assert np.isfinite(cells).all()
        assert ((cells[..., 4:] >= 0) & (cells[..., 4:] <= 1 + 1e-6)).all()


def test_it_tells_day_from_night(frames: list[tuple[int, NDArray[np.uint8], FrameTruth]], told: list[Judgment]) -> None:
    sure = [
        (truth.timeofday == "night", one.timeofday == "night")
        for (_, _, truth), one in zip(frames, told, strict=True)
        if truth.timeofday in ("daytime", "night")
    ]
    assert len(sure) >= 10
    assert sum(truth == seen for truth, seen in sure) >= 0.9 * len(sure)


def test_it_finds_most_cars_that_are_near(
    frames: list[tuple[int, NDArray[np.uint8], FrameTruth]], told: list[Judgment], letterbox: Letterbox
) -> None:
    near = found = 0
    near_px = NEAR_RATIO * letterbox.scaled_wh[0]
    for (_, _, truth), one in zip(frames, told, strict=True):
        cars = [box.xyxy for box in truth.boxes if box.label == "car" and box.xyxy[2] - box.xyxy[0] > near_px]
        seen = [thing.box_xyxy for thing in one.objects if thing.label == "car"]
        if cars and seen:
            overlaps = iou_matrix(np.array(cars), np.array(seen))
            found += int((overlaps.max(axis=1) >= 0.5).sum())
        near += len(cars)
    assert near >= 10
    assert found >= 0.6 * near


def test_frames_of_one_clip_are_nearer_than_frames_of_others(
    frames: list[tuple[int, NDArray[np.uint8], FrameTruth]], told: list[Judgment]
) -> None:
    vectors = np.stack([np.frombuffer(one.embedding, "<f4") for one in told])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -2)
    clips = [clip for clip, _, _ in frames]
    hits = sum(clips[int(nearest)] == clip for nearest, clip in zip(alike.argmax(axis=1), clips, strict=True))
    assert hits >= 0.8 * len(clips)
