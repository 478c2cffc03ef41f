"""The contact sheet shows each picture in its place, says where one is missing, and is the same in every run."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.demo.lettering import fitting, write
from app.demo.pick import DecidedSegments, Pick, Shot
from app.demo.sheet import COLUMNS, EMPTY, MARGIN_PX, TILE_WH, TITLE_PX, contact_sheet
from app.policy_files import read_policy
from tests.unit.demo.shots import WEATHER, decided


@pytest.fixture(scope="module")
def pick() -> Pick:
    known = DecidedSegments()
    for number in range(30):
        known.add(decided(number, ("clear", WEATHER[number % 4]), frozenset({1} if number < 7 else ())))
    made = known.pick(read_policy(None)[1])
    assert made is not None
    return made


def painted(bgr: tuple[int, int, int], wh: tuple[int, int] = (64, 36)) -> bytes:
    return cv2.imencode(".png", np.full((wh[1], wh[0], 3), bgr, np.uint8))[1].tobytes()


def red(shot: Shot) -> bytes:
    return painted((0, 0, 255))


def blue(shot: Shot) -> bytes:
    return painted((255, 0, 0))


def page_of(png: bytes) -> np.ndarray:
    page = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert page is not None
    return page


def share_of(page: np.ndarray, bgr: tuple[int, int, int]) -> float:
    return float((page == bgr).all(axis=2).sum()) / (TILE_WH[0] * TILE_WH[1])


def test_what_was_kept_is_on_the_left_and_the_random_pick_on_the_right(pick: Pick) -> None:
    page = page_of(contact_sheet(pick, red, blue))
    middle = page.shape[1] // 2
    assert share_of(page[:, :middle], (0, 0, 255)) == pytest.approx(7, abs=0.1)
    assert share_of(page[:, middle:], (255, 0, 0)) == pytest.approx(7, abs=0.1)
    assert share_of(page[:, :middle], (255, 0, 0)) == share_of(page[:, middle:], (0, 0, 255)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("missing", [None, b"", b"no picture"])
def test_a_picture_that_is_not_to_be_had_is_a_field_that_says_so(pick: Pick, missing: bytes | None) -> None:
    page = page_of(contact_sheet(pick, lambda shot: missing, blue))
    tile = page[MARGIN_PX + TITLE_PX :][: TILE_WH[1], MARGIN_PX : MARGIN_PX + TILE_WH[0]]
    assert 0.8 < share_of(tile, EMPTY) < 1


def test_a_picture_of_any_shape_keeps_it(pick: Pick) -> None:
    page = page_of(contact_sheet(pick, lambda shot: painted((0, 0, 255), (36, 64)), blue))
    row = page[MARGIN_PX + TITLE_PX + TILE_WH[1] // 2, MARGIN_PX : MARGIN_PX + TILE_WH[0]]
    assert (row == (0, 0, 255)).all(axis=1).sum() == pytest.approx(TILE_WH[1] * 36 / 64, abs=1)


@pytest.mark.slow
def test_equal_picks_give_equal_bytes(pick: Pick) -> None:
    assert contact_sheet(pick, red, blue) == contact_sheet(pick, red, blue)


def test_a_caption_says_conditions_and_fits_its_picture() -> None:
    assert fitting("clear, highway, night", 208, 8.5) == "clear, highway, night"
    short = fitting("partly cloudy, gas stations, dawn/dusk, and more", 208, 8.5)
    assert short.endswith("...") and len(short) > 20
    page = np.zeros((40, 220, 3), np.uint8)
    assert write(page, short, 0, 30, 8.5, (255, 255, 255)) <= 208
    assert page[:30].any() and not page[36:].any()


def test_letters_that_the_font_lacks_are_question_marks_and_none_leaves_the_page() -> None:
    one, other = np.zeros((30, 60, 3), np.uint8), np.zeros((30, 60, 3), np.uint8)
    write(one, "雨→x", 2, 20, 10, (9, 9, 9))
    write(other, "?>x", 2, 20, 10, (9, 9, 9))
    np.testing.assert_array_equal(one, other)
    for left, baseline in ((55, 28), (-3, 2), (59, 40), (0, -9)):
        if left >= 0:
            write(one, "edge", left, baseline, 10, (9, 9, 9))
    assert one.shape == (30, 60, 3) and COLUMNS > 1
