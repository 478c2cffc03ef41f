"""Laws of the flow: each topic has one writer and at least one reader, and the stages do as the table says."""

import ast
from pathlib import Path

import pytest

from agents import LAKE_STAGES
from agents import STAGES as VIDEO_STAGES
from app import topics
from app.tables import TABLES
from app.topics import TOPICS, Topic
from app.watch.positions import SOURCES
from tests.house.tree import ROOT, syntax_of

# Commands and parts that write or read topics beside the stages.
STAGES = (*VIDEO_STAGES, *LAKE_STAGES)
OTHERS = {"alpr", "engine", "lake", "letters", "policy", "replay", "stats", "watchlist"}
CONSTANTS = {name: value for name, value in vars(topics).items() if isinstance(value, Topic)}


def agent_file(stage: str) -> Path:
    path = Path("agents") / f"{stage}.py"
    if not (ROOT / path).exists():
        pytest.skip(f"the stage {stage} has no agent yet")
    return path


def topics_read(path: Path) -> set[str]:
    """Return the topics in whose name an agent is declared: `@app.agent(TOPIC, …)`."""
    return {
        CONSTANTS[node.args[0].id].name
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "agent"
        if node.args and isinstance(node.args[0], ast.Name)
    }


def topics_written(path: Path) -> set[str]:
    """Return the topics a stage sends to: `batch.send(TOPIC, …)`."""
    return {
        CONSTANTS[node.args[0].id].name
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "send"
        if node.args and isinstance(node.args[0], ast.Name) and node.args[0].id in CONSTANTS
    }


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_a_topic_has_one_writer_and_a_reader_that_exist(topic: Topic) -> None:
    known = OTHERS | set(STAGES)
    assert topic.writer in known
    assert topic.readers
    assert set(topic.readers) | set(topic.other_writers) <= known
    assert topic.writer not in topic.other_writers


def test_every_topic_constant_is_in_the_table_under_its_name() -> None:
    assert {topic.name: topic for topic in CONSTANTS.values()} == TOPICS


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_what_the_table_says(stage: str) -> None:
    assert topics_read(agent_file(stage)) == {name for name, topic in TOPICS.items() if stage in topic.readers}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_writes_what_the_table_says(stage: str) -> None:
    named = {name for name, topic in TOPICS.items() if stage == topic.writer}
    beside = {name for name, topic in TOPICS.items() if stage in topic.other_writers}
    written = topics_written(agent_file(stage))
    assert named <= written <= named | beside


def test_every_stage_has_one_table_and_every_table_a_stage() -> None:
    assert set(TABLES) == set(STAGES)


def test_stages_have_a_position_and_commands_that_read_a_topic_have_none() -> None:
    assert sorted(SOURCES) == sorted(STAGES)
