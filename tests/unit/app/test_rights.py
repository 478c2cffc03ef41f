"""Laws of rights: what the tables say and the stages declare, no more; and the file that people read is that."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents import LAKE_STAGES, STAGES
from app.cli import root
from app.engine.granted import needs
from app.rights import ROLES, Right, rights_of, user_of
from app.tables import TABLES
from app.topics import TOPICS

EVERY = (*STAGES, *LAKE_STAGES)
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("stage", EVERY)
def test_a_stage_has_the_rights_that_its_declaration_needs_and_no_others(stage: str) -> None:
    [agent] = import_module(f"agents.{stage}").app.stage_agents
    by_table = {right for right in rights_of(stage) if right.kind != "transactional_id"}
    assert by_table == set(needs(agent.stage))
    [prefix] = {right.name for right in rights_of(stage) if right.kind == "transactional_id"}
    assert agent.stage.transactional_id(0) == f"{prefix}0"


def test_no_two_stages_share_a_right_to_write_but_those_of_dead_letters() -> None:
    writers: dict[str, list[str]] = {}
    for stage in EVERY:
        for right in rights_of(stage):
            if right.operation == "WRITE" and right.kind == "topic":
                writers.setdefault(right.name, []).append(stage)
    shared = {name: stages for name, stages in writers.items() if len(stages) > 1}
    # Curator and tracker end their windows by markers in their own input, which the stage before them writes.
    own_input = {"segments.extracted": ["extractor", "curator"], "plates.read": ["scribe", "tracker"]}
    # Both write files of the lake, each of tables of its own.
    assert shared == {"dead.letters": list(EVERY), "lake.files": ["scribe", "tracker"], **own_input}


def test_only_the_role_that_keeps_topics_may_create_or_change_them() -> None:
    for role in ROLES:
        changes = {right.operation for right in rights_of(role)} & {"CREATE", "ALTER_CONFIGS"}
        assert bool(changes) == (role == "topics")


def test_every_name_is_one_of_ours() -> None:
    topics = {*TOPICS, *(table.changelog for table in TABLES.values())}
    for role in ROLES:
        rights = rights_of(role)
        assert len(rights) == len(set(rights)) > 0
        assert {right.name for right in rights if right.kind == "topic"} <= topics
        assert all(right.name.startswith("roadsieve.") for right in rights if right.kind != "topic")


def test_a_right_reads_as_a_sentence() -> None:
    assert str(Right("topic", "segments.stored", "WRITE")) == "WRITE topic segments.stored"
    assert str(Right("transactional_id", "a-", "WRITE", prefixed=True)) == "WRITE transactional id a-*"
    assert user_of("porter") == "roadsieve.porter"


def test_the_file_of_rights_is_the_one_that_the_tables_give() -> None:
    written = CliRunner().invoke(root, ["acls", "list", "--toml"])
    assert written.output == (ROOT / "ops" / "acls" / "rights.toml").read_text(), (
        "run `roadsieve acls list --toml > ops/acls/rights.toml` and look at what changed"
    )
