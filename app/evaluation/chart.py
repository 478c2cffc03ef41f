"""Charts as inline SVG: lines, grouped bars, points; no script, no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH_PX, HEIGHT_PX = 560, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 150, 14, 40
_COLOURS = ("#0b7a4b", "#7a7f87", "#c2571a", "#3864b8", "#a2368f", "#b08a00", "#5b4bb5", "#2a9d9d", "#444444")

Points = Sequence[tuple[float, float]]


def lines(series: Mapping[str, Points], x_title: str, y_title: str, dots: bool = True) -> str:
    """Return a chart of lines over a common x axis; the first series is drawn thick. Empty series are left out."""
    drawn = {name: points for name, points in series.items() if points}
    if not drawn:
        return "<p>Nothing to show.</p>"
    xs = [x for points in drawn.values() for x, _ in points]
    ys = [y for points in drawn.values() for _, y in points]
    low_x, high_x = min(xs), max(xs)
    low_y, high_y = _rounded(min(ys), max(ys))
    parts = [_axes(x_title, y_title, (low_x, high_x), (low_y, high_y))]
    for number, (name, points) in enumerate(drawn.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        placed = [
            (_scale(x, low_x, high_x, _LEFT, WIDTH_PX - _RIGHT), _scale(y, low_y, high_y, HEIGHT_PX - _BOTTOM, _TOP))
            for x, y in points
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        thick = 3 if number == 0 else 1.5
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{thick}"/>')
        if dots:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        parts.append(_legend(number, name, colour))
    return _svg(parts)


def bars(groups: Sequence[str], series: Mapping[str, Sequence[float]], y_title: str) -> str:
    """Return a chart of grouped bars from zero, a group for each value; numbers as ratios of one."""
    top = max((value for values in series.values() for value in values), default=0.0) or 1.0
    parts = [_axes("", y_title, None, (0.0, top))]
    span = (WIDTH_PX - _LEFT - _RIGHT) / max(len(groups), 1)
    wide = span * 0.8 / max(len(series), 1)
    for number, (name, values) in enumerate(series.items()):
        colour = _COLOURS[(1, 0, 3)[number % 3]]
        for place, value in enumerate(values):
            x = _LEFT + span * (place + 0.1) + wide * number
            y = _scale(value, 0.0, top, HEIGHT_PX - _BOTTOM, _TOP)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{HEIGHT_PX - _BOTTOM - y:.1f}" '
                f'fill="{colour}"><title>{escape(groups[place])}, {escape(name)}: {value:.4g}</title></rect>'
            )
        parts.append(_legend(number, name, colour))
    for place, group in enumerate(groups):
        x = _LEFT + span * (place + 0.5)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT_PX - _BOTTOM + 12}" text-anchor="end" '
            f'transform="rotate(-28 {x:.1f} {HEIGHT_PX - _BOTTOM + 12})">{escape(group)}</text>'
        )
    return _svg(parts)


def _svg(parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH_PX} {HEIGHT_PX + 30}" role="img">' + "".join(parts) + "</svg>"


def _axes(x_title: str, y_title: str, x_range: tuple[float, float] | None, y_range: tuple[float, float]) -> str:
    bottom, right = HEIGHT_PX - _BOTTOM, WIDTH_PX - _RIGHT
    parts = [f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#999"/>']
    for step in range(5):
        value = y_range[0] + (y_range[1] - y_range[0]) * step / 4
        y = _scale(value, *y_range, bottom, _TOP)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#eee"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{value:.3g}</text>')
    if x_range is not None:
        for step in range(5):
            value = x_range[0] + (x_range[1] - x_range[0]) * step / 4
            x = _scale(value, *x_range, _LEFT, right)
            parts.append(f'<text x="{x:.1f}" y="{bottom + 13}" text-anchor="middle">{value:.4g}</text>')
    parts.append(f'<text x="{right}" y="{bottom + 28}" text-anchor="end">{escape(x_title)}</text>')
    parts.append(f'<text x="{_LEFT + 4}" y="{_TOP - 3}">{escape(y_title)}</text>')
    return "".join(parts)


def _legend(number: int, name: str, colour: str) -> str:
    x, y = WIDTH_PX - _RIGHT + 12, _TOP + 10 + number * 16
    square = f'<rect x="{x}" y="{y - 8}" width="10" height="10" fill="{colour}"/>'
    return f'{square}<text x="{x + 15}" y="{y}">{escape(name)}</text>'


def _scale(value: float, low: float, high: float, start_px: float, end_px: float) -> float:
    return start_px + (end_px - start_px) * ((value - low) / (high - low) if high > low else 0.5)


def _rounded(low: float, high: float) -> tuple[float, float]:
    margin = (high - low or abs(high) or 1.0) * 0.05
    return max(0.0, low - margin) if low >= 0 else low - margin, high + margin
