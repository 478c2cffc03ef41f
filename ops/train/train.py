"""Train the network that ships, on a CPU or a GPU, until a number of epochs or of minutes is over.

    python -m ops.train.train PICTURES WEIGHTS.pt --epochs 12 --minutes 30

With `--processes 2` as many processes learn from batches of their own and share their gradients: on a machine where
others work too that wastes less than threads, which wait for each other at every layer. The learning rate falls along
a cosine to zero at whichever end comes first. What is kept is the moving average of the weights, written every few
minutes and at the end.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed, multiprocessing
from torch.nn import functional
from torch.utils.data import DataLoader

from ops.train import losses
from ops.train.data import TRAIN_WH, Batch, Batches
from ops.train.network import EMBEDDING, SmallNetwork, cells_of
from ops.train.pictures import read

BATCH, RATE, DECAY = 16, 2e-3, 0.05
WARM_STEPS = 40
KEPT_EMBEDDINGS = 512
SAVE_EVERY_S = 100.0


class Training:
    """Hold what changes from step to step."""

    def __init__(self, device: str, seed: int, start: Path | None) -> None:
        torch.manual_seed(seed)
        self.device = device
        self.network = SmallNetwork().to(device)
        if start:
            self.network.load_state_dict(torch.load(start, map_location=device, weights_only=True))
        self.average = copy.deepcopy(self.network)
        decayed = [one for one in self.network.parameters() if one.ndim > 1]
        plain = [one for one in self.network.parameters() if one.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, RATE)
        self.places, self.strides = (one.to(device) for one in cells_of(TRAIN_WH))
        self.known = torch.zeros(0, EMBEDDING, device=device)
        self.known_clips = torch.zeros(0, dtype=torch.long, device=device)
        self.steps, self.done_ratio = 0, 0.0

    def step(self, batch: Batch, done_ratio: float) -> dict[str, float]:
        """Learn from one batch; return its losses."""
        rate = RATE * min(1.0, (self.steps + 1) / WARM_STEPS) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done_ratio)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        with torch.autocast(self.device, torch.bfloat16):
            cells, words, embedding = self.network(batch.pictures.to(self.device).float())
        truths = [(boxes.to(self.device), classes.to(self.device)) for boxes, classes in batch.truths]
        box, by_class = losses.detection(cells.float(), truths, self.places, self.strides)
        clips = batch.clips.to(self.device)
        parts = {"box": 2 * box, "class": by_class}
        for name, logits in words.items():
            wanted = batch.words[name].to(self.device)
            parts[name] = 0.5 * functional.cross_entropy(logits.float(), wanted, ignore_index=-1, label_smoothing=0.02)
        parts["place"] = 0.3 * losses.contrast(embedding, clips, self.known, self.known_clips)
        loss = torch.stack(list(parts.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        done_ratio = self._share(done_ratio)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self._remember(embedding.detach(), clips)
        self.steps += 1
        self.done_ratio = done_ratio
        return {name: float(value.detach()) for name, value in parts.items()}

    def _share(self, done_ratio: float) -> float:
        """Average the gradients, and how much is done, over all processes, so that all stop at one step."""
        if distributed.is_initialized():
            gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
            flat = torch.cat([*(one.flatten() for one in gradients), torch.tensor([done_ratio], device=self.device)])
            distributed.all_reduce(flat)
            flat /= distributed.get_world_size()
            parts = flat[:-1].split([one.numel() for one in gradients])
            for gradient, part in zip(gradients, parts, strict=True):
                gradient.copy_(part.view_as(gradient))
            done_ratio = float(flat[-1])
        return done_ratio

    def _remember(self, embedding: torch.Tensor, clips: torch.Tensor) -> None:
        self.known = torch.cat([embedding, self.known])[:KEPT_EMBEDDINGS]
        self.known_clips = torch.cat([clips, self.known_clips])[:KEPT_EMBEDDINGS]
        share = min(0.995, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for kept, now in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if kept.dtype.is_floating_point:
                    kept.lerp_(now, 1 - share)
                else:
                    kept.copy_(now)


@dataclass(frozen=True, slots=True)
class Order:
    """What to train on, what to write, and when to stop; `most` pictures are used, all where it is 0."""

    folder: Path
    weights: Path
    start: Path | None
    epochs: float
    minutes: float
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
    there = min(order.most or 10**9, sum(len(chunk.truths) for chunk in read(order.folder)))
    steps = math.ceil(order.epochs * there / BATCH / order.processes)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    training = Training(device, order.seed, order.start)
    if rank == 0:
        print(f"{there} pictures, {steps} steps on {device}, {order.processes} processes", flush=True)
    batches = Batches(order.folder, order.most, BATCH, order.seed + rank)
    saved_s, sums = started_s, dict[str, float]()
    for batch in DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4):
        now_s = time.monotonic()
        parts = training.step(batch, max((training.steps + 1) / steps, (now_s - started_s) / 60 / order.minutes))
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value
        if rank == 0 and training.steps % 25 == 0:
            told = " ".join(f"{name} {value / 25:.3f}" for name, value in sums.items())
            print(f"step {training.steps} {training.done_ratio:.3f} {now_s - started_s:.0f} s: {told}", flush=True)
            sums.clear()
        if rank == 0 and now_s - saved_s > SAVE_EVERY_S:
            saved_s = now_s
            _save(training, order.weights)
        if training.done_ratio >= 1:
            break
    if rank == 0:
        _save(training, order.weights)
        seen = training.steps * BATCH * order.processes
        print(f"{training.steps} steps, {seen} pictures, {time.monotonic() - started_s:.0f} s", flush=True)


def _save(training: Training, weights: Path) -> None:
    part = weights.with_suffix(".part")
    torch.save(training.average.state_dict(), part)
    part.replace(weights)


def main() -> None:
    """Train as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder that ops.train.pictures made")
    parser.add_argument("weights", type=Path, help="file to write")
    parser.add_argument("--epochs", type=float, default=40.0)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--pictures", dest="most", type=int, default=0, help="at most so many, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    order = Order(
        asked.folder, asked.weights, asked.start, asked.epochs, asked.minutes, asked.most, asked.seed, asked.processes
    )
    meeting = Path(f"{order.weights.resolve()}.meeting")
    meeting.unlink(missing_ok=True)
    if order.processes == 1:
        train(0, order)
    else:
        multiprocessing.spawn(train, args=(order,), nprocs=order.processes)
        meeting.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
