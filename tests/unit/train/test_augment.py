"""A box stays on its thing, however the picture is cut, scaled and mirrored."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training has an environment of its own (ops/train/requirements.txt)")
augment = pytest.importorskip("ops.train.augment")

SIZE_WH, TO_WH = (512, 288), (320, 160)
BOX = (200.0, 100.0, 300.0, 180.0)
STRAIGHT = torch.tensor([False])
CAR = torch.tensor([[2]])


def extent_of_red(picture: torch.Tensor) -> tuple[float, float, float, float]:
    redness = (picture[2] - picture[0]).clamp(min=0)
    columns, rows = (redness.mean(dim) for dim in (0, 1))
    x, y = (torch.nonzero(one > one.max() / 3)[:, 0] for one in (columns, rows))
    return float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1)


@pytest.fixture
def picture() -> torch.Tensor:
    painted = torch.full((SIZE_WH[1], SIZE_WH[0], 3), 200, dtype=torch.uint8)
    painted[100:180, 200:300] = torch.tensor((0, 0, 255), dtype=torch.uint8)
    return painted


def moved(window: torch.Tensor) -> tuple[torch.Tensor, int]:
    boxes, classes = augment.moved(window, torch.tensor(BOX).view(1, 1, 4), CAR, TO_WH)
    return boxes[0, 0], int(classes[0, 0])


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("window", [(0, 0, 320, 160), (150, 60, 320, 160), (100, 50, 448, 224), (-40, -30, 600, 300)])
def test_a_box_moves_with_its_picture(picture: torch.Tensor, window: tuple[int, ...]) -> None:
    windows = torch.tensor([window], dtype=torch.float32)
    box, label = moved(windows)
    assert label == 2
    seen = augment.cut([picture], windows, STRAIGHT, TO_WH)[0]
    assert extent_of_red(seen) == pytest.approx(box.tolist(), abs=2)


def test_what_lies_beside_the_picture_is_filled(picture: torch.Tensor) -> None:
    seen = augment.cut([picture], torch.tensor([[0.0, 0.0, 640.0, 320.0]]), STRAIGHT, TO_WH)[0]
    assert (seen[:, 146:] == augment.FILL).all()
    assert (seen[:, :, 258:] == augment.FILL).all()


def test_a_window_that_no_picture_reaches_is_filled_but_for_an_edge(picture: torch.Tensor) -> None:
    seen = augment.cut([picture], torch.tensor([[600.0, 400.0, 320.0, 160.0]]), STRAIGHT, TO_WH)[0]
    assert (seen != augment.FILL).any(0).sum() <= 1


def test_a_thing_that_a_window_leaves_out_is_not_left() -> None:
    assert moved(torch.tensor([[280.0, 0.0, 200.0, 100.0]]))[1] == -1


@pytest.mark.parametrize("seed", range(8))
def test_a_window_around_a_thing_shows_it_whole_and_nothing_beside_the_picture_that_it_need_not(
    picture: torch.Tensor, seed: int
) -> None:
    windows = augment.around(torch.tensor([BOX]), SIZE_WH, TO_WH, seeded(seed))
    left, top, wide, tall = windows[0].tolist()
    assert 0 <= left <= left + wide <= SIZE_WH[0] + 0.01
    assert top == 0 if tall > SIZE_WH[1] else 0 <= top <= top + tall <= SIZE_WH[1] + 0.01
    box, label = moved(windows)
    assert label == 2
    seen = augment.cut([picture], windows, STRAIGHT, TO_WH)[0]
    assert extent_of_red(seen) == pytest.approx(box.tolist(), abs=3)


@pytest.mark.parametrize("seed", range(8))
def test_of_a_thing_larger_than_the_input_a_window_shows_most(seed: int) -> None:
    thing = torch.tensor([[0.0, 0.0, *map(float, SIZE_WH)]])
    _, _, wide, tall = augment.around(thing, SIZE_WH, TO_WH, seeded(seed))[0].tolist()
    assert min(wide / SIZE_WH[0], tall / SIZE_WH[1]) >= 1 / augment.LARGEST_RATIO - 0.01


@pytest.mark.parametrize("seed", range(8))
def test_a_look_at_the_whole_misses_little_of_the_picture(seed: int) -> None:
    left, top, wide, tall = augment.whole(1, (640, 360), (416, 256), seeded(seed))[0].tolist()
    assert min(640, left + wide) - max(0, left) >= 0.75 * 640
    assert min(360, top + tall) - max(0, top) >= 0.75 * 360


@pytest.mark.parametrize("seed", range(4))
def test_a_mirror_and_another_camera_leave_a_thing_where_its_box_says(picture: torch.Tensor, seed: int) -> None:
    size = (*SIZE_WH,)
    windows, turned = torch.tensor([[0.0, 0.0, *map(float, size)]] * 8), torch.arange(8) % 2 == 0
    seen = augment.as_seen(augment.cut([picture] * 8, windows, turned, size), seeded(seed))
    boxes = augment.mirrored(torch.tensor(BOX).expand(8, 1, 4), turned, SIZE_WH[0])
    assert seen.shape == (8, 3, SIZE_WH[1], SIZE_WH[0])
    assert ((seen >= 0) & (seen <= 255) & (seen == seen.round())).all()
    for one, box in zip(seen, boxes[:, 0].tolist(), strict=True):
        assert extent_of_red(one) == pytest.approx(box, abs=8)
