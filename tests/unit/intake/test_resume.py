"""The resume record survives a crash at every byte."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import OperatorError
from app.intake.resume import ResumeRecord, Sent

CLIPS = ("aa" * 16, "bb" * 16)
HERE, THERE = "cluster/one", "cluster/two"

notes = st.lists(
    st.tuples(st.sampled_from(CLIPS), st.sampled_from((HERE, THERE)), st.integers(0, 40), st.booleans()), max_size=12
)
Note = tuple[str, str, int, bool]


def write(path: Path, sequence: list[Note]) -> None:
    with ResumeRecord(path) as record:
        for clip, to, segments, complete in sequence:
            record.note(clip, to, Sent(segments, complete))


def everything(path: Path) -> dict[tuple[str, str], Sent]:
    with ResumeRecord(path) as record:
        return {(clip, to): record.sent(clip, to) for clip in CLIPS for to in (HERE, THERE)}


def test_a_record_that_is_not_there_knows_nothing(tmp_path: Path) -> None:
    assert set(everything(tmp_path / "home" / "record").values()) == {Sent(0, complete=False)}


def test_what_was_noted_is_known_to_the_next_run_by_destination(tmp_path: Path) -> None:
    write(tmp_path / "record", [(CLIPS[0], HERE, 16, False), (CLIPS[0], HERE, 20, True), (CLIPS[1], THERE, 3, False)])
    known = everything(tmp_path / "record")
    assert known[CLIPS[0], HERE] == Sent(20, complete=True)
    assert known[CLIPS[1], THERE] == Sent(3, complete=False)
    assert known[CLIPS[0], THERE] == known[CLIPS[1], HERE] == Sent()


@pytest.mark.parametrize("later", [Sent(4), Sent(5), Sent(0), Sent(0, complete=True)])
def test_a_clip_never_goes_backward(tmp_path: Path, later: Sent) -> None:
    with ResumeRecord(tmp_path / "record") as record:
        record.note(CLIPS[0], HERE, Sent(5, complete=True))
        record.note(CLIPS[0], HERE, later)
        assert record.sent(CLIPS[0], HERE) == Sent(5, complete=True)


@settings(deadline=None)
@given(before=notes, after=notes, cut=st.integers(1, 200))
def test_a_crash_at_any_byte_loses_no_more_than_the_line_it_tore(
    tmp_path_factory: pytest.TempPathFactory, before: list[Note], after: list[Note], cut: int
) -> None:
    path = tmp_path_factory.mktemp("resume") / "record"
    write(path, before)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    torn = whole[: max(0, len(whole) - cut)]
    path.write_bytes(torn)
    survivors = path.with_name("survivors")
    ends = accumulate(len(line) for line in lines)
    whole_lines = sum(end - 1 <= len(torn) for end in ends)  # a line that lacks nothing but its line feed is whole
    survivors.write_bytes(b"".join(lines[:whole_lines]))
    assert everything(path) == everything(survivors)
    write(path, after)
    write(survivors, after)
    assert everything(path) == everything(survivors)


@pytest.mark.slow
def test_every_prefix_of_a_record_can_be_read_and_written_on(tmp_path: Path) -> None:
    path = tmp_path / "record"
    write(path, [(CLIPS[0], HERE, 16, False), (CLIPS[1], HERE, 16, False), (CLIPS[0], HERE, 31, True)])
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        write(path, [(CLIPS[1], THERE, 7, True)])
        known = everything(path)
        assert known[CLIPS[1], THERE] == Sent(7, complete=True)
        lines = whole[: length + 1].count(b"\n")  # a line that lacks no more than its end is whole
        expected = {0: Sent(), 1: Sent(16), 2: Sent(16), 3: Sent(31, complete=True)}[lines]
        assert known[CLIPS[0], HERE] == expected


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_byte_costs_its_line_only(tmp_path_factory: pytest.TempPathFactory, place: int, flip: int) -> None:
    path = tmp_path_factory.mktemp("resume") / "record"
    write(path, [(CLIPS[0], HERE, 16, False), (CLIPS[1], HERE, 9, True)])
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= flip
    path.write_bytes(bytes(data))
    known = everything(path)
    assert known[CLIPS[0], HERE] in (Sent(), Sent(16))
    assert known[CLIPS[1], HERE] in (Sent(), Sent(9, complete=True))
    assert known[CLIPS[0], THERE] == Sent()


def test_two_runs_may_write_at_once(tmp_path: Path) -> None:
    with ResumeRecord(tmp_path / "record") as one, ResumeRecord(tmp_path / "record") as other:
        for n in range(1, 20):
            one.note(CLIPS[0], HERE, Sent(n))
            other.note(CLIPS[1], HERE, Sent(n))
    known = everything(tmp_path / "record")
    assert known[CLIPS[0], HERE] == known[CLIPS[1], HERE] == Sent(19)


def test_a_home_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="ROADSIEVE_HOME"):
        ResumeRecord(tmp_path / "file" / "record")
