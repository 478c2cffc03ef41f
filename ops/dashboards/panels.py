"""One panel: a question in its title, what it asks Prometheus, the unit of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafanalib.core import BarGauge, GridPos, Panel, Stat, Target, TimeSeries

Query = tuple[str, str]
"""PromQL, and the legend of its series."""

HEIGHT, STAT_HEIGHT = 8, 4
WIDTH = 24


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """A panel before it has its place; width is in columns of 24."""

    title: str
    kind: type[Panel]
    queries: Sequence[Query]
    unit: str
    says: str
    width: int
    height: int
    options: dict[str, Any]

    def placed(self, x: int, y: int) -> Panel:
        """Return the panel at its place."""
        targets = [
            Target(expr=expr, legendFormat=legend, refId=chr(ord("A") + place))
            for place, (expr, legend) in enumerate(self.queries)
        ]
        unit = {"format": self.unit} if self.kind is not TimeSeries else {"unit": self.unit}
        at = GridPos(h=self.height, w=self.width, x=x, y=y)
        return self.kind(title=self.title, description=self.says, targets=targets, gridPos=at, **unit, **self.options)


def lines(title: str, says: str, unit: str, *queries: Query, width: int = 8) -> PanelPlan:
    """Plan a panel of lines over time."""
    options = {"lineWidth": 2, "fillOpacity": 5, "tooltipMode": "multi", "tooltipSort": "desc", "showPoints": "never"}
    return PanelPlan(title, TimeSeries, queries, unit, says, width, HEIGHT, options)


def number(title: str, says: str, unit: str, *queries: Query, width: int = 4, decimals: int | None = None) -> PanelPlan:
    """Plan a panel of large numbers: what is true now."""
    options = {"graphMode": "area", "reduceCalc": "lastNotNull", "decimals": decimals, "textMode": "auto"}
    return PanelPlan(title, Stat, queries, unit, says, width, STAT_HEIGHT, options)


def bars(title: str, says: str, unit: str, *queries: Query, width: int = 12) -> PanelPlan:
    """Plan a panel of bars, one per series: what is true now, side by side."""
    options = {"displayMode": "basic", "orientation": "horizontal", "calc": "lastNotNull"}
    return PanelPlan(title, BarGauge, queries, unit, says, width, HEIGHT, options)


def quantiles(title: str, says: str, metric: str, by: str, where: str = "", *, width: int = 8) -> PanelPlan:
    """Plan a panel of the median and the 95th percentile of a histogram in seconds, by some labels."""
    legend = " ".join("{{" + label.strip() + "}}" for label in by.split(","))
    queries = [
        (
            f"histogram_quantile({ratio}, sum by ({by}, le) (rate({metric}_bucket{where}[$__rate_interval])))",
            f"{legend} {name}",
        )
        for ratio, name in ((0.5, "p50"), (0.95, "p95"))
    ]
    return lines(title, says, "s", *queries, width=width)
