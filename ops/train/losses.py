"""What training minimises: boxes and classes by task-aligned assignment, words by cross entropy, places by contrast."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

NEAR_PX = 6.0  # a thing smaller than a cell has the cells around it as candidates
MOST_CELLS = 8
TEMPERATURE = 0.1


def decoded(raw: Tensor, places: Tensor, strides: Tensor) -> Tensor:
    """Return boxes xyxy [..., A, 4] in px of raw cells [..., A, 4 + C]: centre offset + cell, size exp, in strides."""
    centre = (raw[..., :2] + places) * strides
    half = raw[..., 2:4].clamp(-4, 5).exp() * strides / 2
    return torch.cat([centre - half, centre + half], -1)


def overlap(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return IoU and generalised IoU (arXiv 1902.09630) of boxes xyxy that broadcast."""
    inner = (torch.minimum(left[..., 2:], right[..., 2:]) - torch.maximum(left[..., :2], right[..., :2])).clamp(min=0)
    outer = torch.maximum(left[..., 2:], right[..., 2:]) - torch.minimum(left[..., :2], right[..., :2])
    both = inner.prod(-1)
    either = (left[..., 2:] - left[..., :2]).prod(-1) + (right[..., 2:] - right[..., :2]).prod(-1) - both
    iou = both / either.clamp(min=1e-6)
    hull = outer.prod(-1).clamp(min=1e-6)
    return iou, iou - (hull - either) / hull


def assigned(
    boxes: Tensor, scores: Tensor, truth_boxes: Tensor, truth_classes: Tensor, centres: Tensor
) -> tuple[Tensor, Tensor]:
    """Return which truth each cell [N, A] answers for, and the score that it should have: 0 where for none.

    Task-aligned learning (arXiv 2108.07755): of the cells in a thing the MOST_CELLS best by score and overlap.
    Boxes [N, A, 4], scores [N, A, C], truths [N, T, 4] and [N, T], class -1 for one that does not count.
    """
    half = ((truth_boxes[..., 2:] - truth_boxes[..., :2]) / 2).clamp(min=NEAR_PX)
    middle = (truth_boxes[..., 2:] + truth_boxes[..., :2]) / 2
    inside = ((centres - middle[:, :, None]).abs() < half[:, :, None]).all(-1) & (truth_classes >= 0)[..., None]
    iou, _ = overlap(boxes[:, None], truth_boxes[:, :, None])
    wanted = truth_classes.clamp(min=0)[..., None].expand(-1, -1, scores.shape[1])
    aligned = scores.transpose(1, 2).gather(1, wanted).sqrt() * iou.pow(4) * inside + 1e-9 * inside
    best = aligned.topk(min(MOST_CELLS, aligned.shape[2]), 2)
    kept = torch.zeros_like(aligned).scatter_(2, best.indices, best.values)
    value, truth = kept.max(1)
    most, reach = kept.amax(2).clamp(min=1e-12), (iou * (kept > 0)).amax(2).clamp(min=0.05)
    return truth, value * (reach / most).gather(1, truth)


def detection(
    raw: Tensor, truth_boxes: Tensor, truth_classes: Tensor, places: Tensor, strides: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the losses of boxes and of classes of raw cells [N, A, 14]; truths as `assigned` takes them, T >= 1."""
    boxes, logits = decoded(raw, places, strides), raw[..., 4:]
    with torch.no_grad():
        centres = (places + 0.5) * strides
        truth, score = assigned(boxes, logits.sigmoid(), truth_boxes, truth_classes, centres)
        answered = truth_boxes.gather(1, truth[..., None].expand(-1, -1, 4))
        by_cell = truth_classes.clamp(min=0).gather(1, truth)
        wanted = torch.zeros_like(logits).scatter_(2, by_cell[..., None], score[..., None])
    total = score.sum().clamp(min=1.0)
    by_class = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focused = by_class * torch.where(wanted > 0, torch.ones_like(wanted), logits.detach().sigmoid().pow(1.5))
    return ((1 - overlap(boxes, answered)[1]) * score).sum() / total, focused.sum() / total


def contrast(embedding: Tensor, clips: Tensor) -> Tensor:
    """Return the supervised contrastive loss (arXiv 2004.11362) of embeddings [N, 64] of clips [N]."""
    alike = embedding @ embedding.T / TEMPERATURE
    itself = torch.eye(len(embedding), dtype=torch.bool, device=embedding.device)
    same = (clips[:, None] == clips[None]) & ~itself
    log_share = alike - alike.masked_fill(itself, -1e9).logsumexp(1, keepdim=True)
    return -((log_share * same).sum(1) / same.sum(1).clamp(min=1)).mean()
