"""Tells Prometheus what Kafka and the archives look like: looks now and then, shows what it saw last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiokafka.errors import KafkaError

from app.errors import OperatorError, RoadsieveError
from app.settings import Settings
from app.stores.open import open_registry
from app.telemetry import archives, cluster
from app.telemetry.page import Page
from app.topics import ARCHIVE_DISTRIBUTION
from app.watch.archives import ArchiveFollower
from app.watch.cluster import cluster_facts
from app.watch.follow import open_reader
from app.wire.framing import open_wire

LOOK_EVERY_S = 10.0
LOOK_TIMEOUT_S = 60.0


class Exporter:
    """Look at cluster and archives, each by itself, so that one that fails leaves the other seen."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._archives = ArchiveFollower()
        self.looks: Mapping[str, Callable[[], Awaitable[None]]] = {
            "cluster": self.look_at_cluster,
            "archives": self.look_at_archives,
        }

    async def run(self) -> None:
        """Look until cancelled; raises OperatorError when the port cannot be had."""
        chosen = self._settings
        with Page(chosen.web_bind, chosen.watch_port, "ROADSIEVE_WATCH_PORT") as page:
            cluster.watching(chosen.web_bind, chosen.watch_port)
            while True:
                await self.look()
                page.renew()
                await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once at everything; what fails is noted and told when it begins and when it ends."""
        for name, look in self.looks.items():
            try:
                async with asyncio.timeout(LOOK_TIMEOUT_S):
                    await look()
            except OperatorError:
                raise
            except (RoadsieveError, KafkaError, OSError) as error:
                cluster.look_failed(name, str(error))
            else:
                cluster.looked(name)

    async def look_at_cluster(self) -> None:
        """Show topics, and how far each stage is."""
        async with open_reader(self._settings) as reader:
            facts = await cluster_facts(reader)
        cluster.cluster_looks(facts.brokers)
        for topic, seen in facts.topics.items():
            cluster.topic_looks(
                topic, offline=seen.offline, under_replicated=seen.under_replicated, begin=seen.begin, end=seen.end
            )
        for position in facts.stages:
            cluster.stage_looks(position.stage, position.done, position.end)

    async def look_at_archives(self) -> None:
        """Show what was decided since the last look."""
        async with open_registry(self._settings) as registry, open_reader(self._settings) as reader:
            await self._archives.read_on(reader, await open_wire(registry, [ARCHIVE_DISTRIBUTION]))
        found = {name: (now, at_ms / 1000) for name, (now, at_ms) in self._archives.found.items()}
        archives.archives_look(found, self._settings.watch_archives)
