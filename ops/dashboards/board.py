"""A board of rows of panels, and the JSON of it: what grafanalib makes, in the form that current Grafana keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafanalib._gen import DashboardEncoder
from grafanalib.core import Dashboard, DashboardLink, GridPos, Panel, RowPanel, Template, Templating, Time

from ops.dashboards.panels import WIDTH, PanelPlan
from ops.dashboards.present import present_board

SCHEMA_VERSION = 39
"""Of the JSON of a dashboard; later Grafanas read it and migrate it themselves."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a board: the values that a label of a metric has."""

    name: str
    metric: str
    label: str
    all_at_once: str = ""
    """Regular expression for `All`; empty where one value must be chosen."""


@dataclass(frozen=True, slots=True)
class Board:
    """One board: rows of panels, each row under a title."""

    name: str
    title: str
    question: str
    rows: Sequence[tuple[str, Sequence[PanelPlan]]]
    variables: Sequence[Variable] = ()

    @property
    def uid(self) -> str:
        """Return the uid, the same in every Grafana."""
        return f"roadsieve-{self.name}"

    def as_json(self) -> str:
        """Return the board as Grafana reads it; the same text for the same board."""
        dashboard = Dashboard(
            title=self.title,
            description=self.question,
            uid=self.uid,
            tags=["roadsieve"],
            timezone="browser",
            refresh="30s",
            time=Time("now-3h", "now"),
            graphTooltip=1,
            schemaVersion=SCHEMA_VERSION,
            editable=False,
            links=[DashboardLink(title="roadsieve", tags=["roadsieve"], asDropdown=False, keepTime=True)],
            templating=Templating(list=[_template(variable) for variable in self.variables]),
            panels=list(_placed(self.rows)),
        ).auto_panel_ids()
        raw = json.loads(json.dumps(dashboard.to_json_data(), cls=DashboardEncoder))
        return json.dumps(present_board(raw), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _placed(rows: Sequence[tuple[str, Sequence[PanelPlan]]]) -> Iterator[Panel]:
    y = 0
    for title, plans in rows:
        yield RowPanel(title=title, gridPos=GridPos(h=1, w=WIDTH, x=0, y=y))
        y += 1
        x = height = 0
        for plan in plans:
            if x + plan.width > WIDTH:
                x, y, height = 0, y + height, 0
            yield plan.placed(x, y)
            x, height = x + plan.width, max(height, plan.height)
        y += height


def _template(variable: Variable) -> Template:
    return Template(
        name=variable.name,
        query=f"label_values({variable.metric}, {variable.label})",
        label=variable.name,
        dataSource="",
        type="query",
        refresh=2,
        sort=1,
        includeAll=bool(variable.all_at_once),
        allValue=variable.all_at_once or None,
        default="$__all" if variable.all_at_once else None,
    )
