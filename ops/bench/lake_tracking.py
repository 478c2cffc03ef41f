"""What the tracker's decisions cost a result: CPU time, and against reading its JSON; for watch lists of some sizes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from app.errors import UnusableResult
from app.lake.reading import Result, read_result
from app.lake.readings import Readings
from app.lake.sightings import sighting_rows
from app.lake.tracking import WATCH, Tracking
from app.settings import settings
from app.wire import codec_of
from ops.bench.arithmetic import Spread, spread
from ops.load.plate_dirt import USUAL
from ops.load.plates import PlateMaker, PlateOrder
from schemas.records import PlateReading, PlatesRead, TrackerRow, WatchedPlate

RESULTS, WINDOW_RESULTS, SOURCES, DAYS = 12_000, 4000, 50, 0.34
"""As many results an hour as the earlier system's size makes in 7.5 days."""
LISTED = (0, 100, 10_000)
START_US = 1_735_689_600_000_000  # 2025-01-01

Window = dict[str, list[PlateReading]]


class StateRows(dict[str, TrackerRow]):
    """A state table in memory."""

    def put(self, key: str, row: TrackerRow) -> None:
        """Set a row."""
        self[key] = row

    def delete(self, key: str) -> None:
        """Remove a row."""
        self.pop(key, None)


@dataclass(frozen=True, slots=True)
class TrackingCost:
    """What following the vehicles of results costs with a watch list of one size."""

    listed: int
    us_per_result: Spread
    ratio_to_reading: Spread
    sightings: int
    spotted: int


def measure_tracking(listed: Sequence[int] = LISTED, rounds: int = 5) -> list[TrackingCost]:
    """Measure each size of list on new results each time: a text that was compared before costs nothing."""
    orders = count(1)
    found = []
    for size in listed:
        costs, ratios = [], []
        sightings = spotted = 0
        for _ in range(rounds):
            lines = list(PlateMaker(PlateOrder(RESULTS, next(orders), SOURCES, START_US, DAYS, USUAL)).lines())
            started_s = time.process_time()
            results = list(_read(lines))
            reading_s = time.process_time() - started_s
            windows = [_window(results[begin : begin + WINDOW_RESULTS]) for begin in range(0, RESULTS, WINDOW_RESULTS)]
            started_s = time.process_time()
            ended, told = _follow(windows, size)
            tracking_s = time.process_time() - started_s
            costs.append(1e6 * tracking_s / len(results))
            ratios.append(tracking_s / reading_s)
            sightings, spotted = sightings + ended, spotted + told
        found.append(TrackingCost(size, spread(costs), spread(ratios), sightings, spotted))
    return found


def _read(lines: Sequence[bytes]) -> Iterator[Result]:
    for number, line in enumerate(lines):
        try:
            yield read_result(line, f"gate-{number % SOURCES}")
        except UnusableResult:
            continue


def _window(results: Sequence[Result]) -> Window:
    readings, window = Readings(), Window()
    for one in results:
        readings.add(one)
    for source_id, record in readings.records():
        window.setdefault(source_id, []).extend(codec_of(PlatesRead).decode(record.body).readings)
    return window


def _follow(windows: Sequence[Window], listed: int) -> tuple[int, int]:
    rows = StateRows()
    plates = tuple(WatchedPlate(f"Q{number:06d}", 2, "bench") for number in range(listed))
    rows.put(WATCH, TrackerRow(0, (), (), plates))
    sightings = spotted = 0
    for window in windows:
        tracking = Tracking(rows, round(settings().lake_track_gap_s * 1e6))
        tracking.take(window, None)
        sightings += len(sighting_rows((tracking.sources[one.track_id], one) for one in tracking.ended))
        spotted += len(tracking.spotted)
    return sightings, spotted


if __name__ == "__main__":
    for cost in measure_tracking():
        us, ratio = cost.us_per_result.text(), cost.ratio_to_reading.text(2)
        found = f"{cost.sightings:,} sightings, {cost.spotted:,} told"
        print(f"{cost.listed:6,} plates looked for: {us} µs a result, {ratio} of reading its JSON; {found}")
