"""The engine against others: CPU per record beyond the job's own function, and what a kill -9 in the middle does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from ops.bench.arithmetic import Spread, spread
from ops.bench.engine_run import Measured, bare_cpu_s, reading_cpu_s, run
from ops.bench.environments import ENGINES, OURS, Engine, NotHereError, python_of
from ops.bench.report import Section

Say = Callable[[str], None]

TARGET_CPU_S = 3.0


def available(say: Say) -> tuple[dict[str, str], dict[str, str]]:
    """Return the interpreter of each engine that is here, and for the others why they are not."""
    pythons, missing = {}, {}
    for engine in ENGINES:
        try:
            pythons[engine.name] = python_of(engine, say)
        except NotHereError as error:
            missing[engine.name] = str(error)
    return pythons, missing


async def engines(bootstrap: str, folder: Path, sizes: dict[int, int], rounds: int, say: Say) -> Section:
    """Measure every engine with so many records of each number of frames, rounds interleaved."""
    pythons, missing = available(say)
    bare: dict[int, list[float]] = defaultdict(list)
    reading: dict[int, list[float]] = defaultdict(list)
    seen: dict[tuple[int, str], list[Measured]] = defaultdict(list)
    failed: dict[tuple[int, str], str] = {}
    for number in range(rounds):
        for frames, records in sizes.items():
            bare[frames].append(bare_cpu_s(records, frames))
            reading[frames].append(await reading_cpu_s(bootstrap, records, frames, f"reading-{frames}-{number}"))
            for engine in [engine for engine in ENGINES if engine.name in pythons]:
                say(f"round {number + 1} of {rounds}: {engine.name}, {records} records of {frames} frames")
                name = f"job-{engine.module.rpartition('.')[2].replace('_', '-')}-{frames}-{number}"
                try:
                    measured = await run(engine, pythons[engine.name], bootstrap, folder, records, frames, name)
                    seen[frames, engine.name].append(measured)
                except RuntimeError as error:
                    failed[frames, engine.name] = str(error)
    return _table(sizes, bare, reading, seen, missing, failed)


def _table(
    sizes: dict[int, int], bare: dict[int, list[float]], reading: dict[int, list[float]],
    seen: dict[tuple[int, str], list[Measured]], missing: dict[str, str],
    failed: dict[tuple[int, str], str],
) -> Section:  # fmt: skip
    columns = ("frames", "engine", "guarantee", "CPU-s/100k: function", "beyond it", "ratio to ours", "records/s",
               "peak MB", "outputs")  # fmt: skip
    section = Section("engines", "The same keyed job on several engines, one worker, 4 partitions", columns)
    for frames, records in sizes.items():
        floor = spread(bare[frames])
        section.rows.append((str(frames), "bare function", "", floor.text(), *[""] * 5))
        section.figures[f"{frames}/bare function"] = {"function_cpu_s_100k": floor}
        read = spread(reading[frames])
        section.rows.append((str(frames), "reading alone", "", "", read.text(), *[""] * 4))
        section.figures[f"{frames}/reading alone"] = {"cpu_s_100k": read}
        ours = seen.get((frames, OURS), [])
        base = spread(run.engine_cpu_s for run in ours).median if ours else None
        for engine in ENGINES:
            runs = seen.get((frames, engine.name), [])
            if not runs:
                why = missing.get(engine.name) or failed.get((frames, engine.name), "not run")
                section.rows.append((str(frames), engine.name, engine.guarantee, f"not here: {why[-160:]}", *[""] * 5))
                continue
            section.rows.append((str(frames), *_row(engine, runs, base)))
            section.figures[f"{frames}/{engine.name}"] = {"records": int(records * engine.share), "runs": runs}
    section.limits = (
        f"Python around fetch, apply and commit; the target of ours is {TARGET_CPU_S:g} CPU-s beyond the function. CPU "
        "on shared cores varies by a quarter; what the function takes is metered inside each process."
    )
    return section


def _row(engine: Engine, runs: list[Measured], base: float | None) -> tuple[str, ...]:
    beyond: Spread = spread(run.engine_cpu_s for run in runs)
    bad = [run.verdict for run in runs if not run.verdict.exact]
    return (
        engine.name, engine.guarantee, spread(run.function_cpu_s for run in runs).text(), beyond.text(),
        f"{beyond.median / base:.1f}" if base else "", f"{spread(run.rate for run in runs).median:,.0f}",
        f"{max(run.peak_rss_bytes for run in runs) >> 20}", bad[0].text() if bad else "exact",
    )  # fmt: skip


async def kills(bootstrap: str, folder: Path, records: int, say: Say) -> Section:
    """Kill every engine once in the middle, start it again at once, and judge what it wrote."""
    pythons, missing = available(say)
    columns = ("engine", "guarantee", "records", "outputs", "first output after s", "all after s")
    section = Section("kill", "The same job with a kill -9 in the middle", columns)
    for engine in ENGINES:
        if engine.name not in pythons:
            section.rows.append((engine.name, engine.guarantee, "", f"not here: {missing[engine.name]}", "", ""))
            continue
        say(f"kill -9: {engine.name}")
        name = f"kill-{engine.module.rpartition('.')[2].replace('_', '-')}"
        try:
            one = await run(engine, pythons[engine.name], bootstrap, folder, records, 1, name, kill=True)
        except RuntimeError as error:
            section.rows.append((engine.name, engine.guarantee, "", f"failed: {str(error)[-160:]}", "", ""))
            continue
        section.figures[engine.name] = one
        section.rows.append(
            (engine.name, engine.guarantee, f"{one.verdict.expected:,}", one.verdict.text(),
             f"{one.first_output_s:.1f}", f"{one.all_output_s:.1f}")
        )  # fmt: skip
    section.limits = (
        "first output: the interpreter's start and the group's session time-out (10 s), for the dead member must leave "
        "first; exactly once with a new transactional id at each start waits for the dead transaction's "
        "time-out (60 s)."
    )
    return section
