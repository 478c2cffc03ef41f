"""Checks before any work that the user of Kafka has every right a stage needs: all that are missing, in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient

from app.engine.declare import Stage
from app.errors import PreflightError
from app.rights import Right
from app.settings import Settings
from app.topology.acls import Acls
from app.topology.group_rights import group_operations


async def check_granted(stage: Stage, chosen: Settings, admin: AIOKafkaAdminClient) -> None:
    """Raise PreflightError with the rights on topics and group that are missing; KafkaError where nobody answers.

    Nobody can ask for those on a transactional id: fencing the former owner shows whether they are there.
    """
    needed = needs(stage)
    topics = sorted({right.name for right in needed if right.kind == "topic"})
    of_topics = await asyncio.to_thread(lambda: Acls(chosen).own_operations(topics))
    of_groups = await group_operations(admin, [stage.app_id])
    has: dict[str, Collection[str]] = {**of_topics, **of_groups}
    known = [right for right in needed if right.name in has]  # a topic that is missing is told of later
    missing = [right for right in known if right.operation not in has[right.name]]
    if missing:
        role = stage.app_id.removeprefix("roadsieve.")
        raise PreflightError(
            f"stage {stage.name}",
            f"user {chosen.kafka_user} may not {', '.join(map(str, missing))}",
            f"grant it with `roadsieve acls apply {role} --user {chosen.kafka_user}`",
        )


def needs(stage: Stage) -> list[Right]:
    """Return the rights on topics and group that a stage needs, from its own declaration. Pure."""
    source, changelog = stage.source.name, stage.table.changelog
    written = dict.fromkeys([*(topic.name for topic in stage.targets), *([source] if stage.marker else []), changelog])
    every = dict.fromkeys([source, *written])
    return [
        Right("topic", source, "READ"),
        Right("topic", changelog, "READ"),
        *(Right("topic", name, "WRITE") for name in written),
        *(Right("topic", name, "DESCRIBE_CONFIGS") for name in every),
        Right("group", stage.app_id, "READ"),
    ]
