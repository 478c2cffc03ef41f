"""What a window comes to: a decision on every frame, within the budget, the same on every repeat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.curation.decide import new_archive
from app.curation.window import WindowEnd, decide_window, policy_of
from app.errors import MalformedRecord
from app.wire.codec import codec_of
from schemas.records import ArchiveState, ClipTally, PolicyPublished, SegmentExtracted, WindowMarker
from tests.unit.curation.records import POLICY, STILL_BYTES, extracted, frame, kept, run, singles

WEATHERS = ("clear", "rainy", "foggy", "unknown", "hail")

frames_seen = st.lists(
    st.builds(
        frame,
        weather=st.sampled_from(WEATHERS),
        objects=st.lists(st.sampled_from(("car", "person", "train", "boat")), max_size=3),
    ),
    max_size=6,
)
logs = st.lists(frames_seen, min_size=1, max_size=25).map(
    lambda rows: [
        extracted([replace(one, frame_index=index) for index, one in enumerate(row)], f"s{number:03d}", at_us=number)
        for number, row in enumerate(rows)
    ]
)


@pytest.mark.slow
@settings(max_examples=60)
@given(logs, st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.sampled_from(["stills", "video"]))
def test_every_frame_gets_one_decision_and_the_budget_is_kept(log, share: float, keep: str) -> None:
    toml = f'keep = "{keep}"\n' + POLICY.replace("0.1", str(share))
    states, decided = run(log, toml, window_frames=20)
    state = states["a"]
    assert [one.facts for one in decided] == [one.facts for one in log]
    for segment, verdict in zip(log, decided, strict=True):
        assert [one.frame for one in segment.frames] == [one.frame for one in verdict.frames]
        assert verdict.keep_video == (keep == "video" and any(one.kept for one in verdict.frames))
        assert all(one.reasons for one in verdict.frames)
    assert state.bytes_kept <= share * state.bytes_seen + state.windows
    assert state.bytes_kept == sum(one.cost_bytes for each in decided for one in each.frames if one.kept)
    assert state.frames_kept == len(kept(decided))
    assert state.frames_seen == sum(len(one.frames) for one in log)
    for tallies in state.attributes.values():
        assert all(0 <= tally.kept <= tally.seen for tally in tallies)
    assert codec_of(ArchiveState).decode(codec_of(ArchiveState).encode(state)) == state


policies = st.sampled_from([POLICY.replace("0.1", share) for share in ("0.0", "0.3", "1.0")])


@pytest.mark.slow
@settings(max_examples=20)
@given(logs, st.lists(st.tuples(st.integers(0, 25), policies), max_size=3), st.integers(1, 9))
def test_a_crash_between_windows_changes_nothing_whatever_policies_are_published(
    log, published: list[tuple[int, str]], keep_until: int
) -> None:
    """Decides once in one go, once reading the state back from its bytes before every window."""
    for place, toml in published:
        log.insert(place, PolicyPublished("a", toml, ""))
    whole_states, whole = run(log, window_frames=7)
    state: ArchiveState | None = None
    pieces, window, end = [], [], WindowEnd(7)
    codec = codec_of(ArchiveState)
    for offset, record in [*enumerate(log), (len(log), WindowMarker("", 0))]:
        window.append((offset, record))
        if end.add(record):
            before = {} if state is None else {"a": codec.decode(codec.encode(state))}
            decide_window(before, window[:keep_until], 0, POLICY)  # a trial that was thrown away
            outcome = decide_window(before, window, 0, POLICY)
            state = outcome.states.get("a", state)
            pieces += outcome.decided
            window = []
    assert pieces == whole
    assert state is not None
    assert replace(state, next_offset=0) == replace(whole_states["a"], next_offset=0)


def test_near_duplicates_are_seen_and_never_candidates() -> None:
    segment = extracted([frame(), frame("rainy", index=1)])
    repeat = replace(segment.frames[1], duplicate_of="s-0000", distance=0.031)
    states, decided = run([replace(segment, frames=(segment.frames[0], repeat))], POLICY.replace("0.1", "1.0"))
    first, second = decided[0].frames
    assert first.kept
    assert not second.kept
    assert second.rank == -1
    assert second.reasons == ("duplicate of s-0000, distance 0.031",)
    assert (states["a"].frames_seen, states["a"].duplicates) == (2, 1)


def test_only_keyframes_are_candidates_where_the_policy_says_so() -> None:
    segment = extracted([frame(), frame("rainy", index=1)])
    plain = replace(segment.frames[1], keyframe=False)
    toml = 'candidates = "keyframes"\n' + POLICY.replace("0.1", "1.0")
    _, decided = run([replace(segment, frames=(segment.frames[0], plain))], toml)
    assert decided[0].frames[1].reasons == ("no keyframe",)
    assert [one.kept for one in decided[0].frames] == [True, False]


def test_a_decision_says_what_it_was_rare_in() -> None:
    _, decided = run(singles(["clear"] * 99 + ["foggy"]))
    foggy = decided[-1].frames[0]
    assert foggy.kept
    assert foggy.reasons[0] == "rare: weather=foggy 0 % of kept, target 33 %"
    left = [one for each in decided for one in each.frames if not one.kept]
    assert {one.reasons for one in left} == {("budget",)}
    assert sorted(one.rank for each in decided for one in each.frames) == list(range(100))


@pytest.mark.parametrize("share", ["0.0", "1.0"])
def test_a_budget_of_nothing_keeps_nothing_and_one_of_everything_all(share: str) -> None:
    states, decided = run(singles(["clear", "rainy"] * 60), POLICY.replace("0.1", share))
    assert len(kept(decided)) == (120 if share == "1.0" else 0)
    assert states["a"].frames_seen == 120


@pytest.mark.parametrize("weathers", [["clear"], ["clear"] * 250, ["unknown"] * 250])
def test_one_value_or_one_frame_is_decided_like_any_other_stream(weathers: list[str]) -> None:
    _, decided = run(singles(weathers), POLICY.replace("0.1", "0.2"))
    assert len(kept(decided)) == len(weathers) // 5
    assert len(decided) == len(weathers)


def test_what_is_not_spent_is_carried_to_the_next_window() -> None:
    toml = POLICY.replace("0.1", "0.004")
    states, decided = run(singles(["clear", "rainy"] * 500), toml, window_frames=100)
    assert len(kept(decided)) == 4
    assert states["a"].allowance_bytes == 0


def test_a_segment_without_frames_is_decided_too() -> None:
    _, decided = run([extracted([], "empty")])
    assert [one.facts.segment_id for one in decided] == ["empty"]
    assert not decided[0].keep_video


def test_a_published_policy_takes_effect_after_its_window() -> None:
    greedy = POLICY.replace("0.1", "1.0")
    log = [*singles(["clear"] * 40, "x"), PolicyPublished("a", greedy, ""), *singles(["clear"] * 160, "y")]
    states, decided = run(log, window_frames=100)
    hashes = [one.policy_hash for one in decided]
    assert len(set(hashes[:100])) == 1
    assert set(hashes[100:]) == {policy_of(states["a"]).hash}
    assert hashes[0] != hashes[-1]
    assert len(kept(decided)) == 10 + 100


def test_a_published_policy_that_cannot_be_read_is_a_malformed_record() -> None:
    with pytest.raises(MalformedRecord, match="budget"):
        decide_window({}, [(0, PolicyPublished("a", "[budget]\n", ""))], 0, POLICY)


def test_archives_in_one_window_do_not_know_of_each_other() -> None:
    ours = singles(["clear", "rainy", "foggy"] * 20, "a", archive="one")
    theirs = singles(["clear"] * 60, "b", archive="two")
    mixed = [record for pair in zip(ours, theirs, strict=True) for record in pair]
    together, decided = run(mixed, window_frames=1000)
    for name, log in (("one", ours), ("two", theirs)):
        alone, _ = run(log, window_frames=1000)
        assert replace(together[name], next_offset=0) == replace(alone[name], next_offset=0)
    assert [one.facts for one in decided] == [one.facts for one in mixed]


@pytest.mark.slow
def test_the_state_stays_below_a_megabyte_whatever_the_stream_brings() -> None:
    rng = np.random.default_rng(0)
    toml = POLICY.replace("0.1", "1.0") + '[attributes.region]\nkind = "category"\n[redundancy]\nclip_weight = 0.1\n'
    log = [
        extracted(
            [frame(embedding=rng.normal(size=64), attributes={"weather": "clear", "region": f"place {number}"})],
            f"s{number:06d}",
        )
        for number in range(6_000)
    ]
    states, _ = run(log, toml, window_frames=500)
    assert len(codec_of(ArchiveState).encode(states["a"])) < 1_000_000
    assert len(states["a"].attributes["region"]) <= 514


def test_the_largest_memories_that_a_policy_may_ask_for_stay_below_a_megabyte() -> None:
    toml = (
        POLICY.replace("0.1", "1.0") + "[redundancy]\nmemory_clips = 8192\nmemory_frames = 4096\narchive_weight = 0.1\n"
    )
    clips = tuple(ClipTally(f"{number:032x}", 1) for number in range(8192))
    full = replace(new_archive("a", toml), clips=clips, sketches=bytes([1] * 64 * 4096))
    rng = np.random.default_rng(1)
    log = [extracted([frame(embedding=rng.normal(size=64))], f"{number:032x}") for number in range(9000, 9050)]
    state = decide_window({"a": full}, list(enumerate(log)), 0, toml).states["a"]
    assert (len(state.clips), len(state.sketches)) == (8192, 64 * 4096)
    assert state.clips[-1].clip_id == f"{9049:032x}"
    assert len(codec_of(ArchiveState).encode(state)) < 1_000_000


@settings(max_examples=20)
@given(logs, st.sampled_from(["stills", "video"]), st.integers(3, 30))
def test_each_shadow_spends_no_more_than_the_policy_and_counts_what_it_keeps(log, keep: str, window: int) -> None:
    toml = f'keep = "{keep}"\n' + POLICY.replace("0.1", "0.3")
    states, _ = run(log, toml, window_frames=window)
    state = states["a"]
    assert all(spent <= state.bytes_kept for spent in state.shadow_bytes)
    for place, frames in enumerate(state.shadow_frames):
        assert sum(tally.shadows[place] for tally in state.attributes["weather"]) == frames
        assert all(tally.shadows[place] <= tally.seen for one in state.attributes.values() for tally in one)


def test_shadows_keep_no_more_than_the_policy_and_are_the_same_on_every_repeat() -> None:
    log = singles(["clear"] * 180 + ["rainy"] * 18 + ["foggy"] * 2)
    states, _ = run(log)
    again, _ = run(log)
    assert states == again
    assert states["a"].shadow_frames == (20, 20, 20)
    assert all(spent <= states["a"].bytes_kept for spent in states["a"].shadow_bytes)
    tallies = {tally.value: tally for tally in states["a"].attributes["weather"]}
    assert sum(tally.shadows[0] for tally in tallies.values()) == 20
    assert tallies["foggy"].kept == 2
    assert tallies["clear"].shadows[0] > tallies["clear"].kept


def test_the_published_distribution_shows_what_the_policy_is_worth_beside_its_shadows() -> None:
    window = [*enumerate(singles(["clear"] * 90 + ["rainy"] * 8 + ["foggy"] * 2))]
    shown = decide_window({}, window, 0, POLICY).distributions[0]
    assert set(shown.shadow_entropy_ratio) == {"random", "every_nth", "inverse_frequency"}
    assert shown.entropy_ratio["weather"] > max(one["weather"] for one in shown.shadow_entropy_ratio.values())
    assert shown.entropy_ratio["weather"] > shown.entropy_ratio_seen["weather"]


def test_a_floor_comes_before_everything_else() -> None:
    toml = POLICY.replace('values = ["clear", "rainy", "foggy"]', 'values = ["clear", "rainy", "foggy"]\nfloor = 3')
    log = singles(["foggy"] * 5 + ["rainy"] * 95)
    states, _ = run(log, toml.replace("0.1", "0.06"))
    counts = {tally.value: tally.kept for tally in states["a"].attributes["weather"]}
    assert counts["foggy"] >= 3
    assert counts["rainy"] >= 3


@pytest.mark.parametrize(("log", "ends"), [
    (singles(["clear"] * 5), [False, False, True, False, False]),
    ([*singles(["clear"]), WindowMarker("", 0), *singles(["clear"])], [False, True, False]),
    ([PolicyPublished("a", POLICY, "")], [False]),
    ([extracted([frame()] * 9), extracted([frame()])], [True, False]),
])  # fmt: skip
def test_a_window_ends_by_frames_or_a_marker_found_in_the_log(log, ends: list[bool]) -> None:
    end = WindowEnd(frames=3)
    assert [end.add(record) for record in log] == ends


def test_a_window_ends_before_it_holds_too_much_memory() -> None:
    heavy = SegmentExtracted(extracted([]).facts, "", STILL_BYTES, extracted([frame(embedding=[1.0] * 1280)]).frames)
    end = WindowEnd(frames=500, max_bytes=50_000)
    assert [end.add(heavy) for _ in range(10)].index(True) == 9
