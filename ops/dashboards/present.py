"""Brings what grafanalib writes to the form that current Grafana keeps: nothing that it would migrate at each load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SOURCE: Mapping[str, str] = {"type": "prometheus", "uid": "roadsieve-prometheus"}
"""The data source, by the uid that ops/grafana provisions."""

# Keys of Grafanas of long ago.
_OF_BOARD = {"__inputs", "gnetId", "hideControls", "rows", "sharedCrosshair", "style", "timepicker"}
_OF_PANEL = {"maxDataPoints", "links", "transformations", "transparent"}
_OF_TARGET = {"datasource", "instant", "format"}
_OF_VARIABLE = {"auto", "auto_count", "auto_min", "tagValuesQuery", "tagsQuery", "useTags", "current"}
_ONE_COLOUR = {"mode": "absolute", "steps": [{"color": "green", "value": None}]}


def present_board(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a board as current Grafana would store it."""
    board = {key: value for key, value in raw.items() if key not in _OF_BOARD}
    board["panels"] = [_panel(panel) for panel in raw["panels"]]
    board["templating"] = {"list": [_variable(variable) for variable in raw["templating"]["list"]]}
    return board


def _panel(raw: Mapping[str, Any]) -> dict[str, Any]:
    if raw["type"] == "row":
        return {key: raw[key] for key in ("collapsed", "gridPos", "id", "panels", "title", "type")}
    panel = {key: _without_nulls(value) for key, value in raw.items() if key not in _OF_PANEL}
    if raw["type"] == "bargauge":
        _mend_bars(panel)
    defaults = panel["fieldConfig"]["defaults"]
    panel["fieldConfig"] = {"defaults": {**defaults, "thresholds": _ONE_COLOUR}, "overrides": []}
    panel["datasource"] = dict(SOURCE)
    panel["targets"] = [_target(target) for target in raw["targets"]]
    return panel


def _mend_bars(panel: dict[str, Any]) -> None:
    """Move what Grafana 6 kept in fieldOptions to where it is since."""
    options = panel["options"]
    old = options.pop("fieldOptions")
    panel["fieldConfig"] = {"defaults": {"unit": old["defaults"]["unit"], "min": 0}}
    panel["options"] = {
        "displayMode": options["displayMode"],
        "orientation": options["orientation"],
        "reduceOptions": {"calcs": old["calcs"], "fields": "", "values": False},
        "showUnfilled": True,
        "valueMode": "color",
    }


def _target(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in raw.items() if key not in _OF_TARGET and value not in (None, "", False)}
    return {"datasource": dict(SOURCE), "editorMode": "code", "range": True} | kept


def _variable(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: _without_nulls(value) for key, value in raw.items() if key not in _OF_VARIABLE and value is not None}
    everything = {"current": {"selected": True, "text": "All", "value": "$__all"}} if raw["includeAll"] else {}
    query = {"query": raw["query"], "refId": "variable"}
    return kept | {"datasource": dict(SOURCE), "definition": raw["query"], "query": query} | everything


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value
