"""Every way of choosing on the same stream with the same bytes, seed by seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tomli_w

from app.curation.policy import Policy, revised
from app.evaluation.baselines import BASELINES
from app.evaluation.limit import entropy_ratio_limit
from app.evaluation.metrics import Result, measure
from app.evaluation.stream import Curated, curated
from app.evaluation.supply import Supply
from app.wire.codec import codec_of
from schemas.records import ArchiveState, SegmentExtracted

OURS = "roadsieve"
OFFLINE = "offline_greedy"
KEEP_ALL = "keep_all"
OFFLINE_FRAMES = 20_000
"""The offline greedy sees the whole stream as one window; a longer stream in windows of this many frames."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One stream: what the curator is told, and what is true of it; they differ where a detector errs."""

    segments: Sequence[SegmentExtracted]
    truth: Supply


@dataclass(frozen=True, slots=True)
class Trial:
    """What every way came to at one budget, a result per seed."""

    results: dict[str, list[Result]]
    limits: dict[str, float]
    """Attribute -> entropy ratio that no selection of as many frames can exceed."""
    budget_bytes: int
    frames: int


def try_policy(scene: Scene, policy: Policy, window_frames: int) -> tuple[Result, Curated]:
    """Run our own policy over a stream."""
    outcome = curated(scene.segments, policy_toml(policy), window_frames)
    return _measured(scene, outcome), outcome


def run_trial(
    scenes: Callable[[int], Scene], seeds: Sequence[int], policy: Policy, window_frames: int, say: Callable[[str], None]
) -> Trial:
    """Run every way at the policy's budget on the stream of each seed; `say` is told what is going on."""
    results: dict[str, list[Result]] = {}
    limits: dict[str, float] = {}
    budget_bytes = frames = 0
    for number, seed in enumerate(seeds):
        scene = scenes(seed)
        truth = scene.truth
        frames = len(truth.frames.ids)
        say(f"seed {seed}: {OURS}, {frames} frames")
        ours, _ = try_policy(scene, policy, window_frames)
        share = policy.budget.share_ratio
        budget_bytes = ours.bytes if share is None else max(ours.bytes, round(share * truth.bytes_seen))
        results.setdefault(OURS, []).append(ours)
        say(f"seed {seed}: {OFFLINE}")
        results.setdefault(OFFLINE, []).append(try_policy(scene, policy, OFFLINE_FRAMES)[0])
        affordable = budget_bytes * frames // max(int(truth.frames.still_bytes.sum()), 1)
        for name, way in BASELINES.items():
            say(f"seed {seed}: {name}")
            started_s = time.process_time()
            order = way(truth, affordable, seed)
            took_s = time.process_time() - started_s
            kept, spent_bytes = truth.within(order.tolist(), budget_bytes)
            us = 1e6 * took_s / max(frames, 1)
            results.setdefault(name, []).append(measure(truth, kept, spent_bytes, us))
        results.setdefault(KEEP_ALL, []).append(measure(truth, range(frames), truth.bytes_seen, 0.0))
        if number == 0:
            say("limits")
            limits = {
                name: entropy_ratio_limit(truth.shown(name), ours.kept) for name in (*truth.single, *truth.several)
            }
    return Trial(results, limits, budget_bytes, frames)


def policy_toml(policy: Policy) -> str:
    """Return a policy as TOML text."""
    return tomli_w.dumps(policy.model_dump(exclude_none=True))


def at_share(policy: Policy, share_ratio: float | None) -> Policy:
    """Return the policy at another share of the bytes seen; None leaves its own budget."""
    return policy if share_ratio is None else revised(policy, budget={"share_ratio": share_ratio})


def _measured(scene: Scene, outcome: Curated) -> Result:
    frames = max(len(scene.truth.frames.ids), 1)
    spent_bytes = sum(state.bytes_kept for state in outcome.states.values())
    state_bytes = max((len(codec_of(ArchiveState).encode(state)) for state in outcome.states.values()), default=0)
    return measure(scene.truth, outcome.kept(), spent_bytes, 1e6 * outcome.decide_s / frames, state_bytes)
