"""Train what finds boxes in the network that ships, on a CPU or a GPU, for a number of minutes.

    python -m ops.train.train PICTURES WEIGHTS.pt --minutes 300

With `--processes 2` as many processes learn from batches of their own and share their gradients: on a machine where
others work too that wastes less than threads, which wait for each other at every layer. A GPU wants `--crops 192` or
so a step, and a higher `--rate`. The learning rate stays the same and falls to zero along a line over the last
`--cooling` of the time. What is kept is the moving average of the weights, written now and then and at the end: a run
may be stopped at any time, by hand too, and gone on with by `--start`.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, distributed, multiprocessing
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ops.train import losses
from ops.train.data import Batch, Batches, Gallery
from ops.train.network import SmallNetwork, cells_of
from ops.train.shipped import weights_of

CROPS, RATE, DECAY = 8, 1.5e-3, 0.05
WARM_STEPS = 40
AVERAGED_STEPS = 200
TOLD_STEPS = 50


def rate_at(step: int, spent: float, rate: float, cooling: float) -> float:
    """Return the learning rate of a step when a ratio `spent` of the time is over, the last `cooling` of it falling."""
    return rate * max(0.0, min(1.0, (step + 1) / WARM_STEPS, (1 - spent) / max(cooling, 1e-9)))


class Training:
    """Hold what changes from step to step."""

    def __init__(self, device: str, start: Path | None, first: Batch) -> None:
        self.device = device
        network = SmallNetwork()
        if start:
            network.load_state_dict(weights_of(start, first.pictures.cpu()))
        self.network = network.to(device, memory_format=torch.channels_last)
        average = get_ema_multi_avg_fn(1 - 1 / AVERAGED_STEPS)
        self.average = AveragedModel(self.network, multi_avg_fn=average, use_buffers=True)
        decayed = [one for one in self.network.parameters() if one.ndim > 1]
        plain = [one for one in self.network.parameters() if one.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, RATE)
        self.cells = cache(lambda size_wh: tuple(one.to(device) for one in cells_of(size_wh)))
        self.steps = 0

    def step(self, batch: Batch, rate: float) -> Tensor:
        """Learn from one batch; return its losses, of boxes and of classes, where the device has them."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        crops = batch.pictures.contiguous(memory_format=torch.channels_last)
        # Half precision only where the hardware has it: a CPU without it takes eight times as long.
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            cells = self.network.cells(crops)
        places, strides = self.cells((crops.shape[3], crops.shape[2]))
        box, by_class = losses.detection(cells.float(), batch.boxes, batch.classes, places, strides)
        self.optimizer.zero_grad(set_to_none=True)
        (2 * box + by_class).backward()
        self._share()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self.average.update_parameters(self.network)
        self.steps += 1
        return torch.stack([box, by_class]).detach()

    def _share(self) -> None:
        """Average the gradients over all processes."""
        if distributed.is_initialized():
            gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
            flat = torch.cat([one.flatten() for one in gradients])
            distributed.all_reduce(flat)
            flat /= distributed.get_world_size()
            for gradient, part in zip(gradients, flat.split([one.numel() for one in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))


@dataclass(frozen=True, slots=True)
class Order:
    """What to train on, what to write, and how; `most` pictures are used, all where it is 0, `crops` in a step."""

    folder: Path
    weights: Path
    start: Path | None
    minutes: float
    cooling: float
    crops: int
    rate: float
    most: int
    seed: int
    processes: int


def train(rank: int, order: Order) -> None:
    """Train as one of the processes; the first writes the averaged weights and prints how it goes."""
    if order.processes > 1:
        meeting = f"file://{order.weights.resolve()}.meeting"
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=order.processes)
        torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cudnn.benchmark = True  # a few sizes of batch, each met thousands of times
    gallery = Gallery(order.folder, device, order.most)
    batches = Batches(gallery, order.crops // order.processes, order.seed * 1000 + rank)
    torch.manual_seed(order.seed)  # the same weights in all processes
    training = Training(device, order.start, next(iter(Batches(gallery, 4 * CROPS, order.seed))))
    torch.manual_seed(order.seed * 1000 + rank)
    started_s = time.monotonic()
    spent, told, sums = 0.0, 0, torch.zeros(2, device=device)
    for batch in batches:
        sums += training.step(batch, rate_at(training.steps, spent, order.rate, order.cooling))
        spent = _agreed((time.monotonic() - started_s) / (60 * order.minutes))
        if rank == 0 and (training.steps % TOLD_STEPS == 0 or spent >= 1):
            box, by_class = (sums / (training.steps - told)).tolist()
            so_far = f"step {training.steps}, {time.monotonic() - started_s:.0f} s, {len(gallery.pictures)} pictures"
            print(f"{so_far}: box {box:.3f} class {by_class:.3f}", flush=True)
            told = training.steps
            sums.zero_()
            _save(training, order.weights)
        if spent >= 1:
            break


def _agreed(spent: float) -> float:
    """Return what all processes take for the time spent, so that they end with the same step."""
    if distributed.is_initialized():
        mean = torch.tensor(spent)
        distributed.all_reduce(mean)
        return float(mean) / distributed.get_world_size()
    return spent


def _save(training: Training, weights: Path) -> None:
    part = weights.with_suffix(".part")
    torch.save(training.average.module.state_dict(), part)
    part.replace(weights)


def main() -> None:
    """Train as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder that ops.train.pictures made")
    parser.add_argument("weights", type=Path, help="file to write")
    parser.add_argument("--minutes", type=float, default=300.0)
    parser.add_argument("--cooling", type=float, default=0.3, help="ratio of the time at its end")
    parser.add_argument("--crops", type=int, default=CROPS, help="of 416x256 px in a step, or fewer larger ones")
    parser.add_argument("--rate", type=float, default=RATE, help="of learning")
    parser.add_argument("--pictures", dest="most", type=int, default=0, help="at most so many, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from, or the file that ships")
    parser.add_argument("--processes", type=int, default=1)
    order = Order(**vars(parser.parse_args()))
    meeting = Path(f"{order.weights.resolve()}.meeting")
    meeting.unlink(missing_ok=True)
    if order.processes == 1:
        train(0, order)
    else:
        # Forked, they bear the run's name: who stops the run for a while by that stops them all.
        multiprocessing.start_processes(train, args=(order,), nprocs=order.processes, start_method="fork")
        meeting.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
