"""The network that ships: a small residual backbone, a pyramid of strides 8, 16 and 32, a head of boxes, global heads.

Dense 3x3 convolutions, ReLU and batch normalisation alone: what a CPU trains and runs fastest, and what every
runtime folds and fuses. 1.1 M parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

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
#: Mean and deviation of the picture and of every stage, and both of the upper half alone, where the sky is.
SUMMARY = 2 * 2 * (3 + sum(WIDTHS[1:]))
WORDS_WIDTH, PLACE_WIDTH = 160, 96
SMALLER = 16.0


def conv(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch normalisation, ReLU."""
    middle = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    return nn.Sequential(middle, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def dense(inputs: int, outputs: int) -> nn.Sequential:
    """Return a full layer, batch normalisation, ReLU."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True))


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


class Glance(nn.Module):
    """Summaries [N, SUMMARY] of pictures -> words' logits, unit embedding [N, 64].

    It learns by itself, from what a finished backbone tells: a hundred rounds of that cost less than one of the rest.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.BatchNorm1d(SUMMARY, affine=False)
        self.trunk = nn.Sequential(dense(SUMMARY, WORDS_WIDTH), nn.Dropout(0.2))
        self.words = nn.ModuleDict({name: nn.Linear(WORDS_WIDTH, len(words)) for name, words in WORDS.items()})
        self.place = nn.Sequential(dense(SUMMARY, PLACE_WIDTH), nn.Linear(PLACE_WIDTH, EMBEDDING))

    def forward(self, summary: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return what the class says."""
        scaled = self.scale(summary)
        seen = self.trunk(scaled)
        words = {name: layer(seen) for name, layer in self.words.items()}
        return words, functional.normalize(self.place(scaled), dim=1)


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
        self.glance = Glance()

    def forward(self, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Return what the class says."""
        features = self._features(pictures)
        return (self._cells(*features[2:]), *self.glance(_summary(features)))

    def cells(self, pictures: Tensor) -> Tensor:
        """Return raw cells alone [N, A, 14], strides 8, 16, 32, rows first: offset xy, log size, class logits."""
        return self._cells(*self._features(pictures)[2:])

    def summary(self, pictures: Tensor) -> Tensor:
        """Return what `glance` looks at [N, SUMMARY]."""
        return _summary(self._features(pictures))

    def _features(self, pictures: Tensor) -> tuple[Tensor, ...]:
        scaled = (pictures - 110.0) / 60.0
        second = self.stem(scaled)
        third = self.third(second)
        fourth = self.fourth(third)
        return scaled, second, third, fourth, self.fifth(fourth)

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


def _summary(features: Sequence[Tensor]) -> Tensor:
    upper = [one[:, :, : one.shape[2] // 2] for one in features]
    return torch.cat([_moments(one) for one in (*features, *upper)], 1).float()


def _moments(features: Tensor) -> Tensor:
    """Return mean and deviation [N, 2C] over all places."""
    # Smaller, for 16 bits end at 65,504: a GPU that sums a whole picture at half precision found infinite means.
    small = features / SMALLER
    mean = small.mean((2, 3), keepdim=True)
    deviation = ((small - mean) ** 2).mean((2, 3), keepdim=True).add(1e-4 / SMALLER**2).sqrt()
    return torch.cat([mean, deviation], 1).flatten(1) * SMALLER


def cells_of(size_wh: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return place [A, 2] (x, y, in cells) and stride [A, 1] in px of every cell of an input."""
    places, strides = [], []
    for stride in STRIDES_PX:
        y, x = torch.meshgrid(torch.arange(size_wh[1] // stride), torch.arange(size_wh[0] // stride), indexing="ij")
        places.append(torch.stack([x, y], -1).reshape(-1, 2).float())
        strides.append(torch.full((x.numel(), 1), float(stride)))
    return torch.cat(places), torch.cat(strides)
