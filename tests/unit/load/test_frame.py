"""Laws of a rendered frame: the same seed gives the same bytes, and truth is what one can see."""

from dataclasses import replace

import numpy as np
import pytest

from ops.load import place as places
from ops.load.frame import Renderer, render_frame
from ops.load.spec import CLASSES, EVEN, NOT_IN, SCENES, TIMES, WEATHERS, SceneSpec, draw_spec

SIZE = (480, 272)


def spec_of(seed: int, weather: str = "clear", scene: str = "city street", timeofday: str = "daytime") -> SceneSpec:
    cast = tuple(sorted(set(CLASSES) - NOT_IN.get(scene, frozenset())))
    return SceneSpec(seed, weather, scene, timeofday, cast)


@pytest.mark.slow
def test_the_same_moment_is_the_same_picture_whatever_was_asked_before() -> None:
    spec = spec_of(5, "rainy", timeofday="night")
    fresh = Renderer(places.build(spec, 40.0), SIZE).frame(12.0)
    used = Renderer(places.build(spec, 40.0), SIZE)
    for time_s in (3.0, 30.0, 11.9):
        used.frame(time_s)
    again = used.frame(12.0)
    assert np.array_equal(fresh[0], again[0])
    assert fresh[1] == again[1]


@pytest.mark.slow
def test_another_seed_is_another_picture_and_a_later_moment_too() -> None:
    one, _ = render_frame(spec_of(1), 5.0, SIZE)
    assert not np.array_equal(one, render_frame(spec_of(2), 5.0, SIZE)[0])
    assert not np.array_equal(one, render_frame(spec_of(1), 6.0, SIZE)[0])


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SCENES) * len(WEATHERS)))
def test_every_scene_shows_in_every_weather(number: int) -> None:
    """Each pair of scene and weather at one time of day; over all of them each pair with a time of day too."""
    scene, weather = divmod(number, len(WEATHERS))
    shows(WEATHERS[weather], SCENES[scene], TIMES[(scene + weather) % len(TIMES)])


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_shows_in_every_weather_and_at_every_time(scene: str) -> None:
    for weather in WEATHERS:
        for time in TIMES:
            shows(weather, scene, time)


def shows(weather: str, scene: str, time: str) -> None:
    picture, truth = render_frame(spec_of(9, weather, scene, time), 4.0, (160, 96))
    assert picture.shape == (96, 160, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 4
    assert (truth.weather, truth.scene, truth.timeofday) == (weather, scene, time)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_boxes_lie_inside_the_picture_and_are_of_the_ten_classes(seed: int) -> None:
    _, truth = render_frame(draw_spec(seed, EVEN), 1.7 * seed, SIZE)
    for box in truth.boxes:
        x1, y1, x2, y2 = box.xyxy
        assert 0 <= x1 < x2 <= SIZE[0]
        assert 0 <= y1 < y2 <= SIZE[1]
        assert box.label in CLASSES
        assert 0.3 <= box.seen_ratio <= 1
        assert (box.label == "traffic light") == (box.light in {"R", "Y", "G"})
    keys = [box.key for box in truth.boxes]
    assert len(set(keys)) == len(keys)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_without_a_thing_the_picture_differs_in_its_box_and_hardly_elsewhere(seed: int) -> None:
    spec = replace(draw_spec(seed + 40, EVEN), weather="overcast", timeofday="daytime")
    renderer = Renderer(places.build(spec, 40.0), (960, 540))
    with_all, _ = renderer.painted(8.0)
    _, truth = renderer.frame(8.0)
    assert truth.boxes
    for box in truth.boxes[:: 1 + len(truth.boxes) // 12]:
        without, _ = renderer.painted(8.0, without=box.key)
        changed = np.abs(with_all.pixels.astype(int) - without.pixels).max(axis=2) > 5
        x1, y1, x2, y2 = (round(v) for v in box.xyxy)
        here = (slice(max(0, y1 - 2), y2 + 2), slice(max(0, x1 - 2), x2 + 2))
        assert changed[here].sum() >= 0.2 * box.seen_ratio * (x2 - x1) * (y2 - y1), box
        rows, columns = np.nonzero(changed[here])
        assert np.ptp(columns) >= 0.5 * box.seen_ratio * (x2 - x1)
        assert np.ptp(rows) >= 0.5 * box.seen_ratio * (y2 - y1)
        above = changed.copy()
        above[here] = False
        above[y1 + (y2 - y1) // 2 :] = False  # below lies its shadow
        assert above.sum() <= 4 + 0.03 * changed[here].sum(), box


@pytest.mark.slow
def test_a_size_changes_how_sharp_a_picture_is_not_what_it_shows() -> None:
    spec = spec_of(21)
    _, small = render_frame(spec, 9.0, (640, 360))
    _, large = render_frame(spec, 9.0, (1280, 720))
    there = {box.key: box for box in large.boxes}
    found = [(box, there[box.key]) for box in small.boxes if box.key in there]
    assert len(found) > 0.8 * len(large.boxes) > 2
    for one, other in found:
        np.testing.assert_allclose(np.array(one.xyxy) * 2, other.xyxy, atol=2.5)


@pytest.mark.slow
def test_day_is_brighter_than_dusk_and_dusk_than_night() -> None:
    luma = {
        time: [render_frame(spec_of(seed, timeofday=time), 5.0, (160, 96))[0].mean() / 255 for seed in range(8)]
        for time in ("daytime", "dawn/dusk", "night")
    }
    assert np.mean(luma["daytime"]) > 0.34 > np.mean(luma["dawn/dusk"]) > 0.2 > np.mean(luma["night"])


def test_who_stands_at_a_red_light_sees_it_red() -> None:
    seen = set()
    for seed in range(30):
        place = places.build(spec_of(seed), 40.0)
        for stop in place.ride.stops:
            middle = (stop.begin_s + stop.end_s) / 2
            if stop.junction < 0 or not 0 < middle < 40:
                continue
            _, truth = Renderer(place, (640, 360)).frame(middle)
            assert truth.stationary
            mine = [box for box in truth.boxes if box.key.startswith(f"light {stop.junction} ")]
            assert {box.light for box in mine} <= {"R"}
            seen |= {box.light for box in mine}
        if seen:
            return
    pytest.fail("no ride stopped at a light that it saw")
