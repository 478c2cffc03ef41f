"""Rendered pictures as many cameras could have seen them: other scale and crop, colours, blur, noise, compression.

All of a batch at once, in torch: on a GPU that costs a tenth of what the network costs, and no core has to keep up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

FILL = 114
LEAST_PX = 2.0
LEAST_LEFT_RATIO = 0.35
#: Of the pictures that are trained on; what would be smaller than the whole picture is the whole picture.
FARTHEST_SCALE, NEAREST_SCALE = 0.33, 1.0
#: How much of a side of the window a thing may take at most: larger ones are cut, as by the edge of a picture.
LARGEST_RATIO = 1.3
#: Of luminance, in the order of the channels.
GREY = (0.114, 0.587, 0.299)
BLUR_PX = 3
BLOCK_PX = 8


def around(things: Tensor, size_wh: tuple[int, int], to_wh: tuple[int, int], rng: torch.Generator) -> Tensor:
    """Choose a window [N, 4] (left, top, width, height) on each thing [N, 4], scale and offset left to chance."""
    across, down = (things[:, 2:] - things[:, :2]).clamp(min=1.0).unbind(1)
    fitting = LARGEST_RATIO * torch.minimum(to_wh[0] / across, to_wh[1] / down)
    scale = torch.minimum(_log_uniform(len(things), FARTHEST_SCALE, NEAREST_SCALE, rng), fitting)
    scale = scale.clamp(min=to_wh[0] / size_wh[0])
    wide, tall = to_wh[0] / scale, to_wh[1] / scale
    left = _start(things[:, 0], things[:, 2], wide, size_wh[0], rng)
    return torch.stack([left, _start(things[:, 1], things[:, 3], tall, size_wh[1], rng), wide, tall], 1)


def whole(count: int, size_wh: tuple[int, int], to_wh: tuple[int, int], rng: torch.Generator) -> Tensor:
    """Choose windows [N, 4] over nearly all of a picture, half of them over exactly that, as a detector fills it."""
    fit = min(to_wh[0] / size_wh[0], to_wh[1] / size_wh[1])
    exact = torch.rand(count, generator=rng) < 0.5
    scale = fit * torch.where(exact, 1.0, _log_uniform(count, 0.9, 1.25, rng))
    sides = torch.stack([to_wh[0] / scale, to_wh[1] / scale], 1)
    places = (torch.tensor(size_wh) - sides) * torch.rand(count, 2, generator=rng)
    return torch.cat([places.masked_fill(exact[:, None], 0.0), sides], 1)


def _log_uniform(count: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    return low * (high / low) ** torch.rand(count, generator=rng)


def _start(first: Tensor, last: Tensor, length: Tensor, side: int, rng: torch.Generator) -> Tensor:
    """Return where intervals begin that cover first to last and stay in 0 to side, as far as both can be."""
    low, high = (last - length).clamp(min=0.0), torch.minimum(first, side - length).clamp(min=0.0)
    return low + (high - low) * torch.rand(len(first), generator=rng)


def moved(windows: Tensor, boxes: Tensor, classes: Tensor, to_wh: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return boxes [N, T, 4] in px of windows [N, 4], and their classes [N, T], -1 for what a window leaves out."""
    to = torch.tensor(to_wh, dtype=torch.float32)
    there = (boxes - windows[:, None, :2].repeat(1, 1, 2)) * (to / windows[:, 2:]).repeat(1, 2)[:, None]
    inside = torch.minimum(there.clamp(min=0.0), to.repeat(2))
    sides = inside[..., 2:] - inside[..., :2]
    area = (there[..., 2:] - there[..., :2]).prod(-1)
    left = (sides.amin(-1) >= LEAST_PX) & (sides.prod(-1) >= LEAST_LEFT_RATIO * area)
    return inside, classes.masked_fill(~left, -1)


def mirrored(boxes: Tensor, which: Tensor, width_px: int) -> Tensor:
    """Return boxes [N, T, 4], those of `which` [N] as a mirror shows them."""
    turned = torch.stack([width_px - boxes[..., 2], boxes[..., 1], width_px - boxes[..., 0], boxes[..., 3]], -1)
    return torch.where(which[:, None, None], turned, boxes)


def cut(pictures: Sequence[Tensor], windows: Tensor, mirror: Tensor, to_wh: tuple[int, int]) -> Tensor:
    """Return windows [N, 4] of pictures, uint8 [h, w, 3] each, as float [N, 3, H, W], filled beside the picture.

    Pictures for which `mirror` [N] is true are turned before they are cut.
    """
    cuts = torch.full((len(pictures), 3, to_wh[1], to_wh[0]), float(FILL), device=pictures[0].device)
    for place, picture, window, turned in zip(cuts, pictures, windows.tolist(), mirror.tolist(), strict=True):
        height, width = picture.shape[:2]
        (x0, x1), (left, right) = _span(window[0], window[2], width, to_wh[0])
        (y0, y1), (top, bottom) = _span(window[1], window[3], height, to_wh[1])
        seen = picture[y0:y1, width - x1 : width - x0] if turned else picture[y0:y1, x0:x1]
        seen = seen.permute(2, 0, 1)[None]
        if seen.is_cuda:  # where bytes cannot be scaled
            seen = seen.float()
        scaled = functional.interpolate(seen, (bottom - top, right - left), mode="bilinear", antialias=True)[0]
        place[:, top:bottom, left:right] = scaled.flip(-1) if turned else scaled
    return cuts


def _span(start: float, length: float, side: int, to: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return what of an interval lies in 0 to side, and where that is of `to` px which the interval becomes."""
    first, last = max(0, round(start)), min(side, round(start + length))
    first, last = min(first, side - 1), max(last, 1)
    begin, end = (round((at - start) * to / length) for at in (first, last))
    begin = min(max(begin, 0), to - 1)
    return (first, last), (begin, min(max(end, begin + 1), to))


def as_seen(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Return pictures float [N, 3, h, w], 0 to 255, as other cameras, lenses and coders would leave them.

    `rng` decides, on the CPU; the grains of noise are the device's own.
    """
    for ratio, change in ((0.8, _coloured), (0.3, _paled), (0.2, _blurred), (0.3, _noisy), (0.3, _coded)):
        count = round(ratio * len(pictures) + float(torch.rand((), generator=rng)) - 0.5)
        chosen = torch.randperm(len(pictures), generator=rng)[:count].to(pictures.device)
        if count:
            pictures = pictures.index_copy(0, chosen, change(pictures[chosen], rng))
    return pictures.clamp(0, 255).round()


def _drawn(pictures: Tensor, low: float, high: float, rng: torch.Generator, channels: int = 1) -> Tensor:
    """Return numbers between two [N, channels, 1, 1], where the pictures are."""
    drawn = low + (high - low) * torch.rand(len(pictures), channels, 1, 1, generator=rng)
    return drawn.to(pictures.device, non_blocking=True)


def _coloured(pictures: Tensor, rng: torch.Generator) -> Tensor:
    gains = _drawn(pictures, 0.85, 1.18, rng) * _drawn(pictures, 0.93, 1.07, rng, channels=3)
    curved = (pictures / 255) ** _drawn(pictures, 0.75, 1.3, rng)
    contrasted = (curved - 0.4) * _drawn(pictures, 0.8, 1.2, rng) + 0.4
    return (contrasted * gains * 255 + _drawn(pictures, -8, 8, rng)).clamp(0, 255)


def _paled(pictures: Tensor, rng: torch.Generator) -> Tensor:
    weights = pictures.new_tensor(GREY)[None, :, None, None]
    return pictures.lerp((pictures * weights).sum(1, keepdim=True), _drawn(pictures, -0.3, 0.8, rng))


def _blurred(pictures: Tensor, rng: torch.Generator) -> Tensor:
    sigma_px = _drawn(pictures, 0.3, 1.0, rng)
    steps = torch.arange(-BLUR_PX, BLUR_PX + 1, device=pictures.device)
    weights = torch.softmax(-((steps / sigma_px) ** 2) / 2, -1)
    for dim, (across, down) in ((2, (0, BLUR_PX)), (3, (BLUR_PX, 0))):
        wide = functional.pad(pictures, (across, across, down, down), mode="replicate")
        length = pictures.shape[dim]
        parts = (wide.narrow(dim, at, length) * weights[..., at : at + 1] for at in range(2 * BLUR_PX + 1))
        pictures = sum(parts, torch.zeros_like(pictures))
    return pictures


def _noisy(pictures: Tensor, rng: torch.Generator) -> Tensor:
    return pictures + torch.randn_like(pictures) * _drawn(pictures, 1, 8, rng)


def _coded(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Round the cosines of 8x8 blocks, the finer the coarser, as JPEG and the coders of video do."""
    count, channels, height, width = pictures.shape
    blocks = (pictures - 128).view(count, channels, height // BLOCK_PX, BLOCK_PX, width // BLOCK_PX, BLOCK_PX)
    waves = _waves().to(pictures.device)
    at = torch.arange(BLOCK_PX, device=pictures.device)
    steps = (10.0 + 8.0 * (at[:, None] + at))[:, None] * _drawn(pictures, 0.2, 1.6, rng)[..., None, None]
    cosines = torch.einsum("ui,nchiwj,vj->nchuwv", waves, blocks, waves)
    rounded = (cosines / steps).round() * steps
    return torch.einsum("ui,nchuwv,vj->nchiwj", waves, rounded, waves).reshape(pictures.shape) + 128


@cache
def _waves() -> Tensor:
    """Return the matrix of the cosine transform (DCT-II), orthonormal [8, 8]."""
    at = torch.arange(BLOCK_PX)
    waves = torch.cos((2 * at + 1) * at[:, None] * torch.pi / (2 * BLOCK_PX)) * (2 / BLOCK_PX) ** 0.5
    waves[0] /= 2**0.5
    return waves
