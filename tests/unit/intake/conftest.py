"""Small videos made here, and a broker with the topics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from app.settings import Settings
from app.stores.open import open_registry
from app.topology.admin import administer
from app.topology.plan import create
from ops.broker.cluster import Cluster

FPS = 10
MakeVideo = Callable[..., Path]


@pytest.fixture
def make_video() -> MakeVideo:
    """Return a function that writes a video of some seconds with a keyframe each second; the seed makes its content."""

    def make(path: Path, seconds: int = 4, seed: int = 0, created: str = "") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed)
        options = {"movflags": "use_metadata_tags"}
        with av.open(str(path), "w", format="mp4", options=options) as container:
            if created:
                container.metadata["creation_time"] = created
            stream = container.add_stream("libx264", rate=FPS, options={"g": str(FPS), "sc_threshold": "0"})
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for _ in range(seconds * FPS):
                picture = noise.integers(0, 255, (48, 64, 3), dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        return path

    return make


async def prepare(settings: Settings) -> None:
    """Create every topic and register every schema."""
    async with administer(settings) as admin, open_registry(settings) as registry:
        await create(admin, registry, settings)


@pytest.fixture(scope="session")
def intake_broker(broker: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give settings that point at a broker with every topic and a ledger with every schema."""
    settings = Settings(kafka=broker.bootstrap, home=tmp_path_factory.mktemp("intake"))

    asyncio.run(prepare(settings))
    return settings
