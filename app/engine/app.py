"""The app of a stage: a Faust app with its agents on the data plane; preflight, resources, watchdog, drain."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import faust
from faust.types import TP

from app.engine.agent import StageAgent
from app.engine.declare import Codec, Limits
from app.engine.dying import EXIT_CONFIG, EXIT_DRAIN, hard_exit
from app.engine.faust_internals import DiesHard, MemberTransport, NoTables, quiet_libraries
from app.engine.pages import add_pages
from app.engine.partition_task import PartitionTask, State
from app.engine.preflight import preflight
from app.engine.progress import METERS, Meter
from app.engine.resources import Factory, Resource, T
from app.engine.watchdog import Watchdog
from app.engine.wire import open_codec
from app.errors import InfrastructureError, OperatorError
from app.kafka_access import client_options, is_secured
from app.settings import Settings, settings
from app.topics import DEAD_LETTERS

log = logging.getLogger(__name__)

DRAIN_S = 20.0
SAMPLE_S = 1.0
HEARTBEAT_S = 3.0  # a member learns of a rebalance by its heartbeat
COMMIT_INTERVAL_S = 2.0  # of group offsets, which are only reported


class Membership:
    """The app's place in its group as a watched thing: a rebalance comes to an end."""

    def __init__(self, app: StageApp) -> None:
        self._app = app

    @property
    def progress(self) -> tuple[int, ...]:
        """Return the generation and the count of rebalances."""
        return self._app.consumer_generation_id, self._app.rebalancing_count

    @property
    def must_move(self) -> bool:
        """Tell whether an assignment is being waited for."""
        return self._app.rebalancing or not self._app.consumer_generation_id

    def __repr__(self) -> str:
        return f"assignment of group {self._app.conf.id}"


class StageApp(DiesHard, faust.App):
    """A Faust app with stages."""

    def __init__(self, name: str, *, codec: Factory[Codec] = open_codec, **options: Any) -> None:
        chosen = settings()
        self.dead_letters = DEAD_LETTERS
        self.kafka = client_options(chosen)
        self.state_dir: Path = chosen.path_of_state().absolute()
        self.limits = Limits(
            chosen.batch_records,
            chosen.read_ahead_records,
            chosen.read_ahead_bytes,
            chosen.retry_budget_s,
            chosen.stall_s,
        )
        self.tombstones_ms: dict[str, int] = {}
        self._resources: list[Resource[Any]] = []
        self._opened: list[Resource[Any]] = []
        self._watchdog: Watchdog | None = None
        super().__init__(f"roadsieve.{name}", **{**faust_settings(chosen), **options})
        self.codec: Resource[Codec] = self.use(codec)
        add_pages(self)

    def _new_transport(self) -> MemberTransport:
        return MemberTransport(self.conf.broker_consumer, self)

    def use(self, factory: Factory[T]) -> Resource[T]:
        """Have a resource open while the app runs, shared in the process by its factory; call the result to get it."""
        resource = Resource(factory)
        self._resources.append(resource)
        return resource

    @property
    def stage_agents(self) -> list[StageAgent]:
        """Return the agents that run on the data plane."""
        return [agent for agent in self.agents.values() if isinstance(agent, StageAgent)]

    def positions(self) -> dict[TP, int]:
        """Return the position of every running partition, to be reported as group offsets."""
        return {
            TP(agent.stage.source.name, task.partition): task.position
            for agent in self.stage_agents
            for task in list(agent.tasks.values())
            if task.state == State.RUNNING
        }

    async def on_first_start(self) -> None:
        """Make no folders: Faust's tables are not used."""

    async def on_start(self) -> None:
        """Check the set-up and open resources before any child service runs."""
        quiet_libraries()
        await super().on_start()
        try:
            for agent in self.stage_agents:
                facts = await preflight(agent.stage, self.limits, settings())
                self.tombstones_ms[agent.stage.table.changelog] = facts.delete_retention_ms
            for resource in self._resources:
                await resource.open()
                self._opened.append(resource)
        except OperatorError as error:
            hard_exit(str(error), EXIT_CONFIG)
        except InfrastructureError as error:
            hard_exit(f"{self.conf.id} cannot start: {error}")
        except Exception as error:
            log.error("%s cannot start", self.conf.id, exc_info=error)
            hard_exit(f"{self.conf.id} cannot start: {type(error).__name__}: {error}")
        self.on_partitions_assigned.connect(self._on_assigned)
        self.add_future(self._measure())
        membership = Membership(self)
        self._watchdog = Watchdog(lambda: [membership, *self.tasks], self.limits.stall_s)

    @property
    def tasks(self) -> list[PartitionTask]:
        """Return the tasks of all partitions that this app has."""
        return [task for agent in self.stage_agents for task in list(agent.tasks.values())]

    async def _measure(self) -> None:
        meter = METERS[self.conf.id] = Meter()
        while True:
            meter.sample(self.tasks)
            await asyncio.sleep(SAMPLE_S)

    async def _on_assigned(self, app: Any, assigned: set[TP], **_: Any) -> None:
        for agent in self.stage_agents:
            await agent.on_generation(self.consumer_generation_id)

    async def on_stop(self) -> None:
        """Drain: partitions finish their batch in flight; past the deadline the process ends anyway."""
        self._deadline = asyncio.get_running_loop().call_later(
            DRAIN_S, hard_exit, f"{self.conf.id} has not drained in {DRAIN_S:.0f} s", EXIT_DRAIN
        )
        await super().on_stop()

    async def on_shutdown(self) -> None:
        """Close what was opened, once everything else has stopped."""
        await super().on_shutdown()
        if self._watchdog is not None:
            self._watchdog.stop()
        while self._opened:
            await self._opened.pop().close()
        self._deadline.cancel()


def faust_settings(chosen: Settings) -> dict[str, Any]:
    """Return how Faust is set up: group membership and agents, nothing of its streams, tables or topic creation."""
    return {
        "broker": ";".join(f"kafka://{server}" for server in chosen.kafka.split(",")),
        "Agent": StageAgent,
        "TableManager": NoTables,
        "datadir": str(chosen.home.absolute() / "faust"),
        "web_enabled": bool(chosen.web_port),
        "web_bind": chosen.web_bind,
        "web_port": chosen.web_port or 6066,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "stream_recovery_delay": 0.0,
        "stream_wait_empty": False,
        "broker_commit_interval": COMMIT_INTERVAL_S,
        "broker_session_timeout": chosen.session_timeout_s,
        "broker_heartbeat_interval": min(chosen.session_timeout_s / 4, HEARTBEAT_S),
        "broker_rebalance_timeout": max(chosen.session_timeout_s, 10.0),
        "consumer_group_instance_id": chosen.instance_id or None,
        "broker_credentials": credentials_of(chosen),
    }


def credentials_of(chosen: Settings) -> faust.SASLCredentials | None:
    """Return what Faust's own clients come in with; None where everybody is let in."""
    if not is_secured(chosen):
        return None
    options = client_options(chosen)
    return faust.SASLCredentials(
        username=options["sasl_plain_username"], password=options["sasl_plain_password"],
        ssl_context=options["ssl_context"], mechanism=options["sasl_mechanism"],
    )  # fmt: skip


def stage_app(name: str, *, codec: Factory[Codec] = open_codec, **options: Any) -> StageApp:
    """Return the app of a stage: id roadsieve.NAME; its agents are declared with `@app.agent(TOPIC, table=…)`."""
    return StageApp(name, codec=codec, **options)
