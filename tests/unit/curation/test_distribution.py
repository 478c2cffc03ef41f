"""Distributions merge in any order and any number of times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.curation.distribution import Distribution, Part, distribution_of
from tests.unit.curation.records import run, singles


@st.composite
def histories(draw: st.DrawFn) -> list[Distribution]:
    """Return distributions that are views of the same growing sources at different offsets."""
    views = []
    sources = draw(st.lists(st.sampled_from(["t/0", "t/1", "t/2"]), min_size=1, max_size=3, unique=True))
    steps = {
        source: draw(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=1, max_size=6))
        for source in sources
    }
    for _ in range(3):
        parts = {}
        for source in sources:
            offset = draw(st.integers(0, len(steps[source])))
            if not offset:
                continue
            counts: dict[str, tuple[int, int]] = {}
            for value, kept in steps[source][:offset]:
                seen_before, kept_before = counts.get(value, (0, 0))
                counts[value] = (seen_before + 1, kept_before + kept)
            parts[source] = Part(offset, {"weather": counts})
        views.append(Distribution(parts))
    return views


@given(histories())
def test_merging_is_associative_commutative_and_idempotent_by_source_offset(views: list[Distribution]) -> None:
    one, two, three = views
    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(two) == two.merge(one)
    assert one.merge(two).merge(two) == one.merge(two)
    assert one.merge(one) == one
    assert one.merge(Distribution()) == one


def test_what_an_archive_counted_merges_with_what_it_counted_before() -> None:
    log = singles(["clear"] * 60 + ["rainy"] * 60)
    early = distribution_of(run(log[:100])[0]["a"])
    late = distribution_of(run(log)[0]["a"])
    merged = early.merge(late)
    assert merged == late
    assert sum(seen for seen, _ in merged.counts()["weather"].values()) == 120
    seen_ratio, kept_ratio = merged.entropy_ratio("weather", without=frozenset({"foggy"}))
    assert seen_ratio == 1.0
    assert kept_ratio > 0.9
