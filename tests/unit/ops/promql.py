"""What boards and alerts ask Prometheus, and which metrics and labels stand in a PromQL expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import promql_parser as promql
import yaml

from app.telemetry import archives, cluster  # noqa: F401 - declares what `roadsieve watch` exports
from app.telemetry.declare import exported
from ops.dashboards.boards import FOLDER, read_boards

OPS = FOLDER.parents[1]
ALERT_FILES = sorted((OPS / "alerts").glob("*.yml"))
# What Prometheus adds to every series, and knows by itself.
OF_PROMETHEUS, SCRAPE_LABELS = {"up": set[str]()}, {"job", "instance"}
VARIABLES = {"$__rate_interval": "1m", "$archive": ".*", "$attribute": ".*"}

_INNER = ("expr", "lhs", "rhs", "param", "vector_selector", "args")
_NODES = (
    promql.AggregateExpr, promql.BinaryExpr, promql.Call, promql.MatrixSelector, promql.ParenExpr,
    promql.SubqueryExpr, promql.UnaryExpr, promql.VectorSelector,
)  # fmt: skip


def known() -> dict[str, set[str]]:
    """Return every metric that may be asked for, with its labels."""
    ours = {name: set(labels) for name, labels in exported().items()}
    return {name: labels | SCRAPE_LABELS for name, labels in (ours | OF_PROMETHEUS).items()}


def alerts() -> list[dict[str, Any]]:
    """Return every alerting rule."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in ALERT_FILES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (board, panel)."""
    for name, board in read_boards().items():
        for panel in board["panels"]:
            if panel["type"] != "row":
                yield name, panel


def filled(expr: str) -> str:
    """Return a question as Grafana would ask it, with everything chosen."""
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


def walk(node: Any) -> Iterator[Any]:
    """Yield every node of a parsed expression."""
    if isinstance(node, _NODES):
        yield node
        for name in _INNER:
            child = getattr(node, name, None)
            for one in child if isinstance(child, Sequence) else [child]:
                yield from walk(one)


def selectors(expr: str) -> list[promql.VectorSelector]:
    """Return the selectors of a question, wherever they stand."""
    return [one for one in walk(promql.parse(filled(expr))) if isinstance(one, promql.VectorSelector)]


def grouped_by(expr: str) -> set[str]:
    """Return the labels by which anything in a question is aggregated or matched."""
    found: set[str] = set()
    for one in walk(promql.parse(filled(expr))):
        modifier = getattr(one, "modifier", None)
        for part in (modifier, getattr(modifier, "matching", None)):
            found |= set(getattr(part, "labels", None) or ())
    return found


def unknown_in(expr: str) -> list[str]:
    """Return what a question names that no process exports: metrics, and labels that none of its metrics has."""
    asked, metrics = selectors(expr), known()
    strange = [one.name for one in asked if one.name not in metrics]
    labels = set().union(*(metrics.get(one.name, set()) for one in asked))
    for one in asked:
        strange += [
            f"{one.name}{{{m.name}}}" for m in one.matchers.matchers if m.name not in metrics.get(one.name, set())
        ]
    return strange + sorted(grouped_by(expr) - labels)
