"""Faces and plates on real pictures: as many as the networks' reference counts, where a face or a plate can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from app.media.photo import read_photo
from app.media.scale import Scaler
from models.boxes import iou_matrix
from models.decoders import Role
from models.eyes import open_eyes
from models.reading import Found

pytestmark = pytest.mark.slow  # 92 pictures, 290 crops
Wh = tuple[int, int]
Look = Callable[[Path, Callable[[Wh], Wh]], tuple[np.ndarray, Wh]]


async def found_in(
    name: str, role: Role, files: list[Path], shared_data: Path, cache: Path, look: Look = read_photo
) -> list[tuple[Found, ...]]:
    async with open_eyes(name, cache=cache, mirror=str(shared_data / "models"), roles=[role]) as eyes:
        pictures = [look(file, eyes.scaled_wh) for file in files]
        judgments = await eyes.look([pixels for pixels, _ in pictures], [source_wh for _, source_wh in pictures])
    return [getattr(judgment, role) for judgment in judgments]


@pytest.mark.parametrize(
    ("name", "role", "count", "label"),
    [("face_yunet_n_dynamic", "faces", 12, "face"), ("plate_y5fu_640_batch", "plates", 33, "plate")],
)
async def test_whole_pictures_show_as_many_as_their_reference(
    name: str, role: Role, count: int, label: str, shared_data: Path, tmp_path: Path
) -> None:
    files = sorted((shared_data / "bdd100k" / "images_val").iterdir())
    found = [one for picture in await found_in(name, role, files, shared_data, tmp_path) for one in picture]
    assert len(found) == pytest.approx(count, abs=2)
    assert {one.label for one in found} == {label}
    boxes = np.array([one.box_xyxy for one in found])
    assert (boxes >= 0).all() and (boxes <= (1280, 720, 1280, 720)).all()


async def test_two_networks_find_the_plates_of_vehicles_in_the_same_places(shared_data: Path, tmp_path: Path) -> None:
    crops: dict[Path, np.ndarray] = {}
    images = shared_data / "bdd100k" / "images_val"
    for line in (shared_data / "bdd100k" / "det_val_A.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if not (images / entry["name"]).exists():
            continue
        pixels, _ = read_photo(images / entry["name"], lambda wh: wh)
        for label in entry["labels"]:
            x1, y1, x2, y2 = (int(label["box2d"][side]) for side in ("x1", "y1", "x2", "y2"))
            if label["category"] in ("car", "truck", "bus") and x2 - x1 >= 80:
                crops[Path(f"{entry['name']}-{len(crops)}")] = pixels[y1 : y2 + 1, x1 : x2 + 1]
    assert len(crops) == pytest.approx(290, abs=5)

    def scaled(crop: Path, scaled_wh: Callable[[Wh], Wh]) -> tuple[np.ndarray, Wh]:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(crops[crop]), format="bgr24")
        source_wh = (frame.width, frame.height)
        return Scaler().bgr(frame, scaled_wh(source_wh)), source_wh

    y5fu, lpd = [
        await found_in(name, "plates", list(crops), shared_data, tmp_path, scaled)
        for name in ("plate_y5fu_320_batch", "plate_lpd_yunet_2022may_320x240")
    ]
    assert sum(map(bool, y5fu)) == pytest.approx(40, abs=4)
    both = [(one[0], other[0]) for one, other in zip(y5fu, lpd, strict=True) if one and other]
    shares = [iou_matrix(np.array([a.box_xyxy]), np.array([b.box_xyxy]))[0, 0] for a, b in both]
    assert len(both) >= 8
    assert np.mean(np.array(shares) > 0.5) > 0.9
