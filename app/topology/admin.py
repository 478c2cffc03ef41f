"""Asks and tells a Kafka cluster about topics; what the client raises becomes one clear error here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from app.errors import OperatorError
from app.kafka_access import client_options
from app.kafka_faults import not_let_in, refused
from app.settings import Settings
from app.topology.difference import FoundTopic
from app.topology.wanted import WantedTopic

CONNECT_TIMEOUT_S = 10.0
REQUEST_TIMEOUT_S = 30.0
_SET_ON_TOPIC = 1  # DYNAMIC_TOPIC_CONFIG in Kafka's DescribeConfigs


@asynccontextmanager
async def administer(chosen: Settings) -> AsyncIterator[Admin]:
    """Connect for administration.

    Raises InfrastructureError when the cluster does not answer in time, OperatorError when it does not let us in or a
    right is missing.
    """
    client = AIOKafkaAdminClient(**client_options(chosen), request_timeout_ms=int(REQUEST_TIMEOUT_S * 1000))
    try:
        try:
            await asyncio.wait_for(client.start(), CONNECT_TIMEOUT_S)
        except (KafkaError, OSError) as error:
            raise await not_let_in(chosen, error) from error
        try:
            yield Admin(client)
        except (KafkaError, OSError) as error:
            raise refused(chosen, error) from error
    finally:
        await client.close()


class Admin:
    """Find, create and alter topics of one cluster."""

    def __init__(self, client: AIOKafkaAdminClient) -> None:
        self.client = client

    async def partitions(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many partitions each of the topics has that exist and that we may see."""
        existing = set(await self.client.list_topics())
        present = [name for name in names if name in existing]
        described = await self.client.describe_topics(present) if present else []
        return {topic["topic"]: len(topic["partitions"]) for topic in described}

    async def find(self, names: Iterable[str]) -> dict[str, FoundTopic]:
        """Return those of the topics that exist."""
        existing = set(await self.client.list_topics())
        present = [name for name in names if name in existing]
        if not present:
            return {}
        described = {topic["topic"]: topic["partitions"] for topic in await self.client.describe_topics(present)}
        configs = await self._configs(present)
        return {
            name: FoundTopic(
                name,
                partitions=len(described[name]),
                replication=min((len(partition["replicas"]) for partition in described[name]), default=0),
                configs={config: value for config, (value, _) in configs[name].items()},
            )
            for name in present
        }

    async def create(self, topics: Sequence[WantedTopic]) -> list[str]:
        """Create topics, return the names of those that were not there; OperatorError where the broker refuses one."""
        if not topics:
            return []
        response = await self.client.create_topics(
            [NewTopic(t.name, t.partitions, t.replication, topic_configs=dict(t.configs)) for t in topics]
        )
        created = []
        for name, code, *message in response.topic_errors:
            if code == TopicAlreadyExistsError.errno:
                continue
            _check(f"topic {name}", code, message[0] if message else None)
            created.append(name)
        return created

    async def configure(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Set configurations of existing topics; what somebody else set on them stays."""
        if not wanted:
            return
        present = await self._configs(list(wanted))
        resources = []
        for name, configs in wanted.items():
            kept = {config: value for config, (value, source) in present[name].items() if source == _SET_ON_TOPIC}
            resources.append(ConfigResource(ConfigResourceType.TOPIC, name, configs=kept | dict(configs)))
        for response in await self.client.alter_configs(resources):
            for code, message, _type, name in response.resources:
                _check(f"topic {name}", code, message)

    async def _configs(self, names: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        found: dict[str, dict[str, tuple[str, int]]] = {}
        for response in await self.client.describe_configs(resources):
            for code, message, _type, name, entries in response.resources:
                _check(f"topic {name}", code, message)
                found[name] = {entry[0]: (str(entry[1]), int(entry[3])) for entry in entries}
        return found


def _check(what: str, code: int, message: str | None) -> None:
    if code:
        error: Any = for_code(code)
        raise OperatorError(
            what, f"the broker refuses it: {message or error.__name__}", "correct the setting it names and try again"
        )
