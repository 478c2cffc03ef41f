"""The pictures of the report: what each chart shows, and in which colours the ways are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.evaluation.chart import Line, bars, cell_map, lines
from app.evaluation.metrics import Cells, Result, Spread
from app.evaluation.trial import KEEP_ALL, OFFLINE, OURS, Trial

COLOURS: Mapping[str, str] = {
    OURS: "#0b7a4b",
    OFFLINE: "#1c2126",
    "similarity_threshold": "#3864b8",
    "inverse_frequency": "#c2571a",
    "count_change": "#a2368f",
    "reservoir": "#b08a00",
    "every_nth": "#2a9d9d",
    "random": "#8a929c",
    KEEP_ALL: "#c9ced5",
}
ATTRIBUTE_COLOURS = ("#0b7a4b", "#3864b8", "#c2571a", "#a2368f", "#b08a00", "#2a9d9d")


def distribution(spread: Spread) -> str:
    """Return the share of each value in what was seen, what was kept, and the target."""
    values = list(spread.seen)

    def ratios(counts: Mapping[str, int]) -> list[float]:
        total = sum(counts.values()) or 1
        return [counts[value] / total for value in values]

    target = [spread.target[value] for value in values]
    return bars(values, {"seen": ratios(spread.seen), "kept": ratios(spread.kept), "target": target})


def entropy_over_time(trial: Trial, name: str) -> str:
    """Return the entropy of what each way had kept, over the frames seen; of ways that decide in the stream."""
    drawn = []
    for way in _ways(trial, without=(OFFLINE, KEEP_ALL)):
        found = trial.results[way][0].entropy_over_time[name]
        points = [(trial.frames * (number + 1) / len(found), value) for number, value in enumerate(found)]
        drawn.append(_line(way, points))
    return lines(drawn, "frames seen")


def entropy_by_budget(by_budget: Mapping[float, Trial], name: str) -> str:
    """Return the entropy that each way reaches, over the budget, and the supply limit."""
    limit = [(100 * share, trial.limits[name]) for share, trial in by_budget.items()]
    drawn = _by_budget(by_budget, lambda one: one.spread[name].entropy_ratio)
    return lines(
        [*drawn, Line("supply limit", limit, "#1c2126", dashes="1 4")], "budget, %", _percent(by_budget), "2.5"
    )


def recall(by_budget: Mapping[float, Trial], value: str) -> str:
    """Return the share of a value's frames that each way keeps, over the budget."""
    return lines(_by_budget(by_budget, lambda one: one.recall.get(value, 0.0)), "budget, %", _percent(by_budget), "2.5")


def by_way(trial: Trial, of: Callable[[Result], float]) -> str:
    """Return one number of each way as bars."""
    ways = _ways(trial, without=(KEEP_ALL,))
    return bars(ways, {"": [float(of(trial.results[way][0])) for way in ways]}, [COLOURS[way] for way in ways])


def coverage(cells: Cells) -> str:
    """Return the map of combinations: the first attribute down, the others across."""
    split = {value: (value.split(" | ")[0], " · ".join(value.split(" | ")[1:])) for value in cells.counts}
    rows, columns = (_most_seen_first([pair[axis] for pair in split.values()]) for axis in (0, 1))
    return cell_map(rows, columns, {split[value]: counts for value, counts in cells.counts.items()})


def front(found: Mapping[float, Result]) -> str:
    """Return the entropy of each attribute over the distinct clips, a point for each clip weight."""
    drawn = []
    for number, name in enumerate(next(iter(found.values())).spread):
        points = sorted((float(one.distinct_clips), one.spread[name].entropy_ratio) for one in found.values())
        drawn.append(Line(name, points, ATTRIBUTE_COLOURS[number % len(ATTRIBUTE_COLOURS)]))
    return lines(drawn, "distinct clips", dots="3")


def _ways(trial: Trial, without: tuple[str, ...]) -> list[str]:
    return [way for way in COLOURS if way in trial.results and way not in without]


def _line(way: str, points: list[tuple[float, float]]) -> Line:
    return Line(way, points, COLOURS[way], 3 if way == OURS else 1.5, "5 4" if way == OFFLINE else "")


def _by_budget(by_budget: Mapping[float, Trial], of: Callable[[Result], float]) -> list[Line]:
    ways = _ways(next(iter(by_budget.values())), without=(KEEP_ALL,))
    return [
        _line(way, [(100 * share, of(trial.results[way][0])) for share, trial in by_budget.items()]) for way in ways
    ]


def _percent(by_budget: Mapping[float, Trial]) -> list[float]:
    return [100 * share for share in by_budget]


def _most_seen_first(values: list[str]) -> list[str]:
    return sorted(set(values), key=lambda value: (-values.count(value), value))
