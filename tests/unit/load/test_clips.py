"""Laws of clips as files: intake and evaluation read them as they read BDD100K's, and a run repeats to the byte."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.errors import OperatorError, UnusableVideo
from app.evaluation.labels import Findings
from app.evaluation.scalabel import read_scalabel
from app.intake.info import parse_info
from app.intake.layout import discover
from app.intake.listing import list_files
from app.intake.survey import survey
from app.media.cut import cut
from app.media.decode import decode_sampled
from app.media.probe import probe
from app.media.sampling import Sampling
from app.place.sun import sun_elevation_deg, timeofday
from models.truth import read_truths
from ops.load import dirt
from ops.load.clips import ClipOrder, MadeClip, clip_name, make_clips
from ops.load.info import info_of
from ops.load.place import build
from ops.load.spec import SceneSpec, draw_spec
from ops.load.where import STARTS, whereabouts

pytestmark = pytest.mark.slow

SMALL = {"seconds": 3.0, "size_wh": (320, 192), "fps": Fraction(10)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[MadeClip]]:
    folder = tmp_path_factory.mktemp("scenes")
    return folder, list(make_clips(ClipOrder(folder, seed=3, **SMALL), 3))


def test_intake_finds_each_clip_with_its_info_and_camera(made: tuple[Path, list[MadeClip]]) -> None:
    folder, clips = made
    listing = list_files([folder / "videos"])
    recordings = discover(listing.files, listing.named)
    assert {recording.path.stem for recording in recordings} == {clip.name for clip in clips}
    for recording in recordings:
        clip = survey(recording, None, 2_000_000_000_000_000)
        assert clip.camera_id == f"ride-{recording.path.stem[:8]}"
        assert clip.start.source == "info"
        assert clip.notes == ()
        assert len(clip.positions) == 4
        assert all(position.course_deg is not None and position.speed_mps is not None for position in clip.positions)


def test_a_clip_cuts_and_decodes_to_what_was_rendered(made: tuple[Path, list[MadeClip]]) -> None:
    folder, clips = made
    for clip in clips:
        facts = probe(clip.video)
        assert facts.codec == "h264"
        segments = list(cut(clip.video))
        assert sum(segment.frame_count for segment in segments) == clip.frames == 30
        assert clip.label is not None
        assert (folder / f"images/100k/train/{clip.label['name']}").stat().st_size > 2_000
        frames = [json.loads(line) for line in (folder / f"truth/{clip.name}.jsonl").read_text().splitlines()]
        assert [frame["frameIndex"] for frame in frames] == list(range(30))
        assert frames[15]["labels"][:1] == [] or frames[15]["labels"][0]["box2d"] == clip.label["labels"][0]["box2d"]


def test_labels_parse_as_bdd100k_labels_do(made: tuple[Path, list[MadeClip]]) -> None:
    folder, clips = made
    file = folder / "labels/det_20/det_train.json"
    findings = Findings()
    labels = list(read_scalabel(file, findings))
    assert findings.counts == {}
    assert [label.name for label in labels] == [f"{clip.name}.jpg" for clip in clips]
    truths = read_truths(file, [f"{clip.name}.jpg" for clip in clips])
    assert [sum(map(len, truth.boxes.values())) for truth in truths] == [len(label.objects) for label in labels]
    assert not any(truth.ignored for truth in truths)
    lines = (folder / "truth/clips.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in lines] == [clip.name for clip in clips]


def test_a_run_repeats_to_the_byte(made: tuple[Path, list[MadeClip]], tmp_path: Path) -> None:
    folder, clips = made
    order = ClipOrder(tmp_path, seed=3, **SMALL)
    list(make_clips(order, 1))
    name = clips[0].name
    for file in (f"videos/100k/train/{name}.mov", f"info/100k/train/{name}.json", f"truth/{name}.jsonl"):
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes()


def made_with(folder: Path, fault: str) -> MadeClip:
    order = ClipOrder(folder, seed=3, dirt=tuple(dirt.rates_of([f"{fault}=1"]).items()), **SMALL)
    (clip,) = make_clips(order, 1)
    return clip


def test_a_rotated_clip_is_coded_upright_on_its_side_and_shows_the_same(
    made: tuple[Path, list[MadeClip]], tmp_path: Path
) -> None:
    _, (plain, *_) = made
    turned = made_with(tmp_path, "rotated")
    facts = probe(turned.video)
    assert (facts.width_px, facts.height_px, facts.rotation_deg) == (320, 192, 90)
    one, other = (decoded_first(clip.video) for clip in (plain, turned))
    assert one.shape == other.shape
    assert np.abs(one.astype(int) - other).mean() < 6


def decoded_first(video: Path) -> np.ndarray:
    segment = next(iter(cut(video)))
    sampled = decode_sampled(segment.video, Sampling(), lambda wh: [wh])
    return sampled.frames[0].views[0]


@pytest.mark.parametrize("fault", ["empty", "corrupt", "no-info", "unlabelled", "bad-course", "duplicate"])
def test_each_fault_is_the_one_that_was_asked_for(fault: str, tmp_path: Path) -> None:
    clip = made_with(tmp_path, fault)
    info = tmp_path / f"info/100k/train/{clip.name}.json"
    assert clip.facts["dirt"] == [fault]
    assert info.exists() == (fault != "no-info")
    assert (clip.label is None) == (fault == "unlabelled")
    videos = list((tmp_path / "videos/100k/train").iterdir())
    assert len(videos) == (2 if fault == "duplicate" else 1)
    assert len({video.read_bytes() for video in videos}) == 1
    if fault == "empty":
        with pytest.raises(UnusableVideo, match="empty"):
            probe(clip.video)
    if fault == "bad-course":
        parsed = parse_info(info.read_bytes())
        assert any(position.course_deg is None for position in parsed.positions)


@pytest.mark.parametrize("wanted", ["rotated", "rotated=2", "rotated=-0.1", "rotated=x", "rust=0.1", ""])
def test_a_fault_nobody_knows_is_refused_by_name(wanted: str) -> None:
    with pytest.raises(OperatorError, match=r"--dirt"):
        dirt.rates_of([wanted])


def test_faults_come_as_often_as_asked_and_one_rate_does_not_move_another() -> None:
    rng = np.random.default_rng
    drawn = [dirt.faults_of(rng(seed), dirt.rates_of(["usual", "empty=0.5"])) for seed in range(2_000)]
    plain = [dirt.faults_of(rng(seed), {"rotated": dirt.USUAL["rotated"]}) for seed in range(2_000)]
    assert sum("empty" in faults for faults in drawn) == pytest.approx(1_000, abs=90)
    assert [("rotated" in one) for one in drawn] == [("rotated" in one) for one in plain]


@pytest.mark.parametrize("time", ["daytime", "night", "dawn/dusk"])
def test_the_sun_stands_where_the_clip_says(time: str) -> None:
    for seed in range(4):
        spec = SceneSpec(seed, "snowy", "city street", time, ("car",))
        where = whereabouts(np.random.default_rng(seed), spec, 40.0)
        info = info_of(build(spec, 40.0), where, "ride", "name", 40.0)
        positions = parse_info(json.dumps(info).encode()).positions
        assert len(positions) == 41
        times = {timeofday(sun_elevation_deg(p, p.at_us, "info"), None) for p in positions}
        assert times == {time}
        assert where.start.snow


def test_every_scene_has_roads_also_for_snow() -> None:
    for seed in range(300):
        spec = draw_spec(seed)
        assert any(spec.scene in start.scenes and start.snow for start in STARTS)


def test_the_track_goes_where_the_courses_say() -> None:
    spec = SceneSpec(4, "clear", "highway", "daytime", ("car",))
    where = whereabouts(np.random.default_rng(4), spec, 20.0)
    rows = info_of(build(spec, 20.0), where, "ride", "name", 20.0)["locations"]
    for one, other in zip(rows[::5], rows[5::5], strict=False):
        north = (other["latitude"] - one["latitude"]) * 111_195
        east = (other["longitude"] - one["longitude"]) * 111_195 * np.cos(np.radians(one["latitude"]))
        course = np.degrees(np.arctan2(east, north)) % 360
        turned = (course - (one["course"] + other["course"]) / 2 + 180) % 360 - 180
        assert abs(turned) < 8 or abs(one["course"] - other["course"]) > 90
        seconds = (other["timestamp"] - one["timestamp"]) / 1_000
        assert np.hypot(north, east) / seconds == pytest.approx((one["speed"] + other["speed"]) / 2, rel=0.25, abs=1.5)


def test_names_differ_and_look_like_bdd100k_names() -> None:
    names = {clip_name(0, number) for number in range(500)}
    assert len(names) == 500
    assert all(len(name) == 17 and name[8] == "-" for name in names)
