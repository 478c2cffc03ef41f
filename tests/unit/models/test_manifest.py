"""The list of networks: each fault is told with its key; what is shipped is what it says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models.errors import ManifestError
from models.fetch import shipped_file
from models.manifest import known_networks, network_named, parse_manifest, read_manifest, shape_fault, shipped_manifest
from tests.networks import standin_table, write_yolox_standin


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    return standin_table(write_yolox_standin(tmp_path_factory.mktemp("standin") / "standin.onnx"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("roles.objects]", "roles.traffic]", "standin.roles.traffic.[key]: Input should be 'objects'"),
        (
            'decoder = "yolox"',
            'decoder = "yunot"',
            "roles.objects.decoder: 'yunot' gives no objects, choose one of",
        ),
        ('decoder = "yolox"', 'decoder = "softmax"', "roles.objects.decoder: 'softmax' gives no objects"),
        ('reads = ["output"]', 'reads = ["boxes"]', "roles.objects.reads: no output 'boxes', there are output"),
        ('labels = "coco_80"', "", "roles.objects.labels: Field required"),
        ("score_min = 0.3", "", "roles.objects.score_min: Field required"),
        (
            "[standin.input]",
            'converted = "all"\n[standin.input]',
            "standin.converted: Input should be '', 'yolox', 'resnet18'",
        ),
        ('licence = "Apache-2.0"', "", "standin.licence: Field required"),
        ('licence = "Apache-2.0"', 'licence = ""', "standin.licence: String should have at least 1 character"),
        ('sha256 = "', 'sha256 = "x', "standin.sha256: String should match"),
        ('file = "standin.onnx"', 'file = "../standin.onnx"', "standin.file: String should match"),
        ('url = ""', 'url = "ftp://nowhere/x"', "standin.url: String should match"),
        (
            'labels = "coco_80"',
            'labels = "coco_81"',
            "roles.objects.labels: unknown label set 'coco_81', known are bdd100k_10, bdd100k_scene",
        ),
        ('colour = "bgr"', 'colour = "grey"', "standin.input.colour: Input should be 'bgr' or 'rgb'"),
        ("std = [1, 1, 1]", "std = [1, 0, 1]", "standin.input.std.1: Input should be greater than 0"),
        ("size_wh = [416, 256]", "size_wh = [416, 250]", "size_wh (416, 250) is not a multiple of 32 px"),
        ('shape = ["N", 3, "H", "W"]', 'shape = ["N", 3, "W", "H"]', "shape has the letter W where H belongs"),
        ('shape = ["N", 3, "H", "W"]', 'shape = ["N", 3, 416, "W"]', "contradicts the fixed side 416 of shape"),
        ('shape = ["N", 3, "H", "W"]', 'shape = ["N", "H", "W"]', "shape must be [N, 3, H, W] or [N, H, W, 3]"),
        ('output = ["N", "A", 85]', 'output = ["N", "A", 0]', "standin.outputs.output.2"),
        ('place = "top_left"', 'place = "top_left"\npad = 3', "standin.input.pad: Extra inputs are not permitted"),
        ("[standin]", "free = 1\n[standin]", "manifest key free: not a table"),
        ("[standin]", "[standin", "manifest: not TOML: "),
    ],
)
def test_a_fault_is_told_with_its_key(table: str, before: str, after: str, told: str) -> None:
    assert before in table
    with pytest.raises(ManifestError) as fault:
        parse_manifest(table.replace(before, after, 1))
    assert told in str(fault.value)


def test_a_sound_table_is_read_as_it_is_written(table: str) -> None:
    network = parse_manifest(table)["standin"]
    assert network.input.shape == ("N", 3, "H", "W")
    assert network.input.shape_of(4, (416, 256)) == (4, 3, 256, 416)
    assert network.input.most_pictures is None
    assert network.outputs == {"output": ("N", "A", 85)}


def test_an_own_manifest_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"mine\.toml: .*No such file.*; name a TOML file"):
        read_manifest(tmp_path / "mine.toml")


def test_an_own_network_stands_beside_those_that_ship_and_before_one_of_its_name(table: str, tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(table + table.replace("standin", "yolox_nano", 3).replace("[standin.", "[yolox_nano."), "utf-8")
    known = known_networks(own)
    assert known.keys() == {*shipped_manifest(), "standin"} and known_networks(None) == shipped_manifest()
    assert known["yolox_nano"].source == known["standin"].source != shipped_manifest()["yolox_nano"].source


def test_an_unknown_network_is_told_with_those_there_are() -> None:
    with pytest.raises(ManifestError, match="'yolo': not in the manifest; choose one of: dinov2_small_int8, "):
        network_named("yolo", shipped_manifest())


@pytest.mark.parametrize(
    ("name", "asked_wh", "used_wh"),
    [
        ("yolox_nano_dynamic", None, (640, 384)),
        ("yolox_nano_dynamic", (960, 544), (960, 544)),
        ("yolox_nano_dynamic", (960, 540), "must be multiples of 32 px"),
        ("yolox_nano_dynamic", (0, 0), "must be multiples of 32 px"),
        ("yolox_nano_416", (640, 384), (640, 384)),
        ("fastestdet_352", (352, 352), (352, 352)),
        ("fastestdet_352", (640, 384), "made for 352x352 px only"),
    ],
)
def test_a_size_is_taken_where_the_network_can_take_it(
    name: str, asked_wh: tuple[int, int] | None, used_wh: tuple[int, int] | str
) -> None:
    network = shipped_manifest()[name]
    if isinstance(used_wh, str):
        with pytest.raises(ManifestError, match=used_wh):
            network.input_wh(asked_wh)
    else:
        assert network.input_wh(asked_wh) == used_wh


@pytest.mark.parametrize(
    ("promised", "real", "letters", "told"),
    [
        (("N", 3, "H", "W"), ("batch", 3, None, "width"), {}, ""),
        (("N", 3, "H", "W"), (1, 3, None, None), {}, "side 0 is fixed at 1 where N must be free"),
        ((1, 85), ("batch", 85), {}, ""),
        ((1, 85), (1, 84), {}, "side 1 is 84 instead of 85"),
        (("N", "A", 85), (4, 3549, 85), {"N": 4}, ""),
        (("N", "A", 85), ("N", 3549, 85), {}, ""),
        (("N", 85), (3, 85), {"N": 4}, "side 0 is 3 instead of N = 4"),
        (("N", "A", 85), ("N", 85), {}, "2 sides instead of 3"),
    ],
)
def test_a_real_shape_is_held_against_the_promised_one(
    promised: tuple[int | str, ...], real: tuple[int | str | None, ...], letters: dict[str, int], told: str
) -> None:
    assert shape_fault(promised, real, letters) == told


def test_a_listed_network_can_be_had() -> None:
    for network in shipped_manifest().values():
        if network.confirmed == "listed":
            assert network.url, network.name


def test_what_is_shipped_is_what_the_lists_of_the_files_say(shared_data: Path) -> None:
    with (shared_data / "MANIFEST.csv").open() as opened:
        rows = {Path(row[0]).name: row for row in csv.reader(opened) if row[0].endswith(".onnx")}
    with (shared_data / "models" / "fetch_candidates.csv").open() as opened:
        listed = {row["url"]: row for row in csv.DictReader(opened)}
    networks = [network for network in shipped_manifest().values() if not shipped_file(network).exists()]
    assert {network.file for network in networks if network.confirmed != "listed"} == set(rows)
    for network in networks:
        if network.confirmed == "listed":
            row = listed[network.url]
            assert (network.sha256, network.size_bytes) == (row["sha256"], int(row["bytes"] or 0))
        else:
            assert {network.sha256, str(network.size_bytes)} <= set(rows[network.file])
