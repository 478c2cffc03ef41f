"""Files become segments on a real broker: each once, in order, through stops and kills."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from app.engine.partitioner import partition_of
from app.errors import InfrastructureError, PreflightError
from app.intake.outbox import open_outbox
from app.intake.outcome import ReplayOptions, ReplayProgress
from app.intake.pace import Speed
from app.intake.replay import replay
from app.media import cut
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import SEGMENTS_RECORDED
from app.wire import open_wire
from ops.broker.cluster import Cluster
from ops.stack.ports import free_ports
from schemas.records import SegmentRecorded

from .conftest import FPS, MakeVideo, prepare


class JumpingClock:
    """A clock that is at once where somebody waits for it, and remembers."""

    def __init__(self) -> None:
        self.now, self.dues = 0.0, list[float]()

    def now_s(self) -> float:
        return self.now

    async def until(self, due_s: float) -> None:
        self.now = max(self.now, due_s)
        self.dues.append(due_s)


@pytest.fixture
def run(intake_broker: Settings, tmp_path: Path) -> Settings:
    """Give settings with a home of this test, so that nothing was sent before."""
    shutil.copy(intake_broker.path_of_registry(), tmp_path)
    return intake_broker.model_copy(update={"home": tmp_path, "registry_path": tmp_path / "schemas.json"})


async def read(settings: Settings, archive: str) -> list[tuple[int, bytes, SegmentRecorded]]:
    """Return partition, key and record of every segment of an archive, in the order of the log."""
    async with open_registry(settings) as registry:
        decode = (await open_wire(registry, [SEGMENTS_RECORDED])).decoder(SEGMENTS_RECORDED)
    return [
        (partition, key, decode(value))
        async for partition, key, value in messages(settings)
        if decode(value).facts.archive == archive
    ]


async def messages(settings: Settings) -> AsyncIterator[tuple[int, bytes, bytes]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, max_partition_fetch_bytes=10 << 20)
    await consumer.start()
    try:
        partitions = [TopicPartition(SEGMENTS_RECORDED.name, n) for n in range(settings.topic_partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                for message in (await consumer.getmany(partition, timeout_ms=5_000)).get(partition, ()):
                    yield partition.partition, message.key, message.value
    finally:
        await consumer.stop()


async def test_files_become_segments_each_once_in_order(run: Settings, make_video: MakeVideo, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    videos = [make_video(drive / f"user_{n % 2}" / "videos" / f"{n}.mp4", seconds=4, seed=n) for n in range(4)]
    info = drive / "user_0" / "info" / "0.json"
    info.parent.mkdir()
    start_ms = 1_600_000_000_000
    info.write_text(json.dumps({"startTime": start_ms, "locations": [
        {"timestamp": start_ms + n * 1_000, "latitude": 40.0, "longitude": -74.0, "speed": n} for n in range(5)
    ]}))  # fmt: skip
    (drive / "user_1" / "videos" / "broken.mp4").write_bytes(b"not a video")
    shutil.copy(videos[1], drive / "user_1" / "videos" / "copy.mp4")
    lines: list[str] = []

    def listen(progress: ReplayProgress, line: str) -> None:
        lines.append(line)

    options = ReplayOptions(archive="each-once")
    summary = await replay([drive], options, run, listen)
    log = await read(run, "each-once")

    assert (summary.files, summary.sent, summary.sent_before, summary.cameras) == (6, 4, 1, 2)
    assert (summary.segments, summary.frames, summary.exit_code) == (len(log), 4 * 4 * FPS, 1)
    assert summary.bytes == sum(len(record.video) for _, _, record in log)
    assert summary.time_sources == {"info": 1, "file": 3}
    assert [str(drive / "user_1" / "videos" / "broken.mp4") in one.what for one in summary.skipped] == [True]
    assert sum("broken.mp4" in line for line in lines) == 1
    assert sum("copy.mp4" in line and "not sent again" in line for line in lines) == 1

    clips: dict[str, list[SegmentRecorded]] = defaultdict(list)
    for partition, key, record in log:
        assert key.decode() == record.facts.camera_id
        assert partition == partition_of(key, run.topic_partitions)
        clips[record.facts.clip_name].append(record)
    for video in videos:
        sent, wanted = clips[video.name], list(cut(video))
        assert [one.video for one in sent] == [one.video for one in wanted]
        assert [one.facts.sequence for one in sent] == list(range(len(wanted)))
        assert {one.facts.camera_id for one in sent} == {video.parts[-3]}
    assert [one.facts.recorded_at_us for one in clips["0.mp4"]] == [
        start_ms * 1_000 + one.clip_offset_us for one in cut(videos[0])
    ]
    assert all(one.facts.positions for one in clips["0.mp4"])

    again = await replay([drive], options, run)
    assert (again.sent, again.segments, again.sent_before, again.exit_code) == (0, 0, 5, 1)
    assert len(await read(run, "each-once")) == len(log)

    sent_again = await replay([drive], ReplayOptions(archive="each-once", again=True), run)
    assert (sent_again.sent, sent_again.segments) == (4, len(log))
    assert {one.facts.segment_id for _, _, one in await read(run, "each-once")} == {
        one.facts.segment_id for _, _, one in log
    }


async def test_clips_are_spread_over_cameras_by_content_the_same_in_every_run(
    run: Settings, make_video: MakeVideo, tmp_path: Path
) -> None:
    for n in range(8):
        make_video(tmp_path / "drive" / f"{n}.mp4", seconds=1, seed=n)
    cameras = []
    for name in ("spread-1", "spread-2"):
        await replay([tmp_path / "drive"], ReplayOptions(archive=name, cameras=3), run)
        cameras.append({one.facts.clip_id: one.facts.camera_id for _, _, one in await read(run, name)})
    assert cameras[0] == cameras[1]
    assert set(cameras[0].values()) <= {"camera-00", "camera-01", "camera-02"}
    assert len(set(cameras[0].values())) > 1


@pytest.mark.parametrize(("speed", "ratio"), [(Speed.REAL, 1.0), (Speed.DOUBLE, 2.0)])
async def test_a_segment_is_sent_when_its_first_frame_would_have_been_taken(
    run: Settings, make_video: MakeVideo, tmp_path: Path, speed: Speed, ratio: float
) -> None:
    video, clock = make_video(tmp_path / "drive" / "a.mp4", seconds=5), JumpingClock()
    await replay([video], ReplayOptions(archive=f"pace-{speed}", speed=speed), run, clock=clock)
    offsets_s = [one.clip_offset_us / 1e6 / ratio for one in cut(video)]
    assert clock.dues[: len(offsets_s)] == pytest.approx(offsets_s)


async def test_a_stop_leaves_a_right_resume_record(run: Settings, make_video: MakeVideo, tmp_path: Path) -> None:
    for n in range(4):
        make_video(tmp_path / "drive" / f"{n}.mp4", seconds=10, seed=n)
    options = ReplayOptions(archive="stopped", cameras=2)
    running: asyncio.Task[object]

    def stop(progress: ReplayProgress, line: str) -> None:
        if progress.segments == 5:
            running.cancel()

    unhurried = replace(options, speed=Speed.REAL)  # at full speed the last segment may be on its way before the stop
    running = asyncio.create_task(replay([tmp_path / "drive"], unhurried, run, stop))
    with pytest.raises(asyncio.CancelledError):
        await running
    before = await read(run, "stopped")
    wanted = sum(len(list(cut(path))) for path in (tmp_path / "drive").iterdir())
    assert 5 <= len(before) < wanted
    summary = await replay([tmp_path / "drive"], options, run)
    after = await read(run, "stopped")
    assert summary.segments == wanted - len(before)
    assert len({one.facts.segment_id for _, _, one in after}) == len(after) == wanted


def test_a_kill_loses_nothing_and_sends_at_most_a_few_segments_again(
    run: Settings, make_video: MakeVideo, tmp_path: Path
) -> None:
    for n in range(3):
        make_video(tmp_path / "drive" / f"{n}.mp4", seconds=40, seed=n)
    wanted = {path.name: len(list(cut(path))) for path in (tmp_path / "drive").iterdir()}
    code = "import sys; from app.cli import main; main(sys.argv[1:])"
    verb = ["replay", str(tmp_path / "drive"), "--archive", "killed", "--cameras", "3", "--speed", "real"]
    environment = os.environ | {
        "ROADSIEVE_KAFKA": run.kafka,
        "ROADSIEVE_HOME": str(run.home),
        "ROADSIEVE_REGISTRY_PATH": str(run.registry_path),
    }
    process = subprocess.Popen([sys.executable, "-c", code, *verb], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(asyncio.run(read(run, "killed"))) < 6 and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL

    summary = asyncio.run(replay([tmp_path / "drive"], ReplayOptions(archive="killed", cameras=3), run))
    log = asyncio.run(read(run, "killed"))
    assert summary.exit_code == 0
    sent = defaultdict(set)
    for _, _, record in log:
        sent[record.facts.clip_name].add(record.facts.sequence)
    assert sent == {name: set(range(segments)) for name, segments in wanted.items()}
    assert len(log) - sum(wanted.values()) <= 3 * 16


async def test_little_is_on_the_way_at_once(run: Settings) -> None:
    tight = run.model_copy(update={"replay_in_flight_bytes": 250_000})
    arrived = []
    async with open_outbox(tight) as outbox:
        for number in range(40):
            await outbox.send("x", f"camera-{number % 4}", bytes(100_000), lambda n=number: arrived.append(n))
            assert number + 1 - len(arrived) <= 2
        await outbox.drain()
    assert sorted(arrived) == list(range(40))


async def test_a_message_larger_than_the_topic_takes_is_refused_and_the_rest_goes_on(run: Settings) -> None:
    arrived = []
    async with open_outbox(run) as outbox:
        with pytest.raises(Exception, match=r"a\.mp4 at 3 s: its record of .* re-encode"):
            await outbox.send("a.mp4 at 3 s", "camera", bytes(SEGMENTS_RECORDED.max_message_bytes), list)
        await outbox.send("b", "camera", bytes(10), lambda: arrived.append("b"))
        await outbox.drain()
    assert arrived == ["b"]


async def test_a_broker_that_is_not_there_is_one_error_within_seconds(make_video: MakeVideo, run: Settings) -> None:
    video = make_video(run.home / "a.mp4", seconds=1)
    nowhere = run.model_copy(update={"kafka": f"127.0.0.1:{free_ports(1)[0]}"})
    begin_s = time.monotonic()
    with pytest.raises(InfrastructureError, match=r"127\.0\.0\.1.*broker start"):
        await replay([video], ReplayOptions(), nowhere)
    assert time.monotonic() - begin_s < 20


@pytest.mark.slow
async def test_a_broker_that_dies_is_one_error_and_the_record_is_right(
    make_video: MakeVideo, tmp_path: Path, run: Settings
) -> None:
    for n in range(3):
        make_video(tmp_path / "drive" / f"{n}.mp4", seconds=20, seed=n)
    wanted = sum(len(list(cut(path))) for path in (tmp_path / "drive").iterdir())
    own = await asyncio.to_thread(Cluster.start, tmp_path / "own", nodes=1)
    try:
        there = run.model_copy(update={"kafka": own.bootstrap, "retry_budget_s": 3.0})
        await prepare(there)

        def kill(progress: ReplayProgress, line: str) -> None:
            if progress.segments == 6:
                own.kill()

        options = ReplayOptions(archive="died", cameras=3)
        with pytest.raises(InfrastructureError, match="same command goes on"):
            await asyncio.wait_for(replay([tmp_path / "drive"], options, there, kill), 60)
        await asyncio.to_thread(own.start_node, 1)
        await asyncio.to_thread(own.wait_until_ready)
        summary = await asyncio.wait_for(replay([tmp_path / "drive"], options, there), 60)
        assert summary.exit_code == 0
        assert len({one.facts.segment_id for _, _, one in await read(there, "died")}) == wanted
    finally:
        await asyncio.to_thread(own.stop)


async def test_a_missing_topic_says_what_to_run(make_video: MakeVideo, tmp_path: Path, run: Settings) -> None:
    own = await asyncio.to_thread(Cluster.start, tmp_path / "own", nodes=1)
    try:
        video = make_video(tmp_path / "a.mp4", seconds=1)
        with pytest.raises(PreflightError, match="topics create"):
            await replay([video], ReplayOptions(), run.model_copy(update={"kafka": own.bootstrap}))
    finally:
        await asyncio.to_thread(own.stop)


async def test_without_videos_no_broker_is_asked(tmp_path: Path) -> None:
    nowhere = Settings(kafka="127.0.0.1:1", home=tmp_path)
    summary = await replay([tmp_path, tmp_path / "missing"], ReplayOptions(), nowhere)
    assert (summary.exit_code, summary.files) == (2, 0)
    assert [one.why for one in summary.skipped] == ["there is no such file or folder"]
