"""What must exist, and how what exists differs: pure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tables import TABLES
from app.topics import TOPICS
from app.topology.difference import FoundTopic, differences
from app.topology.wanted import WantedTopic, wanted_topics

COUNTS = st.integers(1, 50)


def as_found(topic: WantedTopic) -> FoundTopic:
    return FoundTopic(topic.name, topic.partitions, topic.replication, {**topic.configs, "flush.ms": "9"})


@given(COUNTS, st.integers(1, 5))
def test_every_topic_and_changelog_is_wanted_once(partitions: int, replication: int) -> None:
    names = [topic.name for topic in wanted_topics(partitions, replication)]
    assert names == [*TOPICS, *(table.changelog for table in TABLES.values())]
    assert len(set(names)) == len(names)


@given(COUNTS)
def test_a_changelog_has_the_partitions_of_what_its_stage_reads(partitions: int) -> None:
    wanted = {topic.name: topic for topic in wanted_topics(partitions, 1)}
    for stage, table in TABLES.items():
        (source,) = [topic.name for topic in TOPICS.values() if stage in topic.readers]
        assert wanted[table.changelog].partitions == wanted[source].partitions
        assert wanted[table.changelog].configs["cleanup.policy"] == "compact"


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2")])
def test_one_replica_may_be_down(replication: int, in_sync: str) -> None:
    assert {t.configs["min.insync.replicas"] for t in wanted_topics(4, replication)} == {in_sync}


def test_what_was_created_as_wanted_does_not_differ() -> None:
    wanted = wanted_topics(4, 3)
    assert differences(wanted, {topic.name: as_found(topic) for topic in wanted}) == []


def test_everything_differs_on_an_empty_broker_and_create_mends_all_of_it() -> None:
    wanted = wanted_topics(4, 1)
    found = differences(wanted, {})
    assert [one.topic for one in found] == [topic.name for topic in wanted]
    assert all(one.create_mends for one in found)


@pytest.mark.parametrize(
    ("change", "what", "create_mends"),
    [
        ({"partitions": 3}, "partitions", False),
        ({"partitions": 8}, "partitions", False),
        ({"replication": 1}, "replicas", False),
        ({"configs": {}}, "cleanup.policy", True),
    ],
)
def test_a_difference_is_named_with_its_remedy(change: dict[str, object], what: str, create_mends: bool) -> None:
    wanted = wanted_topics(4, 2)
    found = {topic.name: as_found(topic) for topic in wanted}
    name = wanted[0].name
    found[name] = replace(found[name], **change)
    differing = differences(wanted, found)
    assert {one.topic for one in differing} == {name}
    first = next(one for one in differing if one.what == what)
    assert first.create_mends is create_mends and first.remedy


def test_more_replicas_than_wanted_are_fine() -> None:
    wanted = wanted_topics(4, 1)
    found = {topic.name: replace(as_found(topic), replication=3) for topic in wanted}
    assert differences(wanted, found) == []
