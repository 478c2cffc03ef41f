"""The network that ships: a small residual backbone, a pyramid of strides 8, 16 and 32, a head of boxes, global heads.

Dense 3x3 convolutions, ReLU and batch normalisation alone: what a CPU trains and runs fastest, and what every
runtime folds and fuses. 1.2 M parameters.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

#: In the order of the label sets `bdd100k_10`, `bdd100k_weather`, `bdd100k_scene`, `bdd100k_timeofday`.
CLASSES = (
    "pedestrian", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle", "traffic light", "traffic sign",
)  # fmt: skip
WORDS = {
    "weather": ("rainy", "snowy", "clear", "overcast", "undefined", "partly cloudy", "foggy"),
    "scene": ("tunnel", "residential", "parking lot", "undefined", "city street", "gas stations", "highway"),
    "timeofday": ("daytime", "night", "dawn/dusk", "undefined"),
}
STRIDES_PX = (8, 16, 32)
EMBEDDING = 64
WIDTHS = (16, 32, 64, 112, 144)
NECK = 48


def conv(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch normalisation, ReLU."""
    middle = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    return nn.Sequential(middle, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Partial(nn.Module):
    """Refine half of the channels by residual pairs of convolutions, then mix all that was made on the way."""

    def __init__(self, width: int, pairs: int) -> None:
        super().__init__()
        half = width // 2
        self.pairs = nn.ModuleList(nn.Sequential(conv(half, half), conv(half, half)) for _ in range(pairs))
        self.mix = conv(width + half * pairs, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        made = list(features.chunk(2, 1))
        for pair in self.pairs:
            made.append(made[-1] + pair(made[-1]))
        mixed: Tensor = self.mix(torch.cat(made, 1))
        return mixed


class SmallNetwork(nn.Module):
    """Pictures [N, 3, H, W], 0 to 255, blue first -> raw cells [N, A, 14], words' logits, unit embedding [N, 64]."""

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four, five = WIDTHS
        self.stem = nn.Sequential(conv(3, one, 3, 2), conv(one, two, 3, 2), Partial(two, 1))
        self.third = nn.Sequential(conv(two, three, 3, 2), Partial(three, 2))
        self.fourth = nn.Sequential(conv(three, four, 3, 2), Partial(four, 2))
        self.fifth = nn.Sequential(conv(four, five, 3, 2), Partial(five, 1))
        self.lateral = nn.ModuleList(conv(width, NECK, 1) for width in (three, four, five))
        self.down = nn.ModuleList(conv(NECK, NECK, 3) for _ in range(3))
        self.box_tower = nn.ModuleList(conv(NECK, NECK, 3) for _ in STRIDES_PX)
        self.class_tower = nn.ModuleList(conv(NECK, NECK, 3) for _ in STRIDES_PX)
        self.boxes = nn.ModuleList(nn.Conv2d(NECK, 4, 1) for _ in STRIDES_PX)
        self.classes = nn.ModuleList(nn.Conv2d(NECK, len(CLASSES), 1) for _ in STRIDES_PX)
        for layer in self.classes:
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            nn.init.constant_(layer.bias, -4.6)  # as if one cell in a hundred held something (focal loss, 1708.02002)
        pooled = 3 * 2 + two * 2 + three * 2 + five * 2
        self.trunk = nn.Sequential(nn.Linear(pooled, 160), nn.BatchNorm1d(160), nn.ReLU(), nn.Dropout(0.1))
        self.words = nn.ModuleDict({name: nn.Linear(160, len(words)) for name, words in WORDS.items()})
        self.place = nn.Sequential(nn.Linear(pooled, 160), nn.BatchNorm1d(160), nn.ReLU(), nn.Linear(160, EMBEDDING))

    def forward(self, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Return what the class says; cells are strides 8, 16, 32, rows first: offset xy, log size, class logits."""
        scaled = (pictures - 110.0) / 60.0
        second = self.stem(scaled)
        third = self.third(second)
        fourth = self.fourth(third)
        fifth = self.fifth(fourth)
        pooled = torch.cat([_moments(one) for one in (scaled, second, third, fifth)], 1)
        words = {name: layer(self.trunk(pooled)) for name, layer in self.words.items()}
        embedding = functional.normalize(self.place(pooled).float(), dim=1)
        return self._cells(third, fourth, fifth), words, embedding

    def _cells(self, *features: Tensor) -> Tensor:
        below, levels = None, []
        for lateral, smooth, feature in reversed(list(zip(self.lateral, self.down, features, strict=True))):
            level = lateral(feature)
            if below is not None:
                level = level + functional.interpolate(below, scale_factor=2.0, mode="nearest")
            below = smooth(level)
            levels.append(below)
        cells = []
        for number, level in enumerate(reversed(levels)):
            boxes = self.boxes[number](self.box_tower[number](level))
            classes = self.classes[number](self.class_tower[number](level))
            cells.append(torch.cat([boxes, classes], 1).flatten(2))
        return torch.cat(cells, 2).transpose(1, 2)


def _moments(features: Tensor) -> Tensor:
    """Return mean and deviation [N, 2C] over the picture."""
    mean = features.mean((2, 3), keepdim=True)
    deviation = ((features - mean) ** 2).mean((2, 3), keepdim=True).add(1e-4).sqrt()
    return torch.cat([mean, deviation], 1).flatten(1)


def cells_of(size_wh: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return place [A, 2] (x, y, in cells) and stride [A, 1] in px of every cell of an input."""
    places, strides = [], []
    for stride in STRIDES_PX:
        y, x = torch.meshgrid(torch.arange(size_wh[1] // stride), torch.arange(size_wh[0] // stride), indexing="ij")
        places.append(torch.stack([x, y], -1).reshape(-1, 2).float())
        strides.append(torch.full((x.numel(), 1), float(stride)))
    return torch.cat(places), torch.cat(strides)
