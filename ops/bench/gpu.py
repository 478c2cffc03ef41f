"""What a GPU makes of a network: the bare engine by bucket, provider and precision, and the stage against it.

    python -m ops.bench.gpu [--network NAME] [--json FILE]

Bare: what lies on the device is computed again and again by the network as its file is, and its answers stay there.
With copies: from slots to answers in this process, of the best cells alone (models/conversion/best_cells.py). The
stage: many callers at once, as a detector's segments, ask about some decoded pictures each, and have judgments; against
the bare engine at the largest bucket, by turns, with one detector and with several that share the device, each with one
batch at once and with more. What is told is held against that of the CPU. Without a GPU: see gpu_standin.py.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from app.errors import OperatorError
from app.settings import settings
from models.errors import AnswerError, NetworkError
from models.eyes import BATCHING, buckets_for
from models.gate import disagreement
from models.judge import BatchTimes
from models.manifest import known_networks, network_named
from models.providers import Precision, Provider
from models.session import RUNTIME, Session
from ops.bench import gpu_standin
from ops.bench.arithmetic import spread
from ops.bench.gpu_case import Case, case, rendered
from ops.bench.gpu_detectors import detectors
from ops.bench.report import Section, machine, show, write_json

OWN = "roadsieve_small"
SIZES_WH = ((416, 256), (640, 384))
PICTURES = 32
SHARING = ((1, 1), (1, 3), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2))
TOGETHER: Mapping[Provider, Sequence[tuple[int, int]]] = {"cpu": ((1, 1),), "cuda": SHARING, "tensorrt": SHARING}
"""Detectors that share the device, and batches that each has at once."""
KINDS: Sequence[tuple[Provider, Precision]] = (
    ("cuda", "fp32"), ("cuda", "fp16"), ("tensorrt", "fp32"), ("tensorrt", "fp16"), ("cpu", "fp32"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: float
    """Of each measurement."""


ON_GPU, ON_CPU = Extent(3, 0.4), Extent(1, 0.1)


def per_second(run: Callable[[], object], pictures: int, seconds: float) -> float:
    """Repeat a run for that long, at least twice; return pictures per second."""
    runs, began = 0, perf_counter()
    while runs < 2 or perf_counter() < began + seconds:
        run()
        runs += 1
    return runs * pictures / (perf_counter() - began)


def by_bucket(of: Case, bare: Session, session: Session, extent: Extent) -> list[tuple[int, list[float], list[float]]]:
    """Return bucket, and of each round pictures per second of the bare engine and of a session with copies."""
    buckets = buckets_for(session.provider, of.network.input.most_pictures or BATCHING[session.provider].most)
    slots = session.slots(buckets[-1], of.size_wh)
    for each in (bare, session):
        each.warm(buckets, of.size_wh)
    seconds = extent.seconds / 2
    found = []
    for bucket in buckets:
        alone, copied = bare.bare(bucket, of.size_wh), partial(session.run, slots[:bucket])
        rounds = [
            (per_second(alone, bucket, seconds), per_second(copied, bucket, seconds)) for _ in range(extent.rounds)
        ]
        found.append((bucket, [rate for rate, _ in rounds], [rate for _, rate in rounds]))
    return found


def against_bare(
    of: Case, bare: Session, precision: Precision, together: tuple[int, int], extent: Extent
) -> tuple[list[tuple[float, float]], list[BatchTimes]]:
    """Return pictures per second of the stage and of the bare engine in each round, and the stage's batches.

    together is how many detectors, and how many batches each has at once.
    """
    most, batches, rounds = BATCHING[bare.provider].most, list[BatchTimes](), []
    run = bare.bare(most, of.size_wh)
    with detectors(of, bare.provider, precision, *together) as stage:
        stage.look(extent.seconds / 2)
        for _ in range(extent.rounds):
            looked = stage.look(extent.seconds)
            rounds.append((sum(one.per_s for one in looked), per_second(run, most, extent.seconds)))
            batches += (batch for one in looked for batch in one.batches)
    return rounds, batches


def measure(cases: Sequence[Case], extent: Extent, say: Callable[[str], None]) -> list[Section]:
    """Measure all cases on each kind of hardware and precision that is here and tells what the CPU tells."""
    title = f"{', '.join(sorted({of.network.name for of in cases}))}, {RUNTIME}"
    engines = Section("engines", f"Bare engine, {title}", ("network", "runs on", "pictures", "per s", "with copies"))
    stages = Section(
        "stages",
        f"Stage, {title}",
        ("network", "runs on", "detectors x batches at once", "per s", "to bare (target .80)", "us: fill, run, read"),
    )
    engines.limits, stages.limits = (
        "the engine.",
        "one interpreter a detector: it fills, shares out and reads one at a time.",
    )
    exact = {of.size_wh: of.told(of.opened("cpu", "fp32")) for of in cases}
    for (provider, precision), of in product(KINDS, cases):
        where, kind = f"{of.network.name} {of.size_wh[0]}x{of.size_wh[1]}", f"{provider} {precision}"
        on_it = ON_CPU if provider == "cpu" else extent
        try:
            session, bare = of.opened(provider, precision), of.opened(provider, precision, "file")
            least = max(contract.score_min for contract in of.network.roles.values())
            fault = disagreement(exact[of.size_wh], of.told(session), least) or "the same is told"
            locked = "page-locked" if session.page_locked else "ordinary"
            say(f"{where}: {kind} runs on {session.provider}, slots in {locked} memory; against the CPU: {fault}")
            for bucket, alone, copied in by_bucket(of, bare, session, on_it):
                engines.rows.append((where, kind, str(bucket), spread(alone).text(0), spread(copied).text(0)))
                engines.figures[f"{where} {kind} {bucket}"] = {"bare": alone, "copied": copied}
                say("  ".join(engines.rows[-1]))
            for together in TOGETHER[provider]:
                rounds, batches = against_bare(of, bare, precision, together, on_it)
                ratios, rates = [ours / alone for ours, alone in rounds], [ours for ours, _ in rounds]
                spent = [_spent_us(batches, part) for part in ("fill_s", "infer_s", "decode_s")]
                row = (where, kind, _named(together), spread(rates).text(0), spread(ratios).text(2))
                stages.rows.append((*row, ", ".join(f"{one:.0f}" for one in spent)))
                figures = {"rounds": rounds, "spent_us": spent, "page_locked": session.page_locked}
                stages.figures[f"{where} {kind} {_named(together)}"] = figures
                say("  ".join(stages.rows[-1]))
            best = max(map(_named, TOGETHER[provider]), key=lambda name: _middle_rate(stages, f"{where} {kind} {name}"))
            say(f"{where}: {kind} is quickest with {best} (detectors x batches at once)")
        except (AnswerError, NetworkError) as error:
            say(f"{where}: {kind} is left out: {error}")
    return [engines, stages]


def _named(together: tuple[int, int]) -> str:
    return "x".join(map(str, together))


def _middle_rate(stages: Section, name: str) -> float:
    rates: list[float] = [ours for ours, _ in stages.figures[name]["rounds"]]
    return median(rates)


def _spent_us(batches: Sequence[BatchTimes], part: str) -> float:
    """Return microseconds a picture that judges spent on a part."""
    seconds: list[float] = [getattr(batch, part) for batch in batches]
    return 1e6 * sum(seconds) / sum(batch.pictures for batch in batches)


def no_gpu(of: Case) -> OperatorError | None:
    """Say why there is no GPU to measure, or None where there is one."""
    try:
        of.opened("cuda", "fp32")
    except NetworkError as error:
        remedy = "install requirements-gpu.lock where NVIDIA's driver is; what the CPU does is measured all the same"
        return OperatorError("no GPU", error.why, remedy)
    return None


def main(
    network: Annotated[
        str, typer.Option(help="Network of the manifest; its file must be here or in the mirror.")
    ] = OWN,
    file: Annotated[Path | None, typer.Option("--json", help="Where the figures go.")] = None,
) -> None:
    """Print both tables; without a GPU, those of the CPU after a word on what is missing, and one of a stand-in."""
    console = Console()

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False)

    table = network_named(network, known_networks(settings().network_manifest))
    pictures = rendered(PICTURES)
    cases = [case(table, size_wh, pictures) for size_wh in SIZES_WH]
    missing = no_gpu(cases[0])
    if missing:
        say(str(missing))
    sections = measure(cases, ON_CPU if missing else ON_GPU, say)
    if missing and network == OWN:
        sections.append(gpu_standin.measure(cases, rounds=5, seconds=1.0))
    for section in sections:
        show(section, console)
    say(str(machine()))
    if file:
        write_json(file, sections, shlex.join(["python", "-m", "ops.bench.gpu", *sys.argv[1:]]))


if __name__ == "__main__":
    typer.run(main)
