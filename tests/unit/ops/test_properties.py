"""Laws of server.properties."""

from pathlib import Path

import pytest

from ops.broker.properties import MAX_MESSAGE_BYTES, NodePlan, server_properties


def parsed(plan: NodePlan) -> dict[str, str]:
    return dict(line.split("=", 1) for line in server_properties(plan).splitlines())


def plan_of(node_id: int = 1, nodes: int = 1, **overrides: str) -> NodePlan:
    controllers = {n: 9200 + n for n in range(1, nodes + 1)}
    replaced = {name.replace("_", "."): value for name, value in overrides.items()}
    return NodePlan(node_id, 9100 + node_id, Path("/data"), controllers, replaced)


@pytest.mark.parametrize(("nodes", "replicas", "in_sync"), [(1, 1, 1), (2, 2, 1), (3, 3, 2), (5, 3, 2)])
def test_three_nodes_can_lose_one_without_losing_a_record(nodes: int, replicas: int, in_sync: int) -> None:
    settings = parsed(plan_of(nodes=nodes))
    for prefix in ("offsets.topic", "transaction.state.log"):
        assert settings[f"{prefix}.replication.factor"] == str(replicas)
    assert settings["transaction.state.log.min.isr"] == settings["min.insync.replicas"] == str(in_sync)


def test_every_node_names_the_same_voters_and_its_own_ports() -> None:
    nodes = [parsed(plan_of(node_id=n, nodes=3)) for n in (1, 2, 3)]
    [voters] = {node["controller.quorum.voters"] for node in nodes}
    assert voters == "1@127.0.0.1:9201,2@127.0.0.1:9202,3@127.0.0.1:9203"
    assert [node["listeners"] for node in nodes] == [
        f"PLAINTEXT://127.0.0.1:{9100 + n},CONTROLLER://127.0.0.1:{9200 + n}" for n in (1, 2, 3)
    ]


def test_an_override_replaces_ours_and_joins_the_rest() -> None:
    settings = parsed(plan_of(log_segment_bytes="1048576", log_cleaner_backoff_ms="100"))
    assert settings["log.segment.bytes"] == "1048576"
    assert settings["log.cleaner.backoff.ms"] == "100"


def test_replicas_can_fetch_the_largest_record_and_one_request_can_carry_it() -> None:
    settings = parsed(plan_of())
    for name in ("message.max.bytes", "replica.fetch.max.bytes", "replica.fetch.response.max.bytes"):
        assert int(settings[name]) == MAX_MESSAGE_BYTES
    assert int(settings["socket.request.max.bytes"]) > MAX_MESSAGE_BYTES
    # Kafka refuses to start where the pool of waiting requests is smaller than one request may be.
    assert int(settings["queued.max.request.bytes"]) >= int(settings["socket.request.max.bytes"])
