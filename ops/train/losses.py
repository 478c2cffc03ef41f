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
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the cells of one picture that answer for a truth, which truth, and the score each should have.

    Task-aligned learning (arXiv 2108.07755): of the cells in a thing the MOST_CELLS best by score and overlap.
    """
    half = ((truth_boxes[:, 2:] - truth_boxes[:, :2]) / 2).clamp(min=NEAR_PX)
    middle = (truth_boxes[:, 2:] + truth_boxes[:, :2]) / 2
    inside = ((centres[None] - middle[:, None]).abs() < half[:, None]).all(-1)
    iou, _ = overlap(boxes[None], truth_boxes[:, None])
    aligned = scores[:, truth_classes].T.sqrt() * iou.pow(4) * inside + 1e-9 * inside
    best = aligned.topk(min(MOST_CELLS, aligned.shape[1]), 1)
    kept = torch.zeros_like(aligned).scatter_(1, best.indices, best.values)
    value, truth = kept.max(0)
    cells = value.nonzero()[:, 0]
    truth = truth[cells]
    most, reach = kept.max(1).values, (iou * (kept > 0)).max(1).values
    return cells, truth, value[cells] / most[truth].clamp(min=1e-12) * reach[truth].clamp(min=0.05)


def detection(
    raw: Tensor, truths: list[tuple[Tensor, Tensor]], places: Tensor, strides: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the losses of boxes and of classes of raw cells [N, A, 14]; truths: boxes [T, 4] px, classes [T]."""
    boxes, logits = decoded(raw, places, strides), raw[..., 4:]
    wanted = torch.zeros_like(logits)
    centres = (places + 0.5) * strides
    box_losses, weights = [], []
    for picture, (truth_boxes, truth_classes) in enumerate(truths):
        if not len(truth_boxes):
            continue
        with torch.no_grad():
            found = assigned(
                boxes[picture].detach(), logits[picture].detach().sigmoid(), truth_boxes, truth_classes, centres
            )
        cells, truth, score = found
        wanted[picture, cells, truth_classes[truth]] = score
        box_losses.append(1 - overlap(boxes[picture, cells], truth_boxes[truth])[1])
        weights.append(score)
    total = torch.cat(weights).sum().clamp(min=1.0) if weights else raw.new_ones(())
    by_class = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focused = by_class * torch.where(wanted > 0, torch.ones_like(wanted), logits.detach().sigmoid().pow(1.5))
    box = (torch.cat(box_losses) * torch.cat(weights)).sum() / total if weights else raw.sum() * 0
    return box, focused.sum() / total


def contrast(embedding: Tensor, clips: Tensor) -> Tensor:
    """Return the supervised contrastive loss (arXiv 2004.11362) of embeddings [N, 64] of clips [N]."""
    alike = embedding @ embedding.T / TEMPERATURE
    itself = torch.eye(len(embedding), dtype=torch.bool, device=embedding.device)
    same = (clips[:, None] == clips[None]) & ~itself
    log_share = alike - alike.masked_fill(itself, -1e9).logsumexp(1, keepdim=True)
    return -((log_share * same).sum(1) / same.sum(1).clamp(min=1)).mean()
