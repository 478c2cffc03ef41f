"""A sky shows the weather that it is named after, wherever one looks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ops.load.camera import look
from ops.load.light import light_of
from ops.load.sky import Sky

SIZE_WH = (320, 180)
HORIZON_PX = 90.0
#: What roofs and trees leave to see, above the far land, which is drawn anew with each sky.
SKY_ROWS = slice(20, 75)
HEADINGS = [math.radians(degrees) for degrees in range(0, 360, 30)]


def views(light, seed):
    """Paint what twelve frames would show of a sky."""
    camera = look(np.zeros(3), 0.0, 0.0, 0.0, 220.0, SIZE_WH)
    sky = Sky(np.random.default_rng(seed), light, camera.focal_px, town=0.0)
    for yaw_rad in HEADINGS:
        canvas = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
        sky.paint(canvas, camera, yaw_rad, HORIZON_PX)
        yield canvas[SKY_ROWS].astype(np.int16)


@pytest.mark.parametrize("seed", range(8))
def test_no_view_of_a_partly_cloudy_sky_is_without_clouds_or_without_sky(seed):
    light = light_of(np.random.default_rng(seed), "partly cloudy", "daytime", "highway")
    bare = replace(light, cloud_ratio=0.0)
    for clouded, clear in zip(views(light, seed), views(bare, seed), strict=True):
        covered_ratio = np.mean(np.abs(clouded - clear).max(2) > 40)
        assert 0.15 < covered_ratio < 0.8
