"""`roadsieve models evaluate`: known figures of known networks on real pictures, and one line for each mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import root
from app.commands.exits import tell
from app.evaluation.confusion import read_confusion
from app.settings import settings

runner = CliRunner()


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ROADSIEVE_CACHE", str(tmp_path))
    monkeypatch.setenv("ROADSIEVE_MODEL_MIRROR", str(shared_data / "models"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def evaluated(name: str, shared_data: Path, *arguments: str) -> Result:
    labels, images = shared_data / "bdd100k" / "det_val_A.jsonl", shared_data / "bdd100k" / "images_val"
    return runner.invoke(
        root, ["models", "evaluate", name, "--labels", str(labels), "--images", str(images), *arguments]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("size", "car_ap50"), [("416x416", 0.307), ("640x384", 0.414), ("960x544", 0.465)])
def test_the_figures_of_yolox_nano_are_those_of_its_reference(size: str, car_ap50: float, shared_data: Path) -> None:
    result = evaluated("yolox_nano_dynamic", shared_data, "--size", size, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["pictures"] == 92 and told["truths"]["car"] == 911
    assert told["input_wh"] == [int(side) for side in size.split("x")]
    assert told["ap50"]["car"] == pytest.approx(car_ap50, abs=0.02)
    assert told["mean_ap50"] == pytest.approx(sum(told["ap50"].values()) / len(told["ap50"]))


@pytest.mark.slow
def test_the_errors_of_a_network_are_those_that_an_archive_is_tried_with(shared_data: Path, tmp_path: Path) -> None:
    errors = tmp_path / "errors.json"
    result = evaluated("roadsieve_small", shared_data, "--json", "--confusion", str(errors))
    assert result.exit_code == 0, result.output
    told, table = json.loads(result.stdout), read_confusion(errors)
    assert table.keys() == {"objects", "weather", "scene", "timeofday"}
    assert told["right"].keys() == {"weather", "scene", "timeofday"} and "confusion" not in told
    assert 0 < table["objects"]["car"]["car"] < 1
    labels = shared_data / "bdd100k" / "det_val_A.jsonl"
    tried = runner.invoke(root, ["evaluate", str(labels), "--confusion", str(errors), "--budget", "5%"])
    assert tried.exit_code == 0, tried.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("nobody", [], "network 'nobody': not in the manifest; choose one of"),
        ("fastestdet_352", ["--size", "640x384"], "made for 352x352 px only; ask for another size or network"),
        ("mobilenetv2_embed_224", [], "mobilenetv2_embed_224: fills embedding, not objects; choose one for objects"),
        ("yolox_nano_416", ["--images", "/nowhere"], "pictures /nowhere: No such file or directory; name a folder"),
        ("roadsieve_small", ["--confusion", "/nowhere/x.json"], "confusion /nowhere/x.json: No such file or directory"),
        ("yolox_nano_416", ["--labels", __file__], r"test_models_evaluate\.py: JSONDecodeError.*; give a BDD100K det"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_78(
    name: str, arguments: list[str], told: str, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = evaluated(name, shared_data, *arguments).exception
    assert isinstance(error, Exception)
    assert tell(error) == 78
    assert re.search(told, capsys.readouterr().err)
