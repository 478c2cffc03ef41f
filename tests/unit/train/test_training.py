"""The parts of training hold, and a small run of all of them makes a file that opens."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

needed = partial(pytest.importorskip, reason="training has an environment of its own (ops/train/requirements.txt)")
torch = needed("torch")
losses = needed("ops.train.losses")
network = needed("ops.train.network")


def test_every_truth_has_a_cell_that_answers_for_it_however_small() -> None:
    places, strides = network.cells_of((384, 224))
    truths = torch.tensor([[10.0, 10.0, 12.0, 13.0], [100.0, 50.0, 300.0, 200.0], [383.0, 223.0, 384.0, 224.0]])
    boxes = losses.decoded(torch.zeros(1, len(places), 14), places, strides)
    scores = torch.full((1, len(places), 10), 0.01)
    centres = (places + 0.5) * strides
    truth, score = losses.assigned(boxes, scores, truths[None], torch.tensor([[0, 2, 9]]), centres)
    assert set(truth[score > 0].tolist()) == {0, 1, 2}
    assert ((score >= 0) & (score <= 1 + 1e-6)).all()


def test_the_losses_of_a_batch_are_those_of_its_pictures_weighed_by_what_they_show() -> None:
    places, strides = network.cells_of((64, 32))
    raw = torch.randn(2, len(places), 14, generator=torch.Generator().manual_seed(1))
    boxes = torch.tensor([[[4.0, 4.0, 20.0, 20.0], [30.0, 5.0, 60.0, 30.0]], [[8.0, 8.0, 40.0, 28.0], [0.0] * 4]])
    classes = torch.tensor([[2, 4], [3, -1]])
    together = torch.stack(losses.detection(raw, boxes, classes, places, strides))
    centres = (places + 0.5) * strides
    weights, alone = [], []
    for one in (0, 1):
        there = classes[one] >= 0
        truths = boxes[one, there][None], classes[one, there][None]
        decoded = losses.decoded(raw[one : one + 1], places, strides)
        weights.append(losses.assigned(decoded, raw[one : one + 1, :, 4:].sigmoid(), *truths, centres)[1].sum())
        alone.append(torch.stack(losses.detection(raw[one : one + 1], *truths, places, strides)) * max(1, weights[-1]))
    torch.testing.assert_close(together, (alone[0] + alone[1]) / max(1, weights[0] + weights[1]))


def test_a_cell_decodes_as_the_decoder_of_the_detector_does() -> None:
    decode = pytest.importorskip("models.yolox").decode
    places, strides = network.cells_of((64, 32))
    raw = torch.randn(len(places), 14, generator=torch.Generator().manual_seed(1))
    ours = losses.decoded(raw, places, strides)
    scored = np.concatenate([raw[:, :4].numpy(), np.ones((len(places), 2), np.float32)], axis=1)
    np.testing.assert_allclose(decode({"cells": scored}, (64, 32), 0.5).boxes_xyxy, ours.numpy(), rtol=1e-4, atol=1e-3)


def test_likeness_within_a_clip_is_rewarded() -> None:
    near = torch.eye(4)[[0, 0, 1, 1]]
    right = losses.contrast(near, torch.tensor([1, 1, 2, 2]))
    wrong = losses.contrast(near, torch.tensor([1, 2, 1, 2]))
    assert right < 0.01 < wrong


def test_a_picture_without_anything_still_teaches_that_it_has_nothing() -> None:
    places, strides = network.cells_of((64, 32))
    raw = torch.zeros(1, len(places), 14, requires_grad=True)
    box, by_class = losses.detection(raw, torch.zeros(1, 1, 4), torch.full((1, 1), -1), places, strides)
    assert box == 0
    assert by_class > 0


@pytest.mark.parametrize(
    ("step", "spent", "ratio"),
    [(0, 0, 1 / 40), (39, 0.01, 1), (500, 0.5, 1), (700, 0.7, 1), (850, 0.85, 0.5), (999, 1.0, 0), (1000, 1.1, 0)],
)
def test_the_learning_rate_rises_stays_and_falls(step: int, spent: float, ratio: float) -> None:
    train = needed("ops.train.train")
    assert train.rate_at(step, spent, 2e-3, 0.3) == pytest.approx(2e-3 * ratio)


def test_a_blend_is_the_mean_of_weights_and_counts_the_later_steps() -> None:
    blend = needed("ops.train.blend")
    one = {"weight": torch.tensor([1.0, 3.0]), "steps": torch.tensor(5)}
    other = {"weight": torch.tensor([3.0, 4.0]), "steps": torch.tensor(9)}
    found = blend.blended(one, other)
    torch.testing.assert_close(found, {"weight": torch.tensor([2.0, 3.5]), "steps": torch.tensor(9)})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_small_run_makes_a_file_that_opens_and_can_be_gone_on_with(tmp_path: Path) -> None:
    names = ("pictures", "data", "train", "glance", "export", "shipped")
    pictures, data, train, glance, export, shipped = (needed(f"ops.train.{name}") for name in names)
    pictures.make(tmp_path, pictures.TRAIN_SEED, 2, pictures.SIZE_WH, 0)
    boxes, file = tmp_path / "boxes.pt", tmp_path / "small.onnx"
    train.train(0, train.Order(tmp_path, boxes, None, 0.02, 0.3, 8, 1.5e-3, 100, 1, 1))
    small = network.SmallNetwork()
    small.load_state_dict(torch.load(boxes, weights_only=True))
    gallery = data.Gallery(tmp_path, "cpu", 0)
    glance.learn(small.glance, glance.seen(gallery, small.eval(), 1, 1), 2)
    torch.save(small.state_dict(), boxes)
    assert export.export(boxes, file) < 1e-3
    crops = next(iter(data.Batches(gallery, 8, 1))).pictures
    again = network.SmallNetwork()
    again.load_state_dict(shipped.weights_of(file, crops))
    with torch.no_grad():
        torch.testing.assert_close(again.eval().cells(crops), small.eval().cells(crops), rtol=1e-2, atol=1e-2)
