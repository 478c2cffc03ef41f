"""Laws of the archives' figures: shares that sum to one, values that are bounded, nothing left of what is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.telemetry.archives import MOST_VALUES, archives_look, value_ratios
from app.telemetry.declare import REGISTRY
from schemas.records import ArchiveDistribution, ValueCount

NOW = ArchiveDistribution(
    archive="a", policy_hash="", window_id="", windows=2, decided_at_us=1, frames_seen=10, frames_kept=4, duplicates=1,
    bytes_seen=1000, bytes_kept=50, segments_seen=5, segments_kept=2,
    attributes={
        "weather": (ValueCount("rainy", 6, 1, 0.5), ValueCount("clear", 2, 3, 0.5), ValueCount("unknown", 2, 0, 0.0))
    },
    entropy_ratio={"weather": 0.8}, entropy_ratio_seen={"weather": 0.7},
    shadow_entropy_ratio={"random": {"weather": 0.6}},
    shadow_frames={"random": 3}, shadow_bytes={"random": 45}, kl_divergence={"weather": 0.1}, allowance_bytes=7,
)  # fmt: skip


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


counts = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from([0.0, 1.0])), min_size=1, max_size=60
)


@given(counts)
def test_shares_sum_to_one_and_values_are_bounded(rows: list[tuple[int, int, float]]) -> None:
    wanted = sum(target for *_, target in rows)
    values = [ValueCount(f"v{n}", seen, kept, target / (wanted or 1)) for n, (seen, kept, target) in enumerate(rows)]
    shares = value_ratios(values)
    assert len(shares) <= MOST_VALUES + 1
    inside = [value for value in values if value.target_ratio > 0] or values
    for of in ("seen", "kept"):
        total = sum(share[of] for share in shares.values())
        assert total == pytest.approx(1.0 if any(getattr(one, of) for one in inside) else 0.0)
    assert sum(share["target"] for share in shares.values()) == pytest.approx(1.0 if wanted else 0.0)


def test_what_the_target_leaves_aside_is_no_part_of_the_shares() -> None:
    assert value_ratios(NOW.attributes["weather"]) == {
        "rainy": {"seen": 0.75, "kept": 0.25, "target": 0.5},
        "clear": {"seen": 0.25, "kept": 0.75, "target": 0.5},
    }


def test_an_archive_is_told_beside_its_shadows() -> None:
    archives_look({"a": (NOW, 12.0)}, most=5)
    for of, ratio in (("seen", 0.7), ("kept", 0.8), ("random", 0.6)):
        assert value("roadsieve_archive_entropy_ratio", archive="a", attribute="weather", of=of) == ratio
    assert value("roadsieve_archive_bytes", archive="a", of="random") == 45
    assert value("roadsieve_archive_frames", archive="a", of="kept") == 4
    assert value("roadsieve_archive_allowance_bytes", archive="a") == 7
    assert value("roadsieve_archive_kl_nats", archive="a", attribute="weather") == 0.1
    assert value("roadsieve_archive_values", archive="a", attribute="weather", of="kept") == 2
    assert value("roadsieve_archive_decided_at_seconds", archive="a") == 12.0


def test_archives_beyond_the_bound_are_counted_and_what_is_gone_is_not_shown() -> None:
    archives_look({name: (replace(NOW, archive=name), 1.0) for name in "abc"}, most=2)
    assert value("roadsieve_archives") == 3
    assert value("roadsieve_archives_left_out") == 1
    assert value("roadsieve_archive_windows", archive="c") is None
    archives_look({"b": (NOW, 1.0)}, most=2)
    assert value("roadsieve_archive_windows", archive="a") is None
    assert value("roadsieve_archives_left_out") == 0
