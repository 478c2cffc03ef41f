"""What goes in: real dash-cam videos where they lie beside the repository, else clips rendered by the tests' feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from app.intake.clip import Clip
from app.intake.segment import record_of
from app.intake.start import StartTime
from app.media.cut import cut
from app.settings import settings
from models.manifest import known_networks, network_named
from schemas.records import SegmentRecorded

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
EPOCH_US = 1_750_000_000_000_000
RENDERED_CLIPS, RENDERED_S = 6, 20


@dataclass(frozen=True, slots=True)
class Footage:
    """Segments of one camera, and the network that looks at them."""

    files: tuple[Path, ...]
    segments: tuple[SegmentRecorded, ...]
    network: Mapping[str, str]
    """Settings that choose the network, as variables of the environment."""
    what: str

    @property
    def video_s(self) -> float:
        """Return seconds of video."""
        return sum(one.facts.duration_us for one in self.segments) / 1e6

    def of_camera(self, camera: str) -> list[SegmentRecorded]:
        """Return the same segments as another camera's."""
        return [
            replace(one, facts=replace(one.facts, camera_id=camera, segment_id=_id(camera, one.facts.segment_id)))
            for one in self.segments
        ]


def _id(camera: str, segment_id: str) -> str:
    return blake2b(f"{camera}/{segment_id}".encode(), digest_size=16).hexdigest()


def footage(folder: Path) -> Footage:
    """Return what there is on this machine; rendered files and the stand-in network are written into the folder."""
    videos = sorted((SHARED / "videos").glob("*.mp4"))
    if videos:
        what = f"{len(videos)} dash-cam videos"
    else:
        feed: Any = import_module("tests.e2e.feed")
        videos = [feed.render(folder / f"clip-{n}.mp4", n, RENDERED_S) for n in range(RENDERED_CLIPS)]
        what = f"{RENDERED_CLIPS} rendered clips"
    network, name = _network(folder)
    records = tuple(record for number, path in enumerate(videos) for record in _records(path, number))
    return Footage(tuple(videos), records, network, f"{what}, {name}")


def _records(path: Path, number: int) -> list[SegmentRecorded]:
    start = StartTime(EPOCH_US + number * 3_600_000_000, "info")
    clip = Clip(path, path.stem, f"{number:032x}", "camera", start, ())
    return [record_of(clip, one, "default", EPOCH_US) for one in cut(path)]


def _network(folder: Path) -> tuple[dict[str, str], str]:
    chosen = settings()
    if (SHARED / "models").is_dir():
        width_px, height_px = network_named(chosen.network, known_networks(chosen.network_manifest)).input.size_wh
        size = chosen.network_size or f"{width_px}x{height_px}"
        return {"ROADSIEVE_MODEL_MIRROR": str(SHARED / "models")}, f"{chosen.network} at {size}"
    standin: Any = import_module("tests.networks")
    manifest = standin.write_standin_mirror(folder / "networks")
    network = {
        "ROADSIEVE_NETWORK": standin.STANDIN, "ROADSIEVE_NETWORK_MANIFEST": str(manifest),
        "ROADSIEVE_MODEL_MIRROR": str(manifest.parent),
    }  # fmt: skip
    return network, "the stand-in network"
