"""Every figure of the model card: a network's file on held-out rendered clips, and on real labelled pictures.

    python -m ops.train.figures roadsieve_small.onnx HELD_OUT [--size 512x288]
    python -m ops.train.figures roadsieve_small.onnx --labels det.jsonl --images FOLDER

It looks through the same eyes as the detector does; it needs no torch.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.average_precision import ClassInPicture, average_precision
from models.evaluate import SCORE_MIN
from models.eyes import Eyes, open_eyes
from models.labels import BDD100K_CLASSES
from models.manifest import shipped_manifest
from models.reading import Judgment
from models.truth import read_truths
from models.words import UNKNOWN
from ops.train.pictures import read

NETWORK = "roadsieve_small"
WORDS = ("weather", "scene", "timeofday")
Boxes = dict[str, list[tuple[float, ...]]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture, what is on it, what its words are, and which clip it is of."""

    pixels: NDArray[np.uint8]
    boxes: Boxes
    words: dict[str, str]
    clip: str


def rendered(folder: Path) -> Iterator[Labelled]:
    """Yield the pictures of held-out clips."""
    for chunk in read(folder):
        for pixels, truth in zip(chunk.pictures, chunk.truths, strict=True):
            boxes: Boxes = {}
            for label, *edges in truth["boxes"]:
                boxes.setdefault(label, []).append(tuple(edges))
            yield Labelled(np.asarray(pixels), boxes, {word: truth[word] for word in WORDS}, str(truth["clip"]))


def real(labels: Path, images: Path) -> Iterator[Labelled]:
    """Yield labelled photographs; a clip is the recording that the first eight characters of a name stand for."""
    names = {path.name for path in images.iterdir()}
    entries = [json.loads(line) for line in labels.read_text("utf-8").splitlines()]
    words = {entry["name"]: entry["attributes"] for entry in entries}
    for truth in read_truths(labels, names):
        pixels = cv2.imread(str(images / truth.name))
        if pixels is None:
            raise SystemExit(f"{images / truth.name} is no picture")
        boxes: Boxes = {name: list(found) for name, found in truth.boxes.items()}
        yield Labelled(pixels.astype(np.uint8), boxes, words[truth.name], truth.name[:8])


async def look(eyes: Eyes, pictures: Sequence[Labelled]) -> list[Judgment]:
    """Return what is told of each picture."""
    told: list[Judgment] = []
    for start in range(0, len(pictures), 8):
        some = pictures[start : start + 8]
        sizes = [(one.pixels.shape[1], one.pixels.shape[0]) for one in some]
        scaled = [
            cv2.resize(one.pixels, eyes.scaled_wh(size), interpolation=cv2.INTER_AREA).astype(np.uint8)
            for one, size in zip(some, sizes, strict=True)
        ]
        told += await eyes.look(scaled, sizes)
    return told


def figures(pictures: Sequence[Labelled], told: Sequence[Judgment]) -> dict[str, Any]:
    """Return AP50 by class, the share of right words, of day told from night, and of nearest pictures of one clip."""
    found: dict[str, Any] = {"pictures": len(pictures), "clips": len({one.clip for one in pictures})}
    scores = {name: average_precision([_of_class(name, *pair) for pair in zip(pictures, told, strict=True)])
              for name in BDD100K_CLASSES}  # fmt: skip
    counts = {name: sum(len(one.boxes.get(name, ())) for one in pictures) for name in BDD100K_CLASSES}
    found["ap50"] = {name: {"ap50": round(score, 3), "truths": counts[name]}
                     for name, score in scores.items() if score is not None}  # fmt: skip
    for word in WORDS:
        pairs = [(one.words[word].replace("undefined", UNKNOWN), getattr(say, word))
                 for one, say in zip(pictures, told, strict=True)]  # fmt: skip
        named = [pair for pair in pairs if pair[0] != UNKNOWN]
        found[word] = round(sum(a == b for a, b in named) / len(named), 3)
        found[f"{word}_by_truth"] = {
            truth: round(sum(b == truth for a, b in named if a == truth) / sum(a == truth for a, _ in named), 3)
            for truth in sorted({a for a, _ in named})
        }
    sure = [(one.words["timeofday"], say.timeofday) for one, say in zip(pictures, told, strict=True)
            if one.words["timeofday"] in ("daytime", "night")]  # fmt: skip
    found["day_or_night"] = round(sum((a == "night") == (b == "night") for a, b in sure) / len(sure), 3)
    found["retrieval"] = _retrieval([one.clip for one in pictures], told)
    return found


def _of_class(name: str, picture: Labelled, told: Judgment) -> ClassInPicture:
    mine = [one for one in told.objects if one.label == name]
    boxes = np.array([one.box_xyxy for one in mine], np.float64).reshape(-1, 4)
    truths = np.array(picture.boxes.get(name, ()), np.float64).reshape(-1, 4)
    return ClassInPicture(boxes, np.array([one.score for one in mine], np.float64), truths, np.zeros((0, 4)))


def _retrieval(clips: Sequence[str], told: Sequence[Judgment]) -> float | None:
    """Return the share of pictures whose nearest other is of their clip, of those that have another; None: of none."""
    vectors = np.stack([np.frombuffer(say.embedding, "<f4") for say in told])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -2.0)
    nearest = alike.argmax(axis=1)
    asked = [place for place, clip in enumerate(clips) if clips.count(clip) > 1]
    hits = sum(clips[place] == clips[int(nearest[place])] for place in asked)
    return round(hits / len(asked), 3) if asked else None


async def told_of(file: Path, pictures: Sequence[Labelled], size_wh: tuple[int, int]) -> list[Judgment]:
    """Open the file as the manifest's table says, whatever its hash, and look at all pictures."""
    content = file.read_bytes()
    told = {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    network = shipped_manifest()[NETWORK].model_copy(update=told)
    with TemporaryDirectory() as cache:
        async with open_eyes(
            NETWORK, cache=Path(cache), mirror=str(file.parent), roles=sorted(network.roles), input_wh=size_wh,
            score_min=None, networks={NETWORK: network.model_copy(update={"roles": _all_told(network)})},
        ) as eyes:  # fmt: skip
            return await look(eyes, pictures)


def _all_told(network: Any) -> dict[Any, Any]:
    """Return the roles with boxes told from SCORE_MIN on, for a curve needs the unsure ones too."""
    objects = network.roles["objects"].model_copy(update={"score_min": SCORE_MIN})
    return {**network.roles, "objects": objects}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("held_out", type=Path, nargs="?")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--size", default="640x384")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    if asked.held_out:
        pictures = list(rendered(asked.held_out))
    elif asked.labels and asked.images:
        pictures = list(real(asked.labels, asked.images))
    else:
        parser.error("name a folder of held-out pictures, or --labels and --images")
    told = asyncio.run(told_of(asked.file, pictures, (width, height)))
    print(json.dumps({"size": [width, height]} | figures(pictures, told), indent=1))


if __name__ == "__main__":
    main()
