"""What the demo plays when nobody gives it videos: rendered scenes, looked at by the network that ships."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pathlib import Path

from app.settings import Settings, settings

OWN_NETWORK = "roadsieve_small"
OWN_EYES = ("NETWORK", "NETWORK_SCENE", "NETWORK_WEATHER")
SCENES = "demo-scenes-2"  # in the cache; counts up when the renderer shows other things
CLIPS, SECONDS, SIZE_WH, FPS, SEED = 32, 4.0, (640, 360), 15, 7


def see_with_our_own() -> None:
    """Let the network that ships find objects, scene and weather, unless the environment names another.

    It was trained on such scenes. Its embedding tells clips apart, not pictures; near-duplicates are the hash's.
    """
    for role in OWN_EYES:
        os.environ.setdefault(f"ROADSIEVE_{role}", OWN_NETWORK)
    settings.cache_clear()


def scenes(current: Settings, wait: Callable[[str], None]) -> Path:
    """Return the folder of the demo's scenes; they are rendered once per user, half a minute on two cores."""
    folder = current.path_of_cache() / SCENES
    finished = folder / "finished"
    if not finished.exists():
        clips = import_module("ops.load.clips")
        order = clips.ClipOrder(folder, SEED, SECONDS, SIZE_WH, Fraction(FPS))
        wait(f"rendering {CLIPS} scenes, once")
        for number, _ in enumerate(clips.make_clips(order, CLIPS), start=1):
            wait(f"rendering scenes, once: {number} of {CLIPS}")
        finished.touch()
    return folder / "videos"
