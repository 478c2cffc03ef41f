"""A picture in its slot: every number where the contract wants it, and nothing left of the picture before."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import PictureError
from models.letterbox import Letterbox, Placement
from models.manifest import InputContract
from models.slots import checked, fill_slot


def contract(**changes: object) -> InputContract:
    plain = {
        "name": "images", "shape": ["N", 3, "H", "W"], "dtype": "float32", "colour": "bgr", "place": "top_left",
        "fill": 114, "mean": [0, 0, 0], "std": [1, 1, 1], "multiple_px": 1, "size_wh": [8, 6],
    }  # fmt: skip
    return InputContract.model_validate(plain | changes)


PICTURE = np.random.default_rng(7).integers(0, 256, (4, 8, 3), np.uint8)


@pytest.mark.parametrize("place", ["top_left", "centred"])
@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("shape", [("N", 3, "H", "W"), ("N", "H", "W", 3)])
@pytest.mark.parametrize(
    ("dtype", "mean", "std"),
    [("uint8", (0, 0, 0), (1, 1, 1)), ("float32", (0, 0, 0), (255, 255, 255)), ("float32", (128, 1, 2), (1, 3, 5))],
)
def test_a_slot_holds_the_picture_as_the_contract_wants_it(
    place: Placement, colour: str, shape: tuple[int | str, ...], dtype: str, mean: tuple[int, ...], std: tuple[int, ...]
) -> None:
    wanted = contract(place=place, colour=colour, shape=shape, dtype=dtype, mean=mean, std=std)
    letterbox = Letterbox.fit((80, 40), (8, 6), place)
    slot = np.full(wanted.shape_of(1, (8, 6)), 99, dtype)[0]
    fill_slot(slot, PICTURE, letterbox, wanted)

    expected = np.full((6, 8, 3), 114.0)
    top = letterbox.offset_xy[1]
    expected[top : top + 4] = PICTURE if colour == "bgr" else PICTURE[:, :, [2, 1, 0]]
    expected = (expected - np.array(mean)) / np.array(std)
    np.testing.assert_allclose(slot if shape[3] == 3 else slot.transpose(1, 2, 0), expected, rtol=1e-6)


def test_nothing_is_left_of_a_larger_picture_before() -> None:
    slot = np.zeros((3, 6, 8), np.float32)
    fill_slot(slot, np.full((6, 8, 3), 255, np.uint8), Letterbox.fit((8, 6), (8, 6)), contract())
    fill_slot(slot, np.zeros((6, 2, 3), np.uint8), Letterbox.fit((2, 6), (8, 6)), contract())
    assert (slot[:, :, :2] == 0).all()
    assert (slot[:, :, 2:] == 114).all()


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE[:3],
        PICTURE[:, :7],
        PICTURE[..., 0],
        PICTURE.astype(np.uint16),
        PICTURE.astype(np.float32),
        np.concatenate([PICTURE, PICTURE[..., :1]], axis=2),
        PICTURE[:0],
    ],
    ids=["too low", "too narrow", "grey", "16 bit", "float", "with alpha", "empty"],
)
def test_a_picture_of_another_form_is_refused_with_the_form_wanted(picture: np.ndarray) -> None:
    with pytest.raises(PictureError, match=r"a source of 80x40 px must arrive as uint8 \[4, 8, 3\]; scale it"):
        checked(picture, Letterbox.fit((80, 40), (8, 6)))
