"""What looking at video costs: CPU seconds per second of video for cutting, full decode and each sampling, in one run.

    python -m ops.bench.media FILE… [--json] [--rounds 3]

Rounds are interleaved and the least of each is kept; `ratio` is against decoding every picture and looking at none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.media import CodedSegment, Sampling, cut, decode_sampled
from app.media.segment import open_segment

_INPUT_WH = (640, 384)
_SAMPLINGS = {
    "every picture": Sampling(fps=999),
    "fps=5": Sampling(fps=5),
    "fps=2": Sampling(fps=2),
    "keyframes": Sampling("keyframes"),
}


def fit(source_wh: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the largest size of the source's shape within a usual network input."""
    scale = min(_INPUT_WH[0] / source_wh[0], _INPUT_WH[1] / source_wh[1])
    return [(max(1, round(source_wh[0] * scale)), max(1, round(source_wh[1] * scale)))]


def decode_all(segments: list[CodedSegment]) -> None:
    """Decode every picture and look at none."""
    for segment in segments:
        with open_segment(segment.video, "segment") as opened:
            opened.decode(frozenset(range(segment.frame_count)), lambda _, frame: None)


def look(segments: list[CodedSegment], sampling: Sampling) -> None:
    """Decode as the detector does."""
    for segment in segments:
        decode_sampled(segment.video, sampling, fit, segment.clip_offset_us, segment.duration_us)


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Return CPU seconds per second of video by kind of work."""
    segments = list(cut(path))
    video_s = sum(segment.duration_us for segment in segments) / 1e6
    work: dict[str, Callable[[], object]] = {
        "cut": lambda: sum(1 for _ in cut(path)),
        "decode only": lambda: decode_all(segments),
    }
    work |= {name: partial(look, segments, sampling) for name, sampling in _SAMPLINGS.items()}
    least = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, do in work.items():
            began = time.process_time()
            do()
            least[name] = min(least[name], (time.process_time() - began) / video_s)
    return least


def main(
    files: Annotated[list[Path], typer.Argument(help="Videos to measure.")],
    rounds: Annotated[int, typer.Option(help="Interleaved rounds.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the table."""
    costs = {path.name: measure(path, rounds) for path in files}
    if as_json:
        typer.echo(json.dumps({"cpu_s_per_video_s": costs}, indent=2))
        return
    table = Table("video", "work", "CPU s per video s", "ratio to decode only")
    for name, cost in costs.items():
        for kind, cpu_s in cost.items():
            table.add_row(name, kind, f"{cpu_s:.4f}", f"{cpu_s / cost['decode only']:.2f}")
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
