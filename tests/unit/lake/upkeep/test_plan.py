"""What becomes one file, and what may go: laws on plain facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.lake.upkeep.plan import NAMED_FOR_S, Kept, Lying, Piece, bins, expired, name_of, orphans

TARGET, TODAY, HOUR_S = 1000, "2026-11-25", 3600.0
pieces = st.builds(
    Piece,
    path=st.uuids().map(str),
    day=st.sampled_from(["2026-11-23", "2026-11-24", TODAY]),
    rows=st.integers(1, 9),
    size_bytes=st.integers(1, 1500),
)
many = st.lists(pieces, max_size=40, unique_by=lambda piece: piece.path)


@given(many)
def test_a_group_is_of_one_day_of_several_files_and_no_larger_than_the_target(found: list[Piece]) -> None:
    for group in bins(found, TARGET, "", TODAY):
        assert len(group) > 1
        assert len({piece.day for piece in group}) == 1
        assert sum(piece.size_bytes for piece in group) <= TARGET
        assert all(piece.size_bytes < 0.75 * TARGET for piece in group)


@given(many, st.randoms())
def test_groups_share_no_file_and_depend_on_no_order(found: list[Piece], chance: object) -> None:
    groups = bins(found, TARGET, "", TODAY)
    paths = [piece.path for group in groups for piece in group]
    assert len(paths) == len(set(paths))
    chance.shuffle(found)  # type: ignore[attr-defined]  # hypothesis types it as an object
    assert [name_of(group) for group in bins(found, TARGET, "", TODAY)] == [name_of(group) for group in groups]


@given(many)
def test_merging_comes_to_an_end(found: list[Piece]) -> None:
    for number in range(50):
        groups = bins(found, TARGET, "", TODAY)
        if not groups:
            return
        gone = {piece for group in groups for piece in group}
        found = [piece for piece in found if piece not in gone] + [
            Piece(f"{number}-{place}", group[0].day, 1, sum(piece.size_bytes for piece in group))
            for place, group in enumerate(groups)
        ]
    raise AssertionError("it goes on for ever")


def test_the_newest_files_of_today_wait_for_company() -> None:
    small = [Piece(str(number), TODAY, 1, 10) for number in range(7)]
    assert bins(small, TARGET, "", TODAY) == []
    assert len(bins(small, TARGET, "", "2026-11-26")) == 1


def test_days_that_retention_packs_are_left_alone() -> None:
    small = [Piece(str(number), "2026-10-01", 1, 10) for number in range(9)]
    assert bins(small, TARGET, "2026-10-02", TODAY) == []


def test_a_snapshot_goes_by_age_alone_and_never_when_it_is_needed() -> None:
    snapshots = [Kept(1, 0, True), Kept(2, 0, False), Kept(3, 1_000_000, False)]
    assert expired(snapshots, now_us=2_000_000, age_s=1.5) == [2]


def test_a_file_of_the_scribe_is_no_orphan_as_long_as_a_record_may_name_it() -> None:
    names = [
        ("data/day=2026-11-25/0003-000000000017.parquet", NAMED_FOR_S),
        ("data/day=2026-11-25/merged-00ff.parquet", HOUR_S),
        ("metadata/00000-x.metadata.json", HOUR_S),
    ]
    for place, kept_s in names:
        file = Lying(place, 0, 1)
        assert orphans([file], set(), round(kept_s * 1e6), HOUR_S) == []
        assert orphans([file], set(), round(kept_s * 1e6) + 1, HOUR_S) == [file]
        assert orphans([file], {place}, 10 * round(NAMED_FOR_S * 1e6), HOUR_S) == []
