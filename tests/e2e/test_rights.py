"""Every stage and command works as a user of its own with exactly its rights; what is another's is refused to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest
import stamina
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError, TransactionalIdAuthorizationFailed

from agents import LAKE_STAGES, STAGES
from app.engine.declare import Limits, Stage
from app.engine.granted import needs
from app.engine.preflight import preflight
from app.engine.retry import within_budget
from app.engine.transaction import KafkaTransactor
from app.errors import InfrastructureError, OperatorError, PreflightError
from app.intake.outcome import ReplayOptions
from app.intake.replay import replay
from app.kafka_access import client_options
from app.rights import ROLES, Operation, Right, rights_of, user_of
from app.settings import Settings
from app.stores.open import open_registry
from app.tables import ARCHIVES, TABLES
from app.topics import TOPICS
from app.topology.acls import Acls, Granted
from app.topology.admin import administer
from app.topology.group_rights import group_operations
from app.topology.plan import create
from app.watch.archives import archives_now
from app.watch.cluster import cluster_facts
from app.watch.follow import open_reader
from app.watch.letters import open_letters, settler
from app.watch.positions import positions
from app.wire.framing import open_wire
from tests.e2e.feed import Message, feed, render
from tests.e2e.pipeline import Pipeline, running
from tests.secured import Secured, start_secured

pytestmark = pytest.mark.broker
EVERY = (*STAGES, *LAKE_STAGES)
CHANGELOGS = [table.changelog for table in TABLES.values()]
#: What Kafka lets somebody do who has another right.
IMPLIED = {"READ": "DESCRIBE", "WRITE": "DESCRIBE", "ALTER_CONFIGS": "DESCRIBE_CONFIGS"}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Run a secured broker where every role has its rights, and nothing else is there."""
    started = start_secured(tmp_path_factory.mktemp("secured"))
    try:
        started.grant(ROLES)
        _wait_for_coordinators(started)
        yield started
    finally:
        started.cluster.kill()


async def operations_of_groups(chosen: Settings) -> dict[str, set[Operation]]:
    async with administer(chosen) as admin:
        return await group_operations(admin.client, [f"roadsieve.{stage}" for stage in EVERY])


@stamina.retry(on=InfrastructureError, attempts=None, timeout=60.0, wait_max=1.0)
def _wait_for_coordinators(secured: Secured) -> None:
    """Return once groups can be asked for: a young broker makes its offsets topic when it first is."""
    asyncio.run(operations_of_groups(secured.settings()))


@pytest.fixture
async def topics(secured: Secured, tmp_path: Path) -> None:
    """Have all topics there, made by the user that keeps them."""
    chosen = of_role(secured, "topics", tmp_path)
    async with administer(chosen) as admin, open_registry(chosen) as registry:
        assert not (await create(admin, registry, chosen)).left


@contextmanager
def without(secured: Secured, role: str, rights: list[Right]) -> Iterator[None]:
    """Take rights away, and give them back; the broker follows its log of ACLs within a moment."""
    acls, lost = Acls(secured.settings()), {Granted(user_of(role), right) for right in rights}
    for granted in lost:
        acls.revoke(granted)
    _wait_until(lambda: not lost & acls.found())
    try:
        yield
    finally:
        acls.grant(lost)
        _wait_until(lambda: lost <= acls.found())


def _wait_until(true: Callable[[], bool]) -> None:
    for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=30.0, wait_max=0.5):
        with attempt:
            assert true()


def of_role(secured: Secured, role: str, folder: Path) -> Settings:
    return secured.settings(user_of(role), home=folder, registry_path=folder / "schemas.json")


def stage_of(name: str) -> Stage:
    [agent] = import_module(f"agents.{name}").app.stage_agents
    return agent.stage


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_run_in_which_all_are_users_of_their_own_is_as_any_other(secured: Secured, tmp_path: Path) -> None:
    pipeline = Pipeline(
        tmp_path, secured.cluster.bootstrap, replication=1, session_s=10, extra=secured.environment(user_of("topics"))
    )
    wire = await pipeline.prepare()
    made = feed(tmp_path, wire, cameras=3, seconds=4)
    made.messages.append(Message(b"camera-000", b"no record at all"))
    workers = pipeline.workers([(stage,) for stage in STAGES], lambda stages: secured.environment(user_of(*stages)))
    home = pipeline.settings.model_copy(update={"home": tmp_path / "watch"})
    as_user = {
        role: home.model_copy(update=dict(secured.settings(user_of(role)).model_dump(include=ACCESS)))
        for role in ("replay", "letters", "policy", "stats", "watch")
    }
    async with running(workers):
        pipeline.settings = as_user["replay"]
        await pipeline.send(made, per_s=200)
        pipeline.settings = as_user["stats"]
        await pipeline.drained(workers, 240)
        async with open_reader(as_user["stats"]) as reader:
            assert {position.lag for position in await positions(reader)} == {0}
            assert await archives_now(reader, await _wire(home))
        async with open_reader(as_user["watch"]) as reader:
            assert (await cluster_facts(reader)).topics.keys() == {*TOPICS, *CHANGELOGS}
        async with settler(as_user["letters"]) as one, open_reader(as_user["letters"]) as reader:
            letters = await open_letters(reader, await _wire(home))
            assert len(letters) == 1 + len(made.malformed) + len(made.undecodable)
            await one.replay(letters[0])
        sent = await replay([render(tmp_path / "more.mp4", 5, 2)], ReplayOptions(), as_user["replay"])
        assert sent.segments > 0
        pipeline.settings = as_user["stats"]
        await pipeline.drained(workers, 120)
    assert not {70, 78} & set(workers.exits)  # a second SIGTERM may come when a worker has closed its loop already
    async with open_reader(as_user["policy"]) as reader:
        assert [record async for record in reader.read_to_end(ARCHIVES.changelog)]
    pipeline.settings = home.model_copy(update=dict(secured.settings().model_dump(include=ACCESS)))
    run = await pipeline.collect(wire)
    assert {one.facts.segment_id for one in run.records("segments.archived")} >= made.segments.keys()


ACCESS = {"kafka", "kafka_security", "kafka_user", "kafka_password", "kafka_ca"}


async def _wire(chosen: Settings) -> object:
    async with open_registry(chosen) as registry:
        return await open_wire(registry)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("topics")
async def test_a_user_may_do_what_its_role_needs_and_nothing_else(
    secured: Secured, tmp_path: Path, role: str
) -> None:
    chosen = of_role(secured, role, tmp_path)
    found = {("topic", name): may for name, may in Acls(chosen).own_operations([*TOPICS, *CHANGELOGS]).items()}
    found |= {("group", name): set(may) for name, may in (await operations_of_groups(chosen)).items()}
    may = {(right.kind, right.name, right.operation) for right in rights_of(role) if right.kind != "transactional_id"}
    may |= {(kind, name, IMPLIED[operation]) for kind, name, operation in may if operation in IMPLIED}
    assert {(*named, operation) for named, operations in found.items() for operation in operations} == may


@pytest.mark.parametrize("stage", EVERY)
@pytest.mark.usefixtures("topics")
async def test_what_is_another_stages_can_be_neither_read_nor_written(
    secured: Secured, tmp_path: Path, stage: str
) -> None:
    options = client_options(of_role(secured, stage, tmp_path))
    mine = {(right.name, right.operation) for right in rights_of(stage)}
    seen = [topic for topic in [*TOPICS, *CHANGELOGS] if {(topic, "READ"), (topic, "WRITE")} & mine]
    async with administer(of_role(secured, stage, tmp_path)) as admin:
        assert set(await admin.partitions([*TOPICS, *CHANGELOGS])) == set(seen)
    async with AIOKafkaProducer(**options, request_timeout_ms=5000) as producer:
        for topic in [*TOPICS, *CHANGELOGS]:
            if (topic, "WRITE") not in mine:
                with pytest.raises(TopicAuthorizationFailedError):
                    await producer.send_and_wait(topic, b"value", b"key")
    async with AIOKafkaConsumer(**options, auto_offset_reset="earliest", request_timeout_ms=5000) as consumer:
        for topic in seen:
            if (topic, "READ") not in mine:
                consumer.assign([TopicPartition(topic, 0)])
                with pytest.raises(TopicAuthorizationFailedError):
                    await consumer.getone()
    other = EVERY[EVERY.index(stage) - 1]
    thief = AIOKafkaProducer(**options, transactional_id=stage_of(other).transactional_id(0))
    try:
        with pytest.raises(TransactionalIdAuthorizationFailed):
            await thief.start()
    finally:
        await thief.stop()


@pytest.mark.parametrize("stage", EVERY)
@pytest.mark.usefixtures("topics")
async def test_each_right_that_a_stage_lacks_is_named_before_any_work(
    secured: Secured, tmp_path: Path, stage: str
) -> None:
    chosen = of_role(secured, stage, tmp_path)
    assert (await preflight(stage_of(stage), Limits(), chosen)).partitions
    with without(secured, stage, needs(stage_of(stage))), pytest.raises(PreflightError) as caught:
        await preflight(stage_of(stage), Limits(), chosen)
    assert all(str(right) in str(caught.value) for right in needs(stage_of(stage)))
    assert f"user roadsieve.{stage} may not" in str(caught.value)
    assert f"`roadsieve acls apply {stage} --user roadsieve.{stage}`" in caught.value.remedy


@pytest.mark.usefixtures("topics")
async def test_one_right_that_is_missing_is_named_alone(secured: Secured, tmp_path: Path) -> None:
    chosen, needed = of_role(secured, "curator", tmp_path), needs(stage_of("curator"))
    for right in needed:
        with without(secured, "curator", [right]), pytest.raises(PreflightError) as caught:
            await preflight(stage_of("curator"), Limits(), chosen)
        there = [one for one in needed if one.name == right.name and one != right]
        hidden = right.kind == "topic" and not {"READ", "WRITE"} & {one.operation for one in there}
        named = {str(one) for one in needed if f"{one}," in f"{caught.value.why},"}
        assert named == {str(right), *(str(one) for one in there if hidden)}


@pytest.mark.usefixtures("topics")
async def test_a_missing_right_on_the_transactional_id_is_no_reason_to_try_again(
    secured: Secured, tmp_path: Path
) -> None:
    stage, options = stage_of("sinker"), client_options(of_role(secured, "porter", tmp_path))
    transactor = KafkaTransactor(stage, 0, options, 10)
    try:
        with pytest.raises(OperatorError, match=r"lacks a right on a transactional id .*roadsieve acls apply"):
            await within_budget(transactor.fence, "opening", "sinker", 60)
    finally:
        await transactor.stop()


@pytest.mark.usefixtures("topics")
async def test_a_command_without_its_right_says_so(secured: Secured, tmp_path: Path) -> None:
    """The user of another role comes in and then may not."""
    video = render(tmp_path / "clip.mp4", 1, 1)
    with pytest.raises(OperatorError, match=r"recorded: it is missing, or user roadsieve.evaluate may not see it"):
        await replay([video], ReplayOptions(), of_role(secured, "evaluate", tmp_path))
    with pytest.raises(OperatorError, match="lacks a right on the cluster"):  # it sees the topic, and writes to none
        await replay([video], ReplayOptions(), of_role(secured, "stats", tmp_path))
    with pytest.raises(OperatorError, match="lacks a right on a transactional id"):
        async with settler(of_role(secured, "stats", tmp_path)):
            pass
    with pytest.raises(OperatorError, match="may not see or change ACLs"):
        Acls(of_role(secured, "topics", tmp_path)).grant([Granted("anybody", Right("group", "any", "READ"))])
    with pytest.raises(OperatorError, match="lacks a right on a group"):
        async with open_reader(of_role(secured, "replay", tmp_path)) as reader:
            await positions(reader)


@pytest.mark.parametrize("command", [["list", "porter"], ["list", "--json"], ["apply", "porter"]])
def test_who_may_not_see_rights_is_told_so_in_one_line(secured: Secured, tmp_path: Path, command: list[str]) -> None:
    variables = {**os.environ, **secured.environment(user_of("porter")), "ROADSIEVE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "acls", *command], env=variables, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (78, ""), done.stderr
    what = f"roadsieve: Kafka at {secured.cluster.bootstrap}: user roadsieve.porter may not see or change ACLs; "
    assert done.stderr == f"{what}take one of its super.users (ROADSIEVE_KAFKA_USER)\n"


def test_grants_given_twice_change_nothing(secured: Secured) -> None:
    acls = Acls(secured.settings())
    wanted = [Granted(user_of("porter"), right) for right in rights_of("porter")]
    assert acls.grant(wanted) == []
    assert set(wanted) <= acls.found()
    with without(secured, "porter", [wanted[0].right]):
        assert acls.grant(wanted) == [wanted[0]]
