"""Accuracy: the stand-in where the truth is known, and known networks on real pictures by their reference figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from models.evaluate import SCORE_MIN, Evaluation, evaluate, roles_scored
from models.eyes import open_eyes
from models.manifest import parse_manifest
from models.truth import TruthPicture, read_truths
from tests.networks import BGR, STANDIN, standin_networks
from tests.word_network import write_word_network

Size = tuple[int, int]


async def test_what_is_painted_is_scored_by_what_is_labelled(tmp_path: Path) -> None:
    def picture_of(name: str, scaled_wh: Callable[[Size], Size]) -> tuple[np.ndarray, Size]:
        width, height = scaled_wh((416, 256))
        pixels = np.full((height, width, 3), 120, np.uint8)
        pixels[50:100, 60:160] = BGR[name.split()[0]]
        return pixels, (416, 256)

    box, elsewhere = (60.0, 50.0, 160.0, 100.0), (200.0, 50.0, 300.0, 100.0)
    truths = [
        TruthPicture("white", {"car": (box,), "rider": (box,)}, {}),
        TruthPicture("red", {"bus": (elsewhere,)}, {}),
        TruthPicture("green", {"pedestrian": (box, elsewhere)}, {}),
        TruthPicture("blue on ignored", {}, {"truck": (box,)}),
        TruthPicture("blue", {"truck": (box,)}, {}),
    ]
    networks = standin_networks(tmp_path / "mirror")
    async with open_eyes(STANDIN, cache=tmp_path / "cache", mirror=str(tmp_path / "mirror"), networks=networks) as eyes:
        result = await evaluate(eyes, truths, picture_of)
    assert result == Evaluation(
        network="standin@1",
        input_wh=(416, 256),
        pictures=5,
        truths={
            "pedestrian": 2, "rider": 1, "car": 1, "truck": 1, "bus": 1, "train": 0, "motorcycle": 0, "bicycle": 0,
            "traffic light": 0, "traffic sign": 0,
        },
        ap50={"pedestrian": 0.5, "car": 1.0, "truck": 1.0, "bus": 0.0},
        mean_ap50=0.625,
        right={},
        confusion={
            "objects": {
                "bus": {}, "car": {"car": 1.0}, "pedestrian": {"pedestrian": 0.5}, "rider": {"car": 1.0},
                "truck": {"truck": 1.0},
            }
        },
    )  # fmt: skip


async def test_words_are_counted_where_the_label_names_one_and_unsure_ones_are_unknown(tmp_path: Path) -> None:
    def picture_of(name: str, scaled_wh: Callable[[Size], Size]) -> tuple[np.ndarray, Size]:
        width, height = scaled_wh((80, 80))
        return np.full((height, width, 3), BGR.get(name.split()[0], (20, 20, 20)), np.uint8), (80, 80)

    truths = [
        TruthPicture("red", {"car": ((0, 0, 9, 9),)}, {}, {"timeofday": "daytime", "weather": "rainy"}),
        TruthPicture("blue", {}, {}, {"timeofday": "night"}),
        TruthPicture("dark", {}, {}, {"timeofday": "night"}),
        TruthPicture("green", {}, {}),
    ]
    networks = parse_manifest(write_word_network(tmp_path))
    opened = open_eyes(
        "words", cache=tmp_path / "cache", mirror=str(tmp_path), networks=networks, score_min=SCORE_MIN,
        roles=roles_scored(networks["words"]),
    )  # fmt: skip
    async with opened as eyes:
        result = await evaluate(eyes, truths, picture_of)
    assert (result.pictures, result.truths["car"], result.ap50, result.mean_ap50) == (4, 1, {}, 0.0)
    assert result.right == {"timeofday": 1 / 3}
    assert result.confusion == {
        "timeofday": {"daytime": {"daytime": 1.0}, "night": {"dawn/dusk": 0.5, "unknown": 0.5}}
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "input_wh", "car_ap50"),
    [
        ("yolox_nano_dynamic", (416, 416), 0.307),
        ("yolox_nano_416", (416, 416), 0.307),
        ("fastestdet_352", (352, 352), 0.208),
    ],
)
async def test_known_networks_reach_their_known_accuracy(
    name: str, input_wh: Size, car_ap50: float, shared_data: Path, tmp_path: Path
) -> None:
    pictures = shared_data / "bdd100k" / "images_val"

    def picture_of(picture: str, scaled_wh: Callable[[Size], Size]) -> tuple[np.ndarray, Size]:
        with av.open(str(pictures / picture)) as container:
            frame = next(container.decode(video=0))
        source_wh = (frame.width, frame.height)
        width, height = scaled_wh(source_wh)
        return frame.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray(), source_wh

    truths = read_truths(shared_data / "bdd100k" / "det_val_A.jsonl", [file.name for file in pictures.iterdir()])
    mirror = str(shared_data / "models")
    async with open_eyes(
        name, cache=tmp_path, mirror=mirror, input_wh=input_wh, score_min=SCORE_MIN, intra_op_threads=2
    ) as eyes:
        result = await evaluate(eyes, truths, picture_of)
    assert result.pictures == 92
    assert result.truths["car"] == 911
    assert result.ap50["car"] == pytest.approx(car_ap50, abs=0.02)
    assert set(result.ap50) == {
        "pedestrian", "car", "truck", "bus", "motorcycle", "bicycle", "traffic light", "traffic sign",
    }  # fmt: skip
