"""Train what tells weather, scene, time of day and place, on the summaries that a finished backbone makes of pictures.

    python -m ops.train.glance PICTURES BOXES.pt WEIGHTS.pt

Every picture is looked at a few times, augmented anew; then the two small layers learn from these summaries alone.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from ops.train import losses
from ops.train.augment import as_seen, cut, whole
from ops.train.data import Gallery
from ops.train.network import WORDS, Glance, SmallNetwork

#: The sizes that it is used at.
SIZES_WH = ((416, 256), (512, 288), (640, 384))
LOOKS, AT_ONCE = 4, 64
EPOCHS, BATCH, RATE, DECAY = 150, 512, 3e-3, 0.1
NOISE = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """Summaries [N, SUMMARY], their words' numbers (-1: not one of them), and of which clip each is."""

    summaries: Tensor
    words: dict[str, Tensor]
    clips: Tensor


def seen(gallery: Gallery, network: SmallNetwork, looks: int, seed: int) -> Seen:
    """Look at every picture of a gallery so many times."""
    rng = torch.Generator().manual_seed(seed)
    order = [one for one in gallery.pictures for _ in range(looks)]
    summaries = []
    for start in range(0, len(order), AT_ONCE):
        size, some = SIZES_WH[start // AT_ONCE % len(SIZES_WH)], order[start : start + AT_ONCE]
        height, width = some[0].pixels.shape[:2]
        windows = whole(len(some), (width, height), size, rng)
        pictures = cut([one.pixels for one in some], windows, torch.zeros(len(some), dtype=torch.bool), size)
        with torch.no_grad():
            summaries.append(network.summary(as_seen(pictures, rng)))
    words = {
        name: [known.index(one.truth[name]) if one.truth[name] in known else -1 for one in order]
        for name, known in WORDS.items()
    }
    device = summaries[0].device
    numbers = {name: torch.tensor(values, device=device) for name, values in words.items()}
    return Seen(torch.cat(summaries), numbers, torch.tensor([one.truth["clip"] for one in order], device=device))


def learn(glance: Glance, shown: Seen, epochs: int) -> None:
    """Train on summaries, at random a little off; the rate falls along a cosine."""
    optimizer = torch.optim.AdamW(glance.parameters(), RATE, weight_decay=DECAY)
    per_epoch = max(1, len(shown.clips) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=epochs * per_epoch, pct_start=0.1)
    spread = shown.summaries.std(0)
    for epoch in range(epochs):
        glance.train()
        sums = dict[str, float]()
        for picked in torch.randperm(len(shown.clips), device=shown.clips.device).chunk(per_epoch):
            summaries = shown.summaries[picked]
            words, embedding = glance(summaries + torch.randn_like(summaries) * spread * NOISE)
            parts = {
                name: functional.cross_entropy(logits, shown.words[name][picked], ignore_index=-1, label_smoothing=0.05)
                for name, logits in words.items()
            }
            parts["place"] = losses.contrast(embedding, shown.clips[picked])
            optimizer.zero_grad(set_to_none=True)
            torch.stack(list(parts.values())).sum().backward()
            optimizer.step()
            schedule.step()
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / per_epoch
        if (epoch + 1) % 10 == 0:
            print(f"epoch {epoch + 1}: " + " ".join(f"{name} {value:.3f}" for name, value in sums.items()), flush=True)
    glance.eval()


def main() -> None:
    """Train as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder that ops.train.pictures made")
    parser.add_argument("boxes", type=Path, help="weights that ops.train.train wrote")
    parser.add_argument("weights", type=Path, help="file to write")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--looks", type=int, default=LOOKS, help="at each picture")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = SmallNetwork()
    network.load_state_dict(torch.load(asked.boxes, map_location="cpu", weights_only=True))
    network = network.to(device, memory_format=torch.channels_last).eval()
    network.glance = Glance().to(device)
    shown = seen(Gallery(asked.folder, device, most=0), network, asked.looks, asked.seed)
    print(f"{len(shown.clips)} looks at {len(shown.clips.unique())} clips", flush=True)
    learn(network.glance, shown, asked.epochs)
    torch.save(network.state_dict(), asked.weights)


if __name__ == "__main__":
    main()
