"""Recovery of a large state on a fresh disk, and how soon a killed worker has a successor."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from ops.bench.arithmetic import spread
from ops.bench.engine_run import read_alone
from ops.bench.process_tree import ProcessTree
from ops.bench.report import Section
from ops.bench.state_run import recover, succeed
from ops.bench.topic_io import PARTITIONS, drop_topics

Say = Callable[[str], None]

SESSION_S = 6.0


async def recovery(bootstrap: str, folder: Path, state_bytes: int, rounds: int, say: Say) -> Section:
    """Start workers on fresh disks, with and without a state to recover, beside a reader that does nothing else."""
    empty, full, alone = [], [], []
    for number in range(rounds):
        say(f"recovery of {state_bytes // 10**6} MB: round {number + 1} of {rounds}")
        empty.append(await recover(bootstrap, folder, f"empty-{number}", 0))
        full.append(await recover(bootstrap, folder, f"full-{number}", state_bytes))
        alone.append(await asyncio.to_thread(read_alone, bootstrap, f"full-{number}.changelog"))
        await drop_topics(bootstrap, f"full-{number}")
    title = f"Recovery of {state_bytes // 10**6} MB of state on a fresh disk, {PARTITIONS} partitions, one worker"
    section = Section("recovery", title, ("what", "seconds", "CPU s", "peak MB"))
    for name, runs in (("start without a state", empty), ("start with it", full)):
        section.rows.append(
            (name, spread(one.seconds for one in runs).text(), spread(one.cpu_s for one in runs).text(2),
             f"{max(one.peak_rss_bytes for one in runs) / 1e6:.0f}")
        )  # fmt: skip
    read = spread(wall_s for wall_s, _ in alone), spread(cpu_s for _, cpu_s in alone)
    section.rows.append(("reading the changelog alone", read[0].text(), read[1].text(2), ""))
    took = spread(a.seconds - b.seconds for a, b in zip(full, empty, strict=True))
    cpu = spread(a.cpu_s - b.cpu_s for a, b in zip(full, empty, strict=True))
    section.rows.append(("the recovery itself (difference)", took.text(), cpu.text(2), ""))
    ratio = spread((a.cpu_s - b.cpu_s) / c for a, b, (_, c) in zip(full, empty, alone, strict=True))
    section.rows.append(("its CPU against reading alone", "", f"{ratio.text(2)} times", ""))
    section.figures = {"empty": empty, "full": full, "alone": alone, "ratio_cpu": ratio}
    section.limits = "writing the rows to RocksDB (memtables, flushes, compaction) beside reading them."
    return section


async def successor(bootstrap: str, folder: Path, rounds: int, say: Say) -> Section:
    """Kill one of two workers, and let the other, or the same one started again, take its partitions."""
    ways: dict[str, tuple[str, Callable[[ProcessTree], None]]] = {
        "the other worker takes over": ("", lambda _: None),
        "started again at once": ("", ProcessTree.start),
        "started again at once, static membership": ("member-", ProcessTree.start),
    }
    took: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        for place, (way, (static, restart)) in enumerate(ways.items()):
            say(f"successor, round {number + 1} of {rounds}: {way}")
            name = f"heir-{place}-{number}"
            took[way].append(await succeed(bootstrap, folder, name, SESSION_S, static=static, restart=restart))
    title = f"From kill -9 of one of two workers until all partitions answer again, session time-out {SESSION_S:g} s"
    section = Section("successor", title, ("what", "seconds", "ratio to the session time-out"))
    for way, seconds in took.items():
        found = spread(seconds)
        section.rows.append((way, found.text(), f"{found.median / SESSION_S:.2f}"))
        section.figures[way] = seconds
    section.limits = (
        "without a static name the group waits for the dead member's session to time out; with one, for the start of "
        "the interpreter and of Faust; then fencing and recovery of each partition."
    )
    return section
