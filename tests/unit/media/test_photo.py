"""Laws of picture files: upright BGR of eight bits in the size asked for, whatever the file is; else one clear line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.errors import DataError
from app.media.photo import read_photo
from tests.unit.media.made_photos import encoded, jpeg, png_claiming, turned_jpeg

RED_CORNER = np.zeros((48, 64, 3), np.uint8)
RED_CORNER[:24, :32] = (0, 0, 255)


def twice(wh: tuple[int, int]) -> tuple[int, int]:
    return wh[0] * 2, wh[1] * 2


@pytest.mark.parametrize(
    "content",
    [
        encoded("png", "gray", np.full((20, 30), 156, np.uint8), "gray"),
        encoded("png", "gray16be", np.full((20, 30), 40_000, np.uint16), "gray16le"),
        encoded("png", "rgb48be", np.full((20, 30, 3), 40_000, np.uint16), "rgb48le"),
        encoded("png", "rgba", np.full((20, 30, 4), 156, np.uint8), "rgba"),
        encoded("bmp", "bgr24", np.full((20, 30, 3), 156, np.uint8)),
        encoded("tiff", "rgb24", np.full((20, 30, 3), 156, np.uint8)),
    ],
    ids=["grey", "16-bit grey", "16-bit colour", "transparent", "bmp", "tiff"],
)
def test_every_kind_of_picture_becomes_bgr_of_eight_bits(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "100%d.img").write_bytes(content)
    pixels, source_wh = read_photo(tmp_path / "100%d.img", twice)
    assert source_wh == (30, 20)
    assert (pixels.shape, pixels.dtype) == ((40, 60, 3), np.uint8)
    assert np.abs(pixels.astype(int) - 156).max() <= 1


@pytest.mark.parametrize(
    ("orientation", "red_corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))], ids=str
)
def test_a_turn_that_exif_claims_is_done(orientation: int, red_corner: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "turned.jpg").write_bytes(turned_jpeg(RED_CORNER, orientation))
    pixels, source_wh = read_photo(tmp_path / "turned.jpg", twice)
    assert source_wh == ((64, 48) if orientation in (1, 3) else (48, 64))
    corners = {(y, x): pixels[y, x, 2] for y in (0, -1) for x in (0, -1)}
    assert [corner for corner, red in corners.items() if red > 128] == [red_corner]


@pytest.mark.parametrize("wanted_wh", [(1, 1), (416, 416), (640, 1)])
def test_one_pixel_is_a_picture(wanted_wh: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(jpeg(np.full((1, 1, 3), 200, np.uint8)))
    pixels, source_wh = read_photo(tmp_path / "one.jpg", lambda _: wanted_wh)
    assert source_wh == (1, 1) and pixels.shape == (wanted_wh[1], wanted_wh[0], 3)
    assert np.abs(pixels.astype(int) - 200).max() <= 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it does not decode"),
        (b"no picture at all", "it does not decode"),
        (jpeg(RED_CORNER)[:200], "it does not decode"),
        (jpeg(np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8))[:99_999], "it is cut short"),
        (png_claiming(60_000, 60_000), "it does not decode"),
    ],
    ids=["empty", "text", "no scan", "half a scan", "huge"],
)
def test_what_is_no_whole_picture_is_said_with_its_name(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "odd.jpg").write_bytes(content)
    with pytest.raises(DataError, match=rf"odd\.jpg: {told}.*; give a whole JPEG.* of at most 34 million pixels"):
        read_photo(tmp_path / "odd.jpg", twice)


def test_a_video_is_no_picture_and_neither_is_a_folder_or_nothing(tmp_path: Path, shared_data: Path) -> None:
    for path, told in [
        (shared_data / "odd-videos" / "decord_video_90.mov", "it does not decode"),
        (tmp_path, "Is a directory"),
        (tmp_path / "gone.jpg", "No such file"),
    ]:
        with pytest.raises(DataError, match=told):
            read_photo(path, twice)
