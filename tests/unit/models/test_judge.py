"""One batch in its thread: what is not an object on the picture is not told, whatever the network says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Lock
from time import sleep

import numpy as np
import pytest

from models.judge import BatchTimes, Judge, Placed
from models.letterbox import Letterbox
from models.manifest import Network
from models.reading import reader
from models.yolox import anchor_cells
from tests.networks import STANDIN, standin_networks

INPUT_WH, SOURCE_WH = (64, 64), (128, 64)  # scaled to 64x32: the lower half of the input is fill
LETTERBOX = Letterbox.fit(SOURCE_WH, INPUT_WH)
CAR, BOAT = 2, 8


class Spoken:
    """A session that says what a test wants, in the input's batch size."""

    def __init__(self, network: Network, raw: np.ndarray) -> None:
        self.network, self._raw, self.sizes = network, raw, []

    def slots(self, pictures: int, size_wh: tuple[int, int]) -> np.ndarray:
        return np.zeros(self.network.input.shape_of(pictures, size_wh), np.float32)

    def run(self, batch: np.ndarray) -> Mapping[str, np.ndarray]:
        self.sizes.append(len(batch))
        return {"output": np.broadcast_to(self._raw, (len(batch), *self._raw.shape))}


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return standin_networks(tmp_path)[STANDIN]


def raw_of(*rows: tuple[tuple[float, float, float, float], int]) -> np.ndarray:
    """Write boxes (x1, y1, x2, y2 in input pixels) with their classes the way YOLOX does, all with a score of .9."""
    cells, strides = anchor_cells(INPUT_WH)
    raw = np.zeros((len(cells), 85), np.float32)
    for place, ((x1, y1, x2, y2), class_id) in enumerate(rows):
        stride = strides[place, 0]
        raw[place, :2] = np.array([(x1 + x2) / 2, (y1 + y2) / 2]) / stride - cells[place]
        raw[place, 2:4] = np.log(np.array([x2 - x1, y2 - y1]) / stride)
        raw[place, 4], raw[place, 5 + class_id] = 0.9, 1.0
    return raw


def judged(
    network: Network, raw: np.ndarray, pictures: int = 1, buckets: tuple[int, ...] = (1,)
) -> tuple[list, Spoken]:
    session, times = Spoken(network, raw), list[BatchTimes]()
    readers = {"objects": reader("objects", network.role("objects"))}
    judge = Judge(session, INPUT_WH, buckets, readers, times.append)
    placed = Placed(np.zeros((32, 64, 3), np.uint8), LETTERBOX, 0.0)
    answers = judge([placed] * pictures)
    assert [(batch.pictures, batch.slots) for batch in times] == [(pictures, session.sizes[-1])]
    return [list(answer.objects) for answer in answers], session


@pytest.mark.parametrize(
    ("box_xyxy", "class_id", "told"),
    [
        ((10, 4, 20, 12), CAR, (20, 8, 40, 24)),
        ((-8, -4, 20, 12), CAR, (0, 0, 40, 24)),  # clipped to the picture
        ((10, 24, 20, 60), CAR, (20, 48, 40, 64)),  # reaches into the fill
        ((10, 40, 20, 60), CAR, None),  # lies in the fill
        ((10, 4, np.inf, 12), CAR, None),
        ((10, 4, np.nan, 12), CAR, None),
        ((10, 4, 20, 12), BOAT, None),  # no class of ours
    ],
)
def test_only_what_is_on_the_picture_is_told(
    network: Network, box_xyxy: tuple[float, float, float, float], class_id: int, told: tuple[float, ...] | None
) -> None:
    ((*found,),), _ = judged(network, raw_of((box_xyxy, class_id)))
    assert [(one.label, pytest.approx(one.box_xyxy, abs=1e-4)) for one in found] == ([("car", told)] if told else [])


def test_a_box_without_end_is_dropped_though_clipping_would_make_it_fit(network: Network) -> None:
    raw = raw_of(((10, 4, 20, 12), CAR))
    raw[0, 2] = 1000.0  # a width of exp(1000) strides
    assert judged(network, raw)[0] == [[]]


def test_one_object_is_told_once_and_two_classes_in_one_place_are_two(network: Network) -> None:
    box, near = (10, 4, 20, 12), (10.5, 4, 20.5, 12)
    ((*found,),), _ = judged(network, raw_of((box, CAR), (near, CAR), (box, 7), ((40, 4, 50, 12), CAR)))
    assert sorted(one.label for one in found) == ["car", "car", "truck"]


@pytest.mark.parametrize(("pictures", "slots"), [(1, 1), (2, 2), (3, 4), (4, 4)])
def test_a_batch_runs_in_the_next_bucket_and_padding_answers_nobody(
    network: Network, pictures: int, slots: int
) -> None:
    answers, session = judged(network, raw_of(((10, 4, 20, 12), CAR)), pictures, (1, 2, 4))
    assert session.sizes == [slots]
    assert len(answers) == pictures


def test_batches_run_at_the_same_time_and_are_read_one_after_the_other(network: Network) -> None:
    running, reading, alone = Barrier(3, timeout=30), Lock(), list[bool]()

    class Together(Spoken):
        def run(self, batch: np.ndarray) -> Mapping[str, np.ndarray]:
            running.wait()  # nobody comes back from here before all three run
            return super().run(batch)

    def read(_outputs: object, letterboxes: Sequence[Letterbox]) -> list[tuple]:
        alone.append(mine := reading.acquire(blocking=False))
        sleep(0.02)
        if mine:
            reading.release()
        return [()] * len(letterboxes)

    session, placed = Together(network, raw_of()), Placed(np.zeros((32, 64, 3), np.uint8), LETTERBOX, 0.0)
    judges = [Judge(session, INPUT_WH, (1,), {"objects": read}, lambda _times: None) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        assert [told[0].objects for told in threads.map(lambda judge: judge([placed]), judges)] == [()] * 3
    assert alone == [True] * 3
