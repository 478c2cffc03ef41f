"""The judge: what a run left behind, held against what the pure code makes of its own log. No Kafka, no clock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from agents import STAGES
from app.archive import granted_bytes
from app.catalog_rows import rows_of
from app.curation.policy import Policy
from app.curation.sift import new_camera, sift
from app.curation.window import WindowEnd, archives_of, decide_window
from app.days import add_segment, day_key
from app.media.still import stills
from app.stores.keys import TEMPORARY, archived_still_key, archived_video_key, temporary_key
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, SegmentRow
from app.tables import TABLES
from app.uploads import is_known, remember
from schemas.records import (
    ArchivedStill,
    ArchiveState,
    CameraState,
    DayState,
    SegmentArchived,
    SegmentDecided,
    SegmentExtracted,
    SegmentStored,
)
from tests.e2e.collected import Collected, Entry, Rows
from tests.e2e.feed import Feed

CAMERA_STAGES = ("segments.stored", "segments.detected", "segments.extracted")
KEYS: dict[type, Callable[[Any], Any]] = {
    SegmentRow: lambda row: row.segment_id,
    FrameRow: lambda row: row.frame_id,
    DecisionRow: lambda row: (row.window_id, row.frame_id),
    CameraDayRow: lambda row: (row.camera_id, row.day),
}


class Verdict:
    """Collect contradictions: lost, doubled, wrong, left over."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.counts: Counter[str] = Counter()

    def same(self, what: str, want: Mapping[Any, Any], got: Mapping[Any, Any]) -> None:
        """Hold two mappings against each other."""
        self.counts[what] += len(want)
        lost, extra = want.keys() - got.keys(), got.keys() - want.keys()
        wrong = [key for key in want.keys() & got.keys() if want[key] != got[key]]
        for kind, keys in (("lost", lost), ("not expected", extra), ("wrong", wrong)):
            if keys:
                first = min(keys, key=str)
                shown = f"\n   want {want.get(first)!s:.1500}\n   got  {got.get(first)!s:.1500}"
                self.faults.append(f"{what}: {len(keys)} {kind}, as {first}{shown}")

    def once(self, what: str, keys: Iterable[Any]) -> None:
        """Demand that no key occurs twice."""
        if doubled := {key: count for key, count in Counter(keys).items() if count > 1}:
            self.faults.append(f"{what}: {len(doubled)} doubled, as {min(doubled, key=str)}")


class Table(dict[str, Any]):
    """A state table in memory."""

    def put(self, key: str, row: Any) -> None:
        self[key] = row

    def delete(self, key: str) -> None:
        del self[key]


def judge(
    run: Collected, feed: Feed, policy: Policy, policy_toml: str, windows: tuple[int, int], quality: int
) -> Verdict:
    """Hold every topic, object, row and table of a run against its log; `windows` are most frames and bytes of one."""
    verdict, tables = Verdict(), {stage: Table() for stage in TABLES}
    _stored(verdict, run, feed, tables["porter"])
    _letters(verdict, run, feed)
    _extracted(verdict, run, policy, tables["extractor"])
    _decided(verdict, run, policy_toml, windows, tables["curator"])
    _archived(verdict, run, feed, quality)
    _catalog(verdict, run, tables["sinker"])
    expected = encoded(tables)
    for stage in STAGES:
        verdict.same(f"changelog of {stage}", expected[stage], run.changelogs[stage])
    return verdict


def encoded(tables: Mapping[str, Mapping[str, Any]]) -> Rows:
    """Return tables as the bytes that a store holds."""
    return {
        stage: {key: TABLES[stage].codec.encode(row) for key, row in rows.items()} if rows else {}
        for stage, rows in tables.items()
    }


def per_camera(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    """Return the records of each camera in the order of the log."""
    found: dict[str, list[Any]] = defaultdict(list)
    for entry in entries:
        if hasattr(entry.record, "facts"):
            found[entry.record.facts.camera_id].append(entry.record)
    return dict(found)


def compare_runs(one: Collected, other: Collected) -> Verdict:
    """Hold two runs over the same feed against each other, camera by camera, record by record."""
    verdict = Verdict()
    for topic in CAMERA_STAGES:
        left, right = per_camera(one.log[topic]), per_camera(other.log[topic])
        flat = [{(c, n): r for c, rs in side.items() for n, r in enumerate(rs)} for side in (left, right)]
        verdict.same(f"{topic} against the fault-free run", flat[0], flat[1])
    return verdict


def _stored(verdict: Verdict, run: Collected, feed: Feed, table: Table) -> None:
    want = {}
    for entry in run.log["segments.recorded"]:
        if entry.record is None:
            continue
        facts, video = entry.record.facts, entry.record.video
        if is_known(table, facts.camera_id, facts.segment_id):
            continue
        key = temporary_key(facts)
        remember(table, facts.camera_id, facts.segment_id, key, 20_000)
        want[facts.segment_id] = SegmentStored(facts, key, len(video))
    got = run.records("segments.stored")
    verdict.once("segments.stored", (record.facts.segment_id for record in got))
    verdict.same("segments.stored", want, {record.facts.segment_id: record for record in got})
    sent = feed.segments.keys() | feed.undecodable.keys()
    verdict.same("what was sent", dict.fromkeys(sent), dict.fromkeys(want))
    detected = run.records("segments.detected")
    verdict.once("segments.detected", (record.facts.segment_id for record in detected))
    verdict.same(
        "segments.detected",
        {key: (record.facts, record.object_key) for key, record in want.items() if key in feed.segments},
        {record.facts.segment_id: (record.facts, record.object_key) for record in detected},
    )


def _letters(verdict: Verdict, run: Collected, feed: Feed) -> None:
    want: dict[str, tuple[str, bytes]] = {}
    for entry in run.log["segments.recorded"]:
        if entry.record is None:
            want[f"segments.recorded/{entry.partition}/{entry.offset}"] = ("porter", entry.value)
    for entry in run.log["segments.stored"]:
        if entry.record.facts.segment_id in feed.undecodable:
            want[f"segments.stored/{entry.partition}/{entry.offset}"] = ("detector", entry.value)
    letters = [entry for entry in run.log["dead.letters"] if entry.record.stage in STAGES]
    verdict.once("dead.letters", (entry.key for entry in letters))
    got = {entry.key.decode(): (entry.record.stage, entry.record.value or b"") for entry in letters}
    verdict.same("dead.letters", want, got)
    verdict.same("malformed", Counter(feed.malformed), Counter(v for s, v in got.values() if s == "porter"))


def _extracted(verdict: Verdict, run: Collected, policy: Policy, table: Table) -> None:
    cameras: dict[str, CameraState] = {}
    want: dict[str, SegmentExtracted] = {}
    for entry in run.log["segments.detected"]:
        facts = entry.record.facts
        state = cameras.get(facts.camera_id) or new_camera(facts.camera_id)
        cameras[facts.camera_id], want[facts.segment_id] = sift(state, entry.record, policy)
    table.update(cameras)
    got = [record for record in run.records("segments.extracted") if isinstance(record, SegmentExtracted)]
    verdict.once("segments.extracted", (record.facts.segment_id for record in got))
    verdict.same("segments.extracted", want, {record.facts.segment_id: record for record in got})


def _decided(verdict: Verdict, run: Collected, policy_toml: str, windows: tuple[int, int], table: Table) -> None:
    want: dict[str, SegmentDecided] = {}
    boards: dict[tuple[str, str], Any] = {}
    by_partition: dict[int, list[Entry]] = defaultdict(list)
    for entry in run.log["segments.extracted"]:
        by_partition[entry.partition].append(entry)
    for partition, entries in by_partition.items():
        states: dict[str, ArchiveState] = {}
        end, window = WindowEnd(*windows), list[tuple[int, Any]]()
        for entry in entries:
            window.append((entry.offset, entry.record))
            if not end.add(entry.record):
                continue
            theirs = {name: states[name] for name in archives_of(window) if name in states}
            outcome = decide_window(theirs, window, partition, policy_toml)
            states.update(outcome.states)
            want.update((record.facts.segment_id, record) for record in outcome.decided)
            boards.update(((board.archive, board.window_id), board) for board in outcome.distributions)
            end, window = WindowEnd(*windows), []
        if any(isinstance(record, SegmentExtracted) for _, record in window):
            verdict.faults.append(f"segments.extracted/{partition}: {len(window)} records wait in an open window")
        table.update(states)
    got = run.records("segments.decided")
    verdict.once("segments.decided", (record.facts.segment_id for record in got))
    verdict.same("segments.decided", want, {record.facts.segment_id: record for record in got})
    told = run.records("archive.distribution")
    verdict.once("archive.distribution", ((board.archive, board.window_id) for board in told))
    newest = {board.archive: board for board in told}
    verdict.same("archive.distribution", {b.archive: b for b in boards.values()}, newest)


def _archived(verdict: Verdict, run: Collected, feed: Feed, quality: int) -> None:
    want_objects: dict[str, bytes] = {}
    want: dict[str, SegmentArchived] = {}
    for decided in run.records("segments.decided"):
        facts, video = decided.facts, feed.segments[decided.facts.segment_id].video
        kept = [one.frame.frame_index for one in decided.frames if one.kept]
        pictures = dict(zip(kept, stills(video, kept, quality, granted_bytes(decided)), strict=True)) if kept else {}
        keys = {index: archived_still_key(facts, index) for index in kept}
        want_objects |= {keys[index]: pictures[index] for index in kept}
        video_key = archived_video_key(facts) if decided.keep_video else ""
        if video_key:
            want_objects[video_key] = video
        want[facts.segment_id] = SegmentArchived(
            facts, decided.window_id, decided.policy_hash, video_key, len(video) if video_key else 0, len(video),
            tuple(ArchivedStill(index, keys[index], len(pictures[index])) for index in kept), decided.frames,
        )  # fmt: skip
    got = run.records("segments.archived")
    verdict.once("segments.archived", (record.facts.segment_id for record in got))
    verdict.same("segments.archived", want, {record.facts.segment_id: record for record in got})
    verdict.same("objects", want_objects, run.objects)
    if not want_objects:
        verdict.faults.append("objects: nothing was archived, so nothing was shown")
    if left := [key for key in run.objects if key.startswith(TEMPORARY)]:
        verdict.faults.append(f"the temporary store: {len(left)} objects left, as {min(left)}")


def _catalog(verdict: Verdict, run: Collected, table: Table) -> None:
    days: dict[str, DayState] = {}
    want: dict[type, dict[Any, Any]] = defaultdict(dict)
    for entry in run.log["segments.archived"]:
        key = day_key(entry.record.facts)
        days[key] = add_segment(days.get(key), entry.record)
        for row in rows_of(entry.record, days[key], entry.offset):
            want[type(row)][KEYS[type(row)](row)] = row
    table.update(days)
    for kind, rows in run.catalog.items():
        verdict.same(f"catalog {kind.__name__}", want[kind], {KEYS[kind](row): row for row in rows})
