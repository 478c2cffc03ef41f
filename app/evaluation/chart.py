"""Charts as inline SVG: lines, grouped bars, a map of cells; no script, no other file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH_PX, HEIGHT_PX = 560, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 148, 22, 36
_CELL_PX, _LABEL_PX, _HEAD_PX = 26, 96, 134

INK, PALE = "#59616b", "#e7eaee"
BARS = ("#aab2bd", "#0b7a4b", "#3864b8")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: (x, y) in the order of x."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    width_px: float = 1.5
    dashes: str = ""


def lines(drawn: Sequence[Line], x_title: str, x_ticks: Sequence[float] = (), dots: str = "") -> str:
    """Return a chart of lines over a common x axis, the first on top; `dots` is the radius of their points in px."""
    some = [one for one in drawn if one.points]
    if not some:
        return "<p>Nothing to show.</p>"
    xs, ys = ([point[axis] for one in some for point in one.points] for axis in (0, 1))
    x_marks, y_marks = x_ticks or ticks(min(xs), max(xs)), ticks(min(ys), max(ys))
    x_range = (min(*xs, *x_marks), max(*xs, *x_marks))
    y_range = (min(*ys, *y_marks), max(*ys, *y_marks))
    parts = [_y_axis(y_marks, y_range), _x_axis(x_marks, x_range, x_title)]
    for one in reversed(some):
        places = [(_across(x, x_range), _up(y, y_range)) for x, y in one.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dashes = f' stroke-dasharray="{one.dashes}"' if one.dashes else ""
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{one.colour}" stroke-width="{one.width_px}" '
            f'stroke-linejoin="round"{dashes}/>'
        )
        if dots:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{dots}" fill="{one.colour}"/>' for x, y in places]
    parts += [_legend(place, one.name, one.colour) for place, one in enumerate(some)]
    return _svg(parts, WIDTH_PX, HEIGHT_PX)


def bars(groups: Sequence[str], series: Mapping[str, Sequence[float]], colours: Sequence[str] = BARS) -> str:
    """Return a chart of grouped bars from zero. One series: a colour for each bar, else one for each series."""
    y_marks = ticks(0.0, max((value for values in series.values() for value in values), default=0.0) or 1.0)
    y_range, bottom = (0.0, y_marks[-1]), HEIGHT_PX - _BOTTOM
    parts = [_y_axis(y_marks, y_range)]
    span = (WIDTH_PX - _LEFT - _RIGHT) / max(len(groups), 1)
    wide = span * 0.8 / max(len(series), 1)
    for number, (name, values) in enumerate(series.items()):
        for place, value in enumerate(values):
            colour = colours[number if len(series) > 1 else place]
            x, y = _LEFT + span * (place + 0.1) + wide * number, _up(value, y_range)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{bottom - y:.1f}" fill="{colour}">'
                f"<title>{escape(groups[place])}, {escape(name)}: {value:.4g}</title></rect>"
            )
        if len(series) > 1:
            parts.append(_legend(number, name, colours[number]))
    for place, group in enumerate(groups):
        x = _LEFT + span * (place + 0.5)
        turn = f'text-anchor="end" transform="rotate(-28 {x:.1f} {bottom + 12})"'
        parts.append(f'<text x="{x:.1f}" y="{bottom + 12}" {turn}>{escape(group)}</text>')
    return _svg(parts, WIDTH_PX, HEIGHT_PX + 44)


def cell_map(rows: Sequence[str], columns: Sequence[str], cells: Mapping[tuple[str, str], tuple[int, int]]) -> str:
    """Return a map of combinations, (row, column) -> (seen, kept): how many were kept, empty where none was seen.

    The darker, the more were kept; a combination that was seen and is not in the archive has a red border.
    """
    most = max((kept for _, kept in cells.values()), default=0)
    parts = [
        f'<text x="{_LABEL_PX - 6}" y="{_HEAD_PX + (place + 0.68) * _CELL_PX:.1f}" '
        f'text-anchor="end">{escape(row)}</text>'
        for place, row in enumerate(rows)
    ]
    for place, column in enumerate(columns):
        x, y = _LABEL_PX + (place + 0.6) * _CELL_PX, _HEAD_PX - 6
        parts.append(f'<text x="{x:.1f}" y="{y}" transform="rotate(-55 {x:.1f} {y})">{escape(column)}</text>')
    for (row, column), (seen, kept) in cells.items():
        x, y = _LABEL_PX + columns.index(column) * _CELL_PX + 1, _HEAD_PX + rows.index(row) * _CELL_PX + 1
        depth = math.log1p(kept) / math.log1p(most) if most else 0.0
        fill = f"rgba(11,122,75,{0.15 + 0.85 * depth:.2f})" if kept else "#fff"
        edge = ' stroke="#c2321a"' if not kept else ""
        ink = "#fff" if depth > 0.55 else "#1c2126"
        parts.append(
            f'<g><title>{escape(row)}, {escape(column)}: {kept} of {seen} kept</title><rect x="{x}" y="{y}" '
            f'width="{_CELL_PX - 2}" height="{_CELL_PX - 2}" rx="3" fill="{fill}"{edge}/><text x="{x + 12}" '
            f'y="{y + 16}" text-anchor="middle" style="fill:{ink}">{kept}</text></g>'
        )
    width = _LABEL_PX + len(columns) * _CELL_PX + 90
    return _svg(parts, width, _HEAD_PX + len(rows) * _CELL_PX + 4, fixed=f' style="width:{width}px"')


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers at equal distances that enclose `low` and `high`: steps of 1, 2 or 5 by powers of ten."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * one for one in (1, 2, 5, 10, 20) if span / (power * one) <= most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * number, 12) for number in range(first, max(last, first + 1) + 1)]


def _across(x: float, x_range: tuple[float, float]) -> float:
    return _scale(x, *x_range, _LEFT, WIDTH_PX - _RIGHT)


def _up(y: float, y_range: tuple[float, float]) -> float:
    return _scale(y, *y_range, HEIGHT_PX - _BOTTOM, _TOP)


def _scale(value: float, low: float, high: float, start_px: float, end_px: float) -> float:
    return start_px + (end_px - start_px) * ((value - low) / (high - low) if high > low else 0.5)


def _y_axis(marks: Sequence[float], y_range: tuple[float, float]) -> str:
    parts = []
    for value in marks:
        y = _up(value, y_range)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH_PX - _RIGHT}" stroke="{PALE}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    return "".join(parts)


def _x_axis(marks: Sequence[float], x_range: tuple[float, float], title: str) -> str:
    bottom, right = HEIGHT_PX - _BOTTOM, WIDTH_PX - _RIGHT
    parts = [f'<path d="M{_LEFT} {bottom}H{right}" stroke="{INK}"/>']
    for value in marks:
        x = _across(value, x_range)
        parts.append(f'<path d="M{x:.1f} {bottom}v4" stroke="{INK}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_number(value)}</text>')
    parts.append(f'<text x="{right}" y="{bottom + 32}" text-anchor="end">{escape(title)}</text>')
    return "".join(parts)


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:g}"


def _legend(place: int, name: str, colour: str) -> str:
    x, y = WIDTH_PX - _RIGHT + 14, _TOP + 8 + place * 17
    square = f'<rect x="{x}" y="{y - 9}" width="10" height="10" rx="2" fill="{colour}"/>'
    return f'{square}<text x="{x + 16}" y="{y}">{escape(name)}</text>'


def _svg(parts: Sequence[str], width_px: int, height_px: int, fixed: str = "") -> str:
    return f'<svg viewBox="0 0 {width_px} {height_px}" role="img"{fixed}>' + "".join(parts) + "</svg>"
