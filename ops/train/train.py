"""Train what finds boxes in the network that ships, on a CPU or a GPU, for a number of steps.

    python -m ops.train.train PICTURES WEIGHTS.pt --steps 20000

With `--processes 2` as many processes learn from batches of their own and share their gradients: on a machine where
others work too that wastes less than threads, which wait for each other at every layer. The learning rate stays the
same and falls to zero along a line over the last `--cooling` steps. What is kept is the moving average of the weights,
written every few minutes and at the end: a run may be stopped at any time, by hand too, and gone on with by `--start`.
"""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed, multiprocessing
from torch.utils.data import DataLoader

from ops.train import losses
from ops.train.data import CROP_WH, Batch, Batches
from ops.train.network import SmallNetwork, cells_of
from ops.train.shipped import weights_of

BATCH, RATE, DECAY = 8, 1.5e-3, 0.05
WARM_STEPS = 40
AVERAGED_STEPS = 200
SAVE_EVERY_STEPS = 50
TOLD_STEPS = 25


def rate_at(step: int, steps: int, cooling: int) -> float:
    """Return the learning rate of a step of so many, the last `cooling` of which let it fall."""
    return RATE * min(1.0, (step + 1) / WARM_STEPS, (steps - step) / max(cooling, 1))


class Training:
    """Hold what changes from step to step."""

    def __init__(self, device: str, seed: int, start: Path | None, first: Batch) -> None:
        torch.manual_seed(seed)
        self.device = device
        self.network = SmallNetwork()
        if start:
            self.network.load_state_dict(weights_of(start, first.pictures.float()))
        self.network = self.network.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network)
        decayed = [one for one in self.network.parameters() if one.ndim > 1]
        plain = [one for one in self.network.parameters() if one.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, RATE)
        self.places, self.strides = (one.to(device) for one in cells_of(CROP_WH))
        self.steps = 0

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """Learn from one batch; return its losses."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        crops = batch.pictures.to(self.device).float().contiguous(memory_format=torch.channels_last)
        # Half precision only where the hardware has it: a CPU without it takes eight times as long.
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            cells = self.network.cells(crops)
        truths = [(boxes.to(self.device), classes.to(self.device)) for boxes, classes in batch.truths]
        box, by_class = losses.detection(cells.float(), truths, self.places, self.strides)
        self.optimizer.zero_grad(set_to_none=True)
        (2 * box + by_class).backward()
        self._share()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self._remember()
        self.steps += 1
        return {"box": float(box.detach()), "class": float(by_class.detach())}

    def _share(self) -> None:
        """Average the gradients over all processes."""
        if distributed.is_initialized():
            gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
            flat = torch.cat([one.flatten() for one in gradients])
            distributed.all_reduce(flat)
            flat /= distributed.get_world_size()
            for gradient, part in zip(gradients, flat.split([one.numel() for one in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def _remember(self) -> None:
        share = min(1 - 1 / AVERAGED_STEPS, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for kept, now in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if kept.dtype.is_floating_point:
                    kept.lerp_(now, 1 - share)
                else:
                    kept.copy_(now)


@dataclass(frozen=True, slots=True)
class Order:
    """What to train on, what to write, and how long; `most` pictures are used, all where it is 0."""

    folder: Path
    weights: Path
    start: Path | None
    steps: int
    cooling: int
    most: int
    seed: int
    processes: int


def train(rank: int, order: Order) -> None:
    """Train as one of the processes; the first writes the averaged weights and prints how it goes."""
    started_s = time.monotonic()
    if order.processes > 1:
        meeting = f"file://{order.weights.resolve()}.meeting"
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=order.processes)
        torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    first = next(iter(Batches(order.folder, order.most, 4 * BATCH, order.seed)))
    training = Training(device, order.seed, order.start, first)
    batches = Batches(order.folder, order.most, BATCH // order.processes, order.seed * 1000 + rank)
    sums = dict[str, float]()
    workers = 4 if device == "cuda" else 0
    for batch in DataLoader(batches, batch_size=None, num_workers=workers):
        for name, value in training.step(batch, rate_at(training.steps, order.steps, order.cooling)).items():
            sums[name] = sums.get(name, 0.0) + value
        if rank == 0 and training.steps % TOLD_STEPS == 0:
            told = " ".join(f"{name} {value / TOLD_STEPS:.3f}" for name, value in sums.items())
            spent = f"{time.monotonic() - started_s:.0f} s, {time.process_time():.0f} s of CPU"
            print(f"step {training.steps} of {order.steps}, {spent}: {told}", flush=True)
            sums.clear()
        if rank == 0 and (training.steps % SAVE_EVERY_STEPS == 0 or training.steps == order.steps):
            _save(training, order.weights)
        if training.steps == order.steps:
            break


def _save(training: Training, weights: Path) -> None:
    part = weights.with_suffix(".part")
    torch.save(training.average.state_dict(), part)
    part.replace(weights)


def main() -> None:
    """Train as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder that ops.train.pictures made")
    parser.add_argument("weights", type=Path, help="file to write")
    parser.add_argument("--steps", type=int, default=20_000, help=f"of {BATCH} crops each")
    parser.add_argument("--cooling", type=int, help="steps at the end; a quarter of all where left out")
    parser.add_argument("--pictures", dest="most", type=int, default=0, help="at most so many, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from, or the file that ships")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    cooling = asked.steps // 4 if asked.cooling is None else asked.cooling
    order = Order(
        asked.folder, asked.weights, asked.start, asked.steps, cooling, asked.most, asked.seed, asked.processes
    )
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
