"""Half precision passes where nobody who reads the judgments would notice; else it is refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from models import eyes as eyes_module
from models.errors import NetworkError
from models.eyes import open_eyes
from models.gate import disagreement
from models.manifest import Network
from models.reading import Found, Judgment
from models.session import open_session
from tests.networks import BGR, STANDIN, standin_networks

CAR = Found("car", 0.8, (10.0, 10.0, 50.0, 40.0))
NEAR = np.array([1.0, 0.0], "<f4").tobytes()
TURNED = np.array([0.98, 0.199], "<f4").tobytes()
SEEN = Judgment(objects=(CAR,), embedding=NEAR, scene="highway", weather="clear", timeofday="night")


@pytest.mark.parametrize(
    ("half", "told"),
    [
        (SEEN, ""),
        (SEEN._replace(objects=(CAR._replace(score=0.78, box_xyxy=(10.4, 10.0, 50.0, 40.3)),)), ""),
        (
            SEEN._replace(objects=(CAR, Found("bus", 0.32, (0.0, 0.0, 9.0, 9.0)))),
            "",
        ),  # at the threshold: may come and go
        (SEEN._replace(objects=()), "1 of 1 objects have no partner"),
        (SEEN._replace(objects=(CAR, Found("bus", 0.9, (0.0, 0.0, 9.0, 9.0)))), "1 of 3 objects have no partner"),
        (SEEN._replace(objects=(CAR._replace(label="truck"),)), "2 of 2 objects have no partner"),
        (SEEN._replace(objects=(CAR._replace(score=0.6),)), "2 of 2 objects have no partner"),
        (SEEN._replace(objects=(CAR._replace(box_xyxy=(20.0, 10.0, 60.0, 40.0)),)), "2 of 2 objects have no partner"),
        (SEEN._replace(weather="rainy"), "weather agrees on 0 of 1 pictures"),
        (SEEN._replace(embedding=TURNED), "an embedding is turned to a cosine of 0.9800"),
    ],
)
def test_what_would_be_noticed_is_told(half: Judgment, told: str) -> None:
    assert disagreement([SEEN], [half], 0.3) == told


def test_one_in_a_hundred_may_differ_and_no_picture_shows_nothing() -> None:
    other = SEEN._replace(scene="tunnel", objects=())
    assert disagreement([SEEN] * 100, [SEEN] * 99 + [other], 0.3) == ""
    assert disagreement([SEEN] * 100, [SEEN] * 98 + [other] * 2, 0.3) == "scene agrees on 98 of 100 pictures"
    assert disagreement([], [], 0.3) == "no picture to compare them on"


@pytest.fixture
def networks(tmp_path: Path) -> Mapping[str, Network]:
    return standin_networks(tmp_path)


def painted(scaled_wh: object) -> list[tuple[np.ndarray, tuple[int, int]]]:
    picture = np.full((234, 416, 3), 120, np.uint8)
    picture[48:112, 96:224] = BGR["white"]
    return [(picture, (1280, 720))]


async def test_half_precision_looks_as_full_precision_does_where_it_is_let_in(
    networks: Mapping[str, Network], tmp_path: Path
) -> None:
    places = {"cache": tmp_path / "cache", "mirror": str(tmp_path), "networks": networks}
    ((picture, source_wh),) = painted(None)
    async with open_eyes(STANDIN, **places, precision="fp16", samples=painted) as eyes:
        (half,) = await eyes.look([picture], [source_wh])
    async with open_eyes(STANDIN, **places) as eyes:
        (exact,) = await eyes.look([picture], [source_wh])
    assert [one.label for one in half.objects] == ["car"] and disagreement([exact], [half], 0.3) == ""


@pytest.mark.parametrize(
    ("value", "why"), [(0.0, "1 of 1 objects have no partner"), (np.nan, "scores of a picture: not finite")]
)
async def test_half_precision_that_tells_something_else_is_refused_before_any_picture(
    networks: Mapping[str, Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float, why: str
) -> None:
    places = {"cache": tmp_path / "cache", "mirror": str(tmp_path), "networks": networks}
    with pytest.raises(NetworkError, match=r"fp16 of standin: no picture to compare .*INFERENCE_SAMPLES to pictures"):
        async with open_eyes(STANDIN, **places, precision="fp16"):
            pytest.fail("opened without a picture")

    def blind(*opened: object) -> object:
        session = open_session(*opened)
        if opened[-1] == "fp16":
            monkeypatch.setattr(session, "run", lambda batch: {"output": np.full((len(batch), 2184, 85), value, "f4")})
        return session

    monkeypatch.setattr(eyes_module, "open_session", blind)
    with pytest.raises(NetworkError, match=f"{why}.*, 1 pictures compared .*PRECISION=fp32"):
        async with open_eyes(STANDIN, **places, precision="fp16", samples=painted):
            pytest.fail("opened though it sees nothing")
