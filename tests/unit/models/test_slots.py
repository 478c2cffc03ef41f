"""A picture in its slot: every number where the contract wants it, and nothing left of the picture before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import PictureError
from models.letterbox import Letterbox, Placement
from models.manifest import InputContract
from models.slots import checked, fill_slots


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
    slots = np.full(wanted.shape_of(2, (8, 6)), 99, dtype)
    fill_slots(slots, [PICTURE], [letterbox], wanted)
    slot = slots[0]
    assert (slots[1] == 99).all()

    expected = np.full((6, 8, 3), 114.0)
    top = letterbox.offset_xy[1]
    expected[top : top + 4] = PICTURE if colour == "bgr" else PICTURE[:, :, [2, 1, 0]]
    expected = (expected - np.array(mean)) / np.array(std)
    np.testing.assert_allclose(slot if shape[3] == 3 else slot.transpose(1, 2, 0), expected, rtol=1e-6)


AS_DECODED = contract(shape=["N", "H", "W", 3], dtype="uint8")


@pytest.mark.parametrize("wanted", [contract(), AS_DECODED], ids=["numbers", "as decoded"])
def test_nothing_is_left_of_a_larger_picture_before(wanted: InputContract) -> None:
    slots = np.zeros(wanted.shape_of(1, (8, 6)), wanted.dtype)
    fill_slots(slots, [np.full((6, 8, 3), 255, np.uint8)], [Letterbox.fit((8, 6), (8, 6))], wanted)
    fill_slots(slots, [np.zeros((6, 2, 3), np.uint8)], [Letterbox.fit((2, 6), (8, 6))], wanted)
    slot = slots[0] if wanted.channels_first else slots[0].transpose(2, 0, 1)
    assert (slot[:, :, :2] == 0).all()
    assert (slot[:, :, 2:] == 114).all()


@pytest.mark.parametrize("input_wh", [(8, 4), (8, 8)])
def test_pictures_placed_for_another_size_are_no_batch(input_wh: tuple[int, int]) -> None:
    letterbox, slots = Letterbox.fit((80, 40), input_wh), np.full(AS_DECODED.shape_of(2, (8, 6)), 99, np.uint8)
    with pytest.raises(ValueError, match="do not fill slots"):
        fill_slots(slots, [PICTURE], [letterbox], AS_DECODED)


@given(
    source_whs=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=5),
    place=st.sampled_from(["top_left", "centred", "stretch"]),
    fill=st.integers(0, 255),
    seed=st.integers(0, 99),
)
def test_pictures_of_any_form_lie_in_a_batch_as_decoded_as_they_do_as_numbers(
    source_whs: list[tuple[int, int]], place: Placement, fill: int, seed: int
) -> None:
    letterboxes = [Letterbox.fit(wh, (32, 20), place) for wh in source_whs]
    rng = np.random.default_rng(seed)
    # rows that lie apart in memory, as a decoder may leave them
    pictures = [
        rng.integers(0, 256, (box.scaled_wh[1], box.scaled_wh[0] + 3, 3), np.uint8)[:, 3:] for box in letterboxes
    ]
    told = []
    for wanted in (contract(fill=fill, size_wh=(32, 20)), AS_DECODED.model_copy(update={"fill": fill})):
        slots = np.full(wanted.shape_of(5, (32, 20)), 99, wanted.dtype)
        fill_slots(slots, pictures, letterboxes, wanted)
        told.append(slots.transpose(0, 2, 3, 1) if wanted.channels_first else slots)
    np.testing.assert_array_equal(told[1], told[0])


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
