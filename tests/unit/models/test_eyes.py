"""The whole room at once, through its door: painted pictures for the stand-in, real ones for the real network."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import AnswerError, EyesClosed, FetchError, ManifestError, NetworkError, PictureError
from models.eyes import Batching, Eyes, buckets_for, open_eyes
from models.judge import BatchTimes
from models.manifest import Network, shipped_manifest
from models.reading import Found, Judgment
from tests.networks import BGR, COLOURS, MAGENTA_BGR, STANDIN, standin_networks

SOURCE_WH = (1280, 720)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Network]:
    return standin_networks(tmp_path_factory.getbasetemp() / "standin_mirror")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, networks: Mapping[str, Network]) -> dict[str, object]:
    folder = tmp_path_factory.getbasetemp()
    return {"cache": folder / "standin_cache", "mirror": str(folder / "standin_mirror"), "networks": networks}


@pytest.fixture
async def eyes(places: dict[str, object]) -> AsyncIterator[Eyes]:
    async with open_eyes(STANDIN, **places, batching=Batching(most=4, delay_ms=2.0, queue=8)) as opened:
        yield opened


def road(eyes: Eyes, source_wh: tuple[int, int] = SOURCE_WH) -> np.ndarray:
    width, height = eyes.scaled_wh(source_wh)
    return np.full((height, width, 3), 120, np.uint8)


def painted(eyes: Eyes, colour: str, box_xyxy: tuple[int, int, int, int]) -> np.ndarray:
    x1, y1, x2, y2 = box_xyxy
    picture = road(eyes)
    picture[y1:y2, x1:x2] = BGR[colour]
    return picture


@pytest.mark.parametrize("colour", list(COLOURS))
async def test_what_is_painted_is_found_in_source_pixels(eyes: Eyes, colour: str) -> None:
    (judgment,) = await eyes.look([painted(eyes, colour, (100, 50, 220, 110))], [SOURCE_WH])
    (found,) = judgment.objects
    scale = np.array(SOURCE_WH * 2) / (eyes.scaled_wh(SOURCE_WH) * 2)
    assert found.label == COLOURS[colour][0]
    assert found.score == pytest.approx(0.95)
    np.testing.assert_allclose(found.box_xyxy, np.array([100, 50, 220, 110]) * scale, rtol=1e-5)


async def test_an_empty_road_shows_nothing_and_its_fill_neither(eyes: Eyes) -> None:
    assert await eyes.look([road(eyes), road(eyes)], [SOURCE_WH] * 2) == [Judgment(), Judgment()]
    assert await eyes.look([], []) == []


@pytest.mark.slow
async def test_callers_share_batches_and_get_their_own_answers(places: dict[str, object]) -> None:
    batches: list[BatchTimes] = []
    batching = Batching(most=4, delay_ms=50.0, queue=8)
    async with open_eyes(STANDIN, **places, batching=batching, on_batch=batches.append) as eyes:
        pictures = [
            painted(eyes, list(COLOURS)[place % 4], (10 * place, 10, 10 * place + 50, 60)) for place in range(12)
        ]
        alone = [await eyes.look([picture], [SOURCE_WH]) for picture in pictures]
        batches.clear()
        assert await asyncio.gather(*(eyes.look([picture], [SOURCE_WH]) for picture in pictures)) == alone
    assert [batch.pictures for batch in batches] == [4, 4, 4]
    assert all(len(batch.waited_s) == batch.pictures <= batch.slots for batch in batches)


async def test_a_picture_that_the_network_cannot_answer_fails_alone(eyes: Eyes) -> None:
    poison = road(eyes)
    poison[:] = MAGENTA_BGR
    car = painted(eyes, "white", (100, 50, 220, 110))
    first, second, third = await asyncio.gather(
        *(eyes.look([picture], [SOURCE_WH]) for picture in (car, poison, car)), return_exceptions=True
    )
    assert first == third
    assert [found.label for found in first[0].objects] == ["car"]
    assert isinstance(second, AnswerError)
    assert "not finite" in str(second)


async def test_pictures_of_many_sources_share_a_batch_and_each_box_fits_its_own(places: dict[str, object]) -> None:
    whs = [(1280, 720), (720, 1280), (1, 1), (16384, 16384), (4000, 3)]
    async with open_eyes(STANDIN, **places, batching=Batching(most=8, delay_ms=50.0, queue=64)) as eyes:
        pictures = [road(eyes, wh) for wh in whs]
        for picture in pictures:
            picture[:] = BGR["white"]
        for (judgment,), wh in zip(
            await asyncio.gather(*(eyes.look([picture], [wh]) for picture, wh in zip(pictures, whs, strict=True))),
            whs,
            strict=True,
        ):
            (found,) = judgment.objects
            np.testing.assert_allclose(found.box_xyxy, (0, 0, *wh), rtol=1e-4, atol=1e-2)


@pytest.mark.slow
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(st.integers(60, 4000), st.integers(60, 4000)), st.tuples(*[st.floats(0, 1)] * 4))
def test_a_painted_box_comes_back_within_a_pixel_of_the_input(
    places: dict[str, object], source_wh: tuple[int, int], shares: tuple[float, float, float, float]
) -> None:
    async def look() -> tuple[tuple[Found, ...], tuple[int, int], tuple[int, int, int, int]]:
        async with open_eyes(STANDIN, **places, batching=Batching(most=1, delay_ms=0.0, queue=64)) as eyes:
            width, height = eyes.scaled_wh(source_wh)
            (x1, x2), (y1, y2) = (
                sorted(min(int(share * width), width - 1) for share in shares[::2]),
                sorted(min(int(share * height), height - 1) for share in shares[1::2]),
            )
            picture = road(eyes, source_wh)
            picture[y1 : y2 + 1, x1 : x2 + 1] = BGR["red"]
            box = x1, y1, min(x2 + 1, width), min(y2 + 1, height)
            return (await eyes.look([picture], [source_wh]))[0].objects, (width, height), box

    (found,), scaled_wh, box = asyncio.run(look())
    scale = np.array(source_wh * 2) / (scaled_wh * 2)
    assert found.label == "bus"
    np.testing.assert_allclose(np.array(found.box_xyxy) / scale, np.clip(box, 0, scaled_wh * 2), atol=1e-2)


@pytest.mark.parametrize("broken", [np.zeros((720, 1280, 3), np.uint8), np.zeros((234, 416), np.uint8)])
async def test_a_picture_of_another_form_is_refused_before_it_is_queued(eyes: Eyes, broken: np.ndarray) -> None:
    with pytest.raises(PictureError, match=r"must arrive as uint8 \[234, 416, 3\]"):
        await eyes.look([road(eyes), broken], [SOURCE_WH] * 2)
    assert eyes.queued == 0


async def test_looking_at_closed_eyes_is_an_error(places: dict[str, object]) -> None:
    async with open_eyes(STANDIN, **places) as eyes:
        picture = road(eyes)
    with pytest.raises(EyesClosed, match="closed while a picture waited"):
        await eyes.look([picture], [SOURCE_WH])


async def test_what_is_wrong_is_said_before_any_picture(places: dict[str, object], tmp_path: Path) -> None:
    async def opens(name: str, **changes: object) -> None:
        async with open_eyes(name, **(places | changes)):
            pytest.fail("opened")

    with pytest.raises(ManifestError, match="'nobody': not in the manifest"):
        await opens("nobody")
    with pytest.raises(ManifestError, match="416x250 of standin: width and height must be multiples of 32 px"):
        await opens(STANDIN, input_wh=(416, 250))
    with pytest.raises(FetchError, match=r"standin\.onnx is not there"):
        await opens(STANDIN, cache=tmp_path, mirror=str(tmp_path / "nowhere"))
    with pytest.raises(NetworkError, match="tensorrt was asked for"):
        await opens(STANDIN, providers=["tensorrt"])
    with pytest.raises(ManifestError, match=r"standin: fills objects, not scene; choose one for scene"):
        await opens(STANDIN, roles=["scene"])


@pytest.mark.parametrize(("instances", "threads"), [(None, 2), (1, 1), (3, 3)])
async def test_so_many_batches_run_at_once_as_asked_or_as_the_hardware_likes(
    places: dict[str, object], instances: int | None, threads: int
) -> None:
    at_work: set[int] = set()
    batching = Batching(most=1, delay_ms=0.0, queue=64, instances=2)

    def on_batch(_times: BatchTimes) -> None:
        at_work.add(threading.get_ident())

    async with open_eyes(STANDIN, **places, batching=batching, instances=instances, on_batch=on_batch) as eyes:
        await eyes.look([road(eyes)] * 12, [SOURCE_WH] * 12)
    assert len(at_work) == threads


@pytest.mark.parametrize(
    ("provider", "most", "buckets"),
    [("cpu", 3, (1, 2, 3)), ("cpu", 1, (1,)), ("cuda", 8, (1, 2, 4, 8)), ("cuda", 6, (1, 2, 4, 6)), ("cuda", 1, (1,))],
)
def test_buckets_are_every_size_on_a_cpu_and_double_on_an_accelerator(
    provider: str, most: int, buckets: tuple[int, ...]
) -> None:
    assert buckets_for(provider, most) == buckets


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolox_nano_dynamic", "yolox_nano_416"])
async def test_a_real_picture_in_a_batch_is_judged_bit_for_bit_as_alone(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (7, 256, 416, 3), np.uint8)
    async with open_eyes(
        name,
        cache=tmp_path,
        mirror=str(shared_data / "models"),
        input_wh=shipped_manifest()[name].input.size_wh,
        score_min=0.001,
        batching=Batching(most=4, delay_ms=20.0, queue=64),
        instances=2,
    ) as eyes:
        width, height = eyes.scaled_wh(SOURCE_WH)
        pictures = [np.resize(one, (height, width, 3)) for one in pixels]
        alone = [(await eyes.look([picture], [SOURCE_WH]))[0] for picture in pictures]
        together = await eyes.look(pictures, [SOURCE_WH] * len(pictures))
    assert any(judgment.objects for judgment in alone)
    assert together == alone
