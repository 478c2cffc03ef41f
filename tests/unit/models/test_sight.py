"""Several networks as one: each role has its network's word, each network runs once, each size is scaled once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from models.errors import AnswerError, ManifestError
from models.judge import BatchTimes
from models.manifest import Network, parse_manifest
from models.reading import Judgment
from models.sight import open_sight
from tests.networks import BGR, MAGENTA_BGR, STANDIN, standin_table, write_yolox_standin
from tests.word_network import write_word_network

SOURCE_WH = (1280, 720)


@pytest.fixture
def networks(tmp_path: Path) -> Mapping[str, Network]:
    objects = standin_table(write_yolox_standin(tmp_path / "standin.onnx"))
    return parse_manifest(objects + write_word_network(tmp_path))


ROLES = {"objects": STANDIN, "embedding": "words", "timeofday": "words", "scene": "", "weather": ""}


def views(whs: tuple[tuple[int, int], ...], colour: tuple[int, int, int]) -> list[np.ndarray]:
    made = [np.full((height, width, 3), 50, np.uint8) for width, height in whs]
    for one in made:
        one[: one.shape[0] // 2] = colour
    return made


async def test_each_role_has_its_networks_word_and_the_rest_stays_unknown(
    networks: Mapping[str, Network], tmp_path: Path
) -> None:
    batches: list[BatchTimes] = []
    sight = open_sight(ROLES, cache=tmp_path, networks=networks, on_batch=batches.append)
    async with sight as seeing:
        assert dict(seeing.identities) == {"objects": "standin@1", "embedding": "words@3", "timeofday": "words@3"}
        assert dict(seeing.providers) == {"standin@1": "cpu", "words@3": "cpu"}
        whs = seeing.scaled_whs(SOURCE_WH)
        assert whs == ((416, 234), (8, 8))
        batches.clear()
        red, green = await seeing.look([views(whs, BGR["red"]), views(whs, BGR["green"])], [SOURCE_WH] * 2)
        assert await seeing.look([], []) == []
    assert len(batches) == 2 and {batch.pictures for batch in batches} == {2}  # one run each, though three roles
    assert [one.label for one in red.objects] == ["bus"] and [one.label for one in green.objects] == ["pedestrian"]
    assert (red.timeofday, green.timeofday) == ("daytime", "night")
    assert np.frombuffer(red.embedding, "<f4")[0] > 0.9 > np.frombuffer(green.embedding, "<f4")[0]
    assert {red.scene, red.weather, green.scene} == {"unknown"} and red.faces == red.plates == ()


async def test_no_role_at_all_sees_nothing_and_asks_for_no_size(tmp_path: Path) -> None:
    async with open_sight({"objects": ""}, cache=tmp_path) as seeing:
        assert seeing.scaled_whs(SOURCE_WH) == ()
        assert await seeing.look([[]], [SOURCE_WH]) == [Judgment()]
        assert dict(seeing.identities) == {}


async def test_a_size_is_that_of_the_role_it_is_asked_for(networks: Mapping[str, Network], tmp_path: Path) -> None:
    sizes = {"objects": (160, 96), "faces": (64, 64)}
    async with open_sight(ROLES, cache=tmp_path, networks=networks, input_whs=sizes) as seeing:
        assert seeing.scaled_whs((96, 160)) == ((58, 96), (8, 8))


async def test_what_one_network_cannot_answer_fails_that_picture_alone(
    networks: Mapping[str, Network], tmp_path: Path
) -> None:
    async with open_sight(ROLES, cache=tmp_path, networks=networks) as seeing:
        whs = seeing.scaled_whs(SOURCE_WH)
        poison, good = views(whs, MAGENTA_BGR), views(whs, BGR["white"])
        poison[0][:] = MAGENTA_BGR
        with pytest.raises(AnswerError, match="not finite"):
            await seeing.look([good, poison], [SOURCE_WH] * 2)
        (judgment,) = await seeing.look([good], [SOURCE_WH])
        assert [one.label for one in judgment.objects] == ["car"]


async def test_a_network_is_not_taken_for_a_role_that_it_does_not_fill(
    networks: Mapping[str, Network], tmp_path: Path
) -> None:
    with pytest.raises(ManifestError, match="words: fills embedding, timeofday, not weather; choose one for weather"):
        async with open_sight({"weather": "words"}, cache=tmp_path, networks=networks):
            pytest.fail("opened")
