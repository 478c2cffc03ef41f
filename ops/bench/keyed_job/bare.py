"""The job without any engine, in a process of its own: python -m ops.bench.keyed_job.bare RECORDS FRAMES"""

from __future__ import annotations

import gc
import json
import sys
import time

from ops.bench.keyed_job.input import segments
from ops.bench.keyed_job.job import step


def main(records: int, frames: int) -> None:
    """Print the CPU seconds that the records take."""
    data = list(segments(records, frames))
    states: dict[bytes, bytes] = {}
    gc.collect()
    gc.freeze()  # or the collector walks the input again and again
    began_s = time.process_time()
    for key, value in data:
        states[key] = step(states.get(key), value)[0]
    print(json.dumps({"cpu_s": time.process_time() - began_s}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
