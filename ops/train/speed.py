"""What the network that ships costs beside another: time of a picture in one session of one thread, taken in turns.

python -m ops.train.speed roadsieve_small.onnx yolox_nano_dynamic.onnx [--size 640x384]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from models.manifest import shipped_manifest
from models.session import Session, open_session

ROUNDS, RUNS = 25, 3


def opened(file: Path) -> Session:
    """Open a file by the table of the manifest that names it, on one thread."""
    named = [network for network in shipped_manifest().values() if network.file == file.name]
    if not named:
        raise SystemExit(f"no network of the manifest has a file {file.name}")
    return open_session(named[0], file)


def milliseconds(session: Session, size_wh: tuple[int, int]) -> float:
    """Return the quickest of RUNS runs of one picture."""
    contract = session.network.input
    picture = np.full(contract.shape_of(1, size_wh), 90, contract.dtype)
    spent_s = []
    for _ in range(RUNS):
        started_s = perf_counter()
        session.run(picture)
        spent_s.append(perf_counter() - started_s)
    return min(spent_s) * 1000


def main() -> None:
    """Print the medians and the ratio as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("ours", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--size", default="640x384")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    sessions = [opened(asked.ours), opened(asked.other)]
    rounds = [[milliseconds(session, (width, height)) for session in sessions] for _ in range(ROUNDS)]
    ours, other = (median(column) for column in zip(*rounds, strict=True))
    told = {"size": asked.size, "ours_ms": round(ours, 2), "other_ms": round(other, 2)}
    print(json.dumps(told | {"ratio": round(median(a / b for a, b in rounds), 2)}))


if __name__ == "__main__":
    main()
